"""Findings: what a person must look at, why, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier.reports.sections.blocks import Card, Cards, Notes, Section
from classifier.reports.sections.endpoints import carriers, endpoints
from classifier.reports.values import plain
from classifier.reports.words import plural, size

if TYPE_CHECKING:
    from classifier.analysis import Analysis
    from classifier.model import Finding
    from classifier.reports.sections.blocks import Limits

__all__ = ["section"]

EXAMPLES = 3
"""Flows that a finding describes; the rest are counted."""


def section(analysis: Analysis, limits: Limits) -> Section:
    """The findings in the order given: the most severe first."""
    found = analysis.findings
    shown = found[: limits.cards]
    described = _described(analysis, shown)
    cards = tuple(_card(finding, described) for finding in shown)
    nothing = Notes(("Nothing that a person must look at.",), "good")
    return Section(
        "findings",
        "Findings",
        (Cards(cards, len(found) - len(cards)),) if cards else (nothing,),
        badge=f"{len(found):,}" if found else "",
    )


def _card(finding: Finding, described: dict[int, str]) -> Card:
    """One finding as it is shown."""
    examples = tuple(described[flow] for flow in finding.flows[:EXAMPLES] if flow in described)
    return Card(
        finding.id,
        finding.severity.word,
        finding.title,
        finding.kind,
        finding.rule,
        finding.undetermined,
        f"{plural(finding.flow_count, 'flow')}, {size(finding.bytes)}",
        finding.conditions,
        finding.next_steps,
        examples,
        max(finding.flow_count - len(examples), 0),
    )


def _described(analysis: Analysis, found: tuple[Finding, ...]) -> dict[int, str]:
    """Flow id -> the flow in one line, for the flows that findings show."""
    wanted = {flow for finding in found for flow in finding.flows[:EXAMPLES]}
    flows = analysis.flow_table
    rows = flows.take(np.flatnonzero(np.isin(flows["flow"].data, list(wanted))))
    clients = endpoints(rows, "client")
    servers = endpoints(rows, "server", carriers(rows))
    ids: list[int] = rows["flow"].data.tolist()
    frames, captures = plain(rows, "first_frame"), plain(rows, "capture")
    several = len(analysis.capture_health.captures) > 1
    return {
        flow: f"flow {flow}: {client} → {server}, frame {frame}"
        + (f" of {capture}" if several else "")
        for flow, client, server, frame, capture in zip(
            ids, clients, servers, frames, captures, strict=True
        )
    }
