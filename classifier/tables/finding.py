"""Findings and policy verdicts as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.tables.columns import listed, shape

if TYPE_CHECKING:
    from collections.abc import Iterable

    from classifier.model import Finding
    from classifier.table import Table

__all__ = ["findings", "violations"]


def findings(found: Iterable[Finding]) -> Table:
    """One row a finding, in the order given; what has several parts is text with ``;`` between."""
    rows = [
        {
            "id": finding.id,
            "severity": finding.severity.word,
            "kind": finding.kind,
            "title": finding.title,
            "undetermined": finding.undetermined,
            "rule": finding.rule,
            "flow_count": finding.flow_count,
            "bytes": finding.bytes,
            "conditions": "; ".join(finding.conditions),
            "next_steps": "; ".join(finding.next_steps),
            "flows": ", ".join(map(str, finding.flows)),
        }
        for finding in found
    ]
    return listed("findings", rows)


def violations(verdicts: Table) -> Table:
    """The policy's verdicts with the declared columns; any table without rows is none."""
    if not len(verdicts):
        return listed("violations", [])
    return shape("violations", {name: verdicts[name] for name in verdicts})
