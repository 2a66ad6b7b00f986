"""Conversations: who asked whom for what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.reports.sections.blocks import Field, Section, table
from classifier.reports.sections.endpoints import carriers, endpoints

if TYPE_CHECKING:
    from classifier.analysis import Analysis
    from classifier.reports.sections.blocks import Limits

__all__ = ["section"]

FIELDS = (
    Field("client_ip", "Client", "address"),
    Field("server", "Server", "address"),
    Field("service", "Service", "code"),
    Field("confidence", "How sure", "word", 1),
    Field("flows", "Flows", "count"),
    Field("packets", "Packets", "count", 4),
    Field("client_bytes", "Client sent", "bytes", 2),
    Field("server_bytes", "Server sent", "bytes", 2),
    Field("bytes", "Bytes", "bytes"),
    Field("first_seen", "First seen (UTC)", "time", 3),
    Field("last_seen", "Last seen (UTC)", "time", 4),
    Field("states", "Ended", "text", 5),
)


def section(analysis: Analysis, limits: Limits) -> Section:
    """One row for client, server endpoint and service, most bytes first."""
    found = analysis.table("conversations")
    cut = found.head(limits.rows)
    server = endpoints(cut, "server", carriers(cut))
    caption = "Conversations, most bytes first"
    rows = table("conversations-rows", caption, cut, FIELDS, len(found), more={"server": server})
    badge = f"{rows.total:,}" if rows.total else ""
    return Section("conversations", "Conversations", (rows,), badge=badge)
