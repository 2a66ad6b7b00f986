"""Settings: what was run and how, so that the report can be made again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from classifier.reports.sections.blocks import Facts, Section

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.analysis import Analysis
    from classifier.reports.sections.blocks import Limits

__all__ = ["section"]


def section(analysis: Analysis, limits: Limits) -> Section:  # noqa: ARG001 - all are shown
    """Every setting, nested ones by their full name."""
    return Section("settings", "Settings", (Facts("", tuple(_flat(analysis.settings))),))


def _flat(settings: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Names and values; ``{"timeouts": {"tcp": 600}}`` gives ``timeouts.tcp``."""
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        elif isinstance(value, (list, tuple, set, frozenset)):
            yield f"{prefix}{name}", ", ".join(map(str, value)) or "none"
        else:
            yield f"{prefix}{name}", "none" if value is None or value == "" else str(value)
