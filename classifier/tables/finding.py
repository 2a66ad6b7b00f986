"""Findings and policy verdicts as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.tables.columns import shape

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from classifier.model import Finding

__all__ = ["findings", "violations"]


def findings(found: Iterable[Finding]) -> pd.DataFrame:
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
    return shape("findings", rows)


def violations(verdicts: pd.DataFrame) -> pd.DataFrame:
    """The policy's verdicts with the declared columns and dtypes; any empty frame is none."""
    return shape("violations", verdicts)
