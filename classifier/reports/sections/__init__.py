"""What a report says, whatever the format: an ordered list of sections.

HTML, text and Markdown render the same sections in the same order; a format only chooses how many
rows it shows and how they look. One section a file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.reports.sections import (
    conversations,
    findings,
    flows,
    handed_out,
    health,
    hosts,
    policy,
    services,
    settings,
    unknown,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from classifier.analysis import Analysis
    from classifier.reports.sections.blocks import Limits, Section

__all__ = ["SECTIONS", "sections"]

# The order of reading: can I trust the recording, what must I look at, what ran, what remains.
SECTIONS: tuple[Callable[[Analysis, Limits], Section], ...] = (
    health.section,
    findings.section,
    services.section,
    unknown.section,
    policy.section,
    hosts.section,
    handed_out.section,
    conversations.section,
    flows.section,
    settings.section,
)


def sections(analysis: Analysis, limits: Limits) -> list[Section]:
    """All sections of a report, in order."""
    return [section(analysis, limits) for section in SECTIONS]
