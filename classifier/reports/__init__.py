"""Reports: the same sections rendered in several formats, one format a file."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from classifier.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.analysis import Analysis

__all__ = ["FORMATS", "Format", "pieces", "render"]


class Format(Struct, frozen=True):
    """One report format. Equal when the name is equal.

    Attributes:
        name: What ``--report`` takes.
        module: Where its ``render(analysis) -> str`` is, and its ``pieces``, where the report can
            be long; imported only when it is used.
        suffix: Ending of a file in this format.
        meaning: One line for ``--help``.
    """

    name: str
    module: str
    suffix: str
    meaning: str


# For people first, then for programs; text is the default on a terminal.
FORMATS: tuple[Format, ...] = (
    Format("html", "classifier.reports.html", ".html", "one self-contained page, also for print"),
    Format("text", "classifier.reports.text", ".txt", "for the terminal: the most important rows"),
    Format("json", "classifier.reports.json", ".json", "everything, raw, with a schema version"),
    Format("csv", "classifier.reports.csv", ".csv", "the flow table for spreadsheets"),
    Format("md", "classifier.reports.md", ".md", "Markdown for tickets and wikis"),
)


def render(name: str, analysis: Analysis) -> str:
    """The report in the named format.

    The text format can also be had with another width or in colour:
    :func:`classifier.reports.text.render`.

    Raises:
        UsageError: There is no such format.
    """
    return str(_module(name).render(analysis))


def pieces(name: str, analysis: Analysis) -> Iterator[bytes | memoryview]:
    """The report in the named format as UTF-8 text, some megabytes at a time where it is long.

    Raises:
        UsageError: There is no such format.
    """
    module = _module(name)
    if hasattr(module, "pieces"):
        yield from module.pieces(analysis)
    else:
        yield module.render(analysis).encode("utf-8", "backslashreplace")


def _module(name: str) -> Any:
    """The module of a format."""
    for each in FORMATS:
        if each.name == name:
            return import_module(each.module)
    known = ", ".join(each.name for each in FORMATS)
    raise UsageError(f"report format {name!r} is not known; use one of {known}")
