"""Flows: the largest of them, each with the frame at which it begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from classifier.reports.sections.blocks import Field, Section, table
from classifier.reports.sections.endpoints import carriers, endpoints
from classifier.tables.grouping import endings

if TYPE_CHECKING:
    from classifier.analysis import Analysis
    from classifier.reports.sections.blocks import Limits

__all__ = ["section"]

FIELDS = (
    Field("flow", "Flow", "number"),
    Field("first_seen", "First seen (UTC)", "time", 2),
    Field("client", "Client", "address"),
    Field("server", "Server", "address"),
    Field("direction_basis", "Client known by", "text", 6),
    Field("service", "Service", "code"),
    Field("confidence", "How sure", "word", 1),
    Field("basis", "Basis", "text", 4),
    Field("detail", "Detail", "text", 3),
    Field("alternatives", "Alternatives", "text", 5),
    Field("packets", "Packets", "count", 3),
    Field("bytes", "Bytes", "bytes"),
    Field("state", "State", "text", 4),
    Field("first_frame", "Frame", "number", 5),
    Field("capture", "File", "file", 6),
)


def section(analysis: Analysis, limits: Limits) -> Section:
    """The largest flows, most bytes first."""
    flows = analysis.flows
    total = flows["client_bytes"] + flows["server_bytes"]
    largest = total.nlargest(limits.flows) if limits.flows < len(flows) else total
    order = largest.sort_values(ascending=False, kind="stable").index
    shown = flows.loc[order]
    carrier = carriers(shown["transport"], shown["ip_protocol"])
    shown = shown.assign(
        bytes=total.loc[order],
        packets=shown["client_packets"] + shown["server_packets"],
        state=_endings(shown),
        client=endpoints(shown["client_ip"], shown["client_port"]),
        server=endpoints(shown["server_ip"], shown["server_port"], carrier),
    )
    caption = "Flows, most bytes first"
    several = len(analysis.capture_health.captures) > 1
    fields = FIELDS if several else FIELDS[:-1]  # one file needs no name in every row
    rows = table("flows-rows", caption, shown, fields, len(flows))
    badge = f"{len(flows):,}" if len(flows) else ""
    return Section("flows", "Flows", (rows,), badge=badge, closed=True)


def _endings(flows: pd.DataFrame) -> pd.Series[Any]:
    """TCP state and ICMP error in one text."""
    found, texts = endings(flows)
    return pd.Series(texts[found], index=flows.index, dtype="str")
