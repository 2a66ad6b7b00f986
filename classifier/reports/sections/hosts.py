"""Hosts: who took part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.reports.sections.blocks import Field, Section, table

if TYPE_CHECKING:
    from classifier.analysis import Analysis
    from classifier.reports.sections.blocks import Limits

__all__ = ["section"]

FIELDS = (
    Field("ip", "Address", "address"),
    Field("names", "Names", "text", 1),
    Field("scope", "Scope", "text", 1),
    Field("roles", "Roles", "text", 1),
    Field("flows_as_client", "As client", "count"),
    Field("flows_as_server", "As server", "count"),
    Field("peers", "Peers", "count", 1),
    Field("packets", "Packets", "count", 4),
    Field("bytes_sent", "Sent", "bytes"),
    Field("bytes_received", "Received", "bytes"),
    Field("services_offered", "Offers", "text", 1),
    Field("services_used", "Uses", "text", 2),
    Field("ephemeral_band", "Asks from", "text", 5),
    Field("dynamic_range", "RPC ports", "text", 5),
    Field("first_seen", "First seen (UTC)", "time", 5),
    Field("last_seen", "Last seen (UTC)", "time", 6),
)


def section(analysis: Analysis, limits: Limits) -> Section:
    """One row an address, most bytes first."""
    found = analysis.table("hosts")
    caption = "Addresses, most bytes first"
    rows = table("hosts-rows", caption, found.head(limits.rows), FIELDS, len(found))
    return Section("hosts", "Hosts", (rows,), badge=f"{rows.total:,}" if rows.total else "")
