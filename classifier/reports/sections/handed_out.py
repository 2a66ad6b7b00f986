"""Endpoints: which ports control traffic handed out, and what was bound."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.reports.sections.blocks import Field, Notes, Section, table

if TYPE_CHECKING:
    from classifier.analysis import Analysis
    from classifier.reports.sections.blocks import Limits

__all__ = ["section"]

FIELDS = (
    Field("host", "Address", "address"),
    Field("port", "Port", "number"),
    Field("transport", "Over"),
    Field("service", "Service", "code"),
    Field("detail", "What", "text"),
    Field("how", "How", "text"),
    Field("flows", "Flows", "count"),
    Field("times", "Times", "count", 4),
    Field("said_by", "Said by", "address", 3),
    Field("first_frame", "First frame", "number", 1),
    Field("first_seen", "First (UTC)", "time", 4),
)


def section(analysis: Analysis, limits: Limits) -> Section:
    """What was bound, handed out or looked for, in the order of time."""
    found = analysis.table("endpoints")
    if not len(found):
        nothing = "No control traffic that was read hands out or binds an endpoint."
        return Section("endpoints", "Endpoints", (Notes((nothing,)),))
    caption = "Ports that were handed out, interfaces that were bound"
    rows = table("endpoints-rows", caption, found.head(limits.rows), FIELDS, len(found))
    return Section("endpoints", "Endpoints", (rows,), badge=f"{rows.total:,}" if rows.total else "")
