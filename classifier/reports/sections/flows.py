"""Flows: the largest of them, each with the frame at which it begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec.structs import replace

from classifier.reports.sections.blocks import Field, Section, table
from classifier.reports.sections.endpoints import carriers, endpoints
from classifier.tables.grouping import endings

if TYPE_CHECKING:
    from classifier.analysis import Analysis
    from classifier.reports.sections.blocks import Limits
    from classifier.table import Array

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
    flows = analysis.flow_table
    total = flows["client_bytes"].data + flows["server_bytes"].data
    largest = _largest(total, limits.flows)
    shown = flows.take(largest)
    sent = shown["client_packets"].data + shown["server_packets"].data
    ended, words = endings(shown)
    more = {
        "bytes": (shown["client_bytes"].data + shown["server_bytes"].data).tolist(),
        "packets": sent.tolist(),
        "state": [words[code] for code in ended.tolist()],
        "client": endpoints(shown, "client"),
        "server": endpoints(shown, "server", carriers(shown)),
    }
    caption = "Flows, most bytes first"
    several = len(analysis.capture_health.captures) > 1
    fields = FIELDS if several else FIELDS[:-1]  # one file needs no name in every row
    rows = table("flows-rows", caption, shown, fields, len(flows), more=more)
    rows = replace(rows, behind=_explained(analysis, largest[: limits.explained]))
    badge = f"{len(flows):,}" if len(flows) else ""
    lead = ""
    if rows.behind:
        first = f" of the first {len(rows.behind):,}" if len(rows.behind) < len(rows.rows) else ""
        lead = f"The number{first} leads to the reasons for a flow's name."
        lead += " classify explain tells them of every flow." * bool(first)
    return Section("flows", "Flows", (rows,), lead=lead, badge=badge, closed=True)


def _explained(analysis: Analysis, rows: Array) -> tuple[tuple[str, ...], ...]:
    """Why these flows have their names; nothing where the evidence was not kept."""
    if analysis.grounds is None or not len(rows):
        return ()
    from classifier.explain import explain_rows

    return tuple(tuple(each.lines()) for each in explain_rows(analysis, rows))


def _largest(total: np.ndarray[Any, Any], count: int) -> np.ndarray[Any, Any]:
    """The rows of the largest totals, the largest first; of equals the earlier row first."""
    rows = np.arange(len(total))
    if count < len(total):  # only they are sorted
        least = np.partition(total, len(total) - count)[len(total) - count]
        rows = np.flatnonzero(total >= least)
    return rows[np.argsort(-total[rows], kind="stable")][:count]
