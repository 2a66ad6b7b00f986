"""The worklist: traffic that nothing names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.reports.sections.blocks import Field, Notes, Section, table
from classifier.reports.sections.endpoints import carriers, endpoints

if TYPE_CHECKING:
    from classifier.analysis import Analysis
    from classifier.reports.sections.blocks import Limits

__all__ = ["section"]

LEAD = (
    "One row for each server endpoint whose service nothing names, or nothing but IANA's registry,"
    " most bytes first. A name is never guessed from a client's port or from a dynamic range alone."
)
FIELDS = (
    Field("server", "Server", "address"),
    Field("peers", "Peers", "count"),
    Field("flows", "Flows", "count"),
    Field("answered", "Answered", "count", 2),
    Field("packets", "Packets", "count", 5),
    Field("bytes", "Bytes", "bytes"),
    Field("share", "Share", "share"),
    Field("detail", "Note", "text", 1),
    Field("first_bytes", "First bytes", "code", 2),
    Field("first_seen", "First seen (UTC)", "time", 3),
    Field("last_seen", "Last seen (UTC)", "time", 4),
    Field("first_frame", "Frame", "number", 4),
    Field("display_filter", "Wireshark filter", "code", 6),
)


def section(analysis: Analysis, limits: Limits) -> Section:
    """Unknown traffic grouped by server endpoint."""
    unknown = analysis.table("unknown")
    if not len(unknown):
        return Section("unknown", "Unknown traffic", (Notes(("Every flow has a name.",), "good"),))
    cut = unknown.head(limits.rows)
    server = endpoints(cut, "server", carriers(cut))
    caption = "Unknown traffic by server endpoint"
    rows = table("unknown-rows", caption, cut, FIELDS, len(unknown), more={"server": server})
    return Section("unknown", "Unknown traffic", (rows,), LEAD, f"{len(unknown):,}")
