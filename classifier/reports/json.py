"""The report as JSON: everything, raw, for programs. The keys are described in docs/reports.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from classifier import tables
from classifier.model import SCHEMA_VERSION
from classifier.reports.escape import json_text, surrogates_escaped
from classifier.reports.sections.title import headline, summary
from classifier.reports.values import chunks, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from classifier.analysis import Analysis
    from classifier.model import Finding

__all__ = ["lines", "render"]


def render(analysis: Analysis) -> str:
    """The report as one JSON object; times are ISO 8601 with ns, null is missing."""
    report = {
        "schema": SCHEMA_VERSION,
        "title": headline(analysis),
        "summary": summary(analysis),
        "health": _health(analysis),
        "captures": _captures(analysis),
        "warnings": records(tables.warnings(analysis.capture_health)),
        "findings": [_finding(finding) for finding in analysis.findings],
        "services": records(analysis.services),
        "certainty": records(tables.certainty(analysis.flows)),
        "unknown": records(analysis.unknown),
        "violations": records(tables.violations(analysis.violations)),
        "hosts": records(analysis.hosts),
        "conversations": records(analysis.conversations),
        "flows": records(analysis.flows),
        "settings": dict(analysis.settings),
    }
    return json_text(_encoded(report).decode()) + "\n"


def lines(table: pd.DataFrame) -> Iterator[str]:
    """A table as JSON Lines: one object a row, a piece of the text at a time."""
    for chunk in chunks(table):
        rows = _rows(chunk)
        if rows:
            text = b"\n".join(map(_encoded, rows)).decode()
            yield json_text(text) + "\n"


def records(table: pd.DataFrame) -> msgspec.Raw:
    """A table as a JSON array of objects, encoded piece by piece to keep memory flat."""
    pieces = (_encoded(_rows(chunk))[1:-1] for chunk in chunks(table))
    return msgspec.Raw(b"[" + b",".join(piece for piece in pieces if piece) + b"]")


def _rows(chunk: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as dictionaries of plain values."""
    names = [str(name) for name in chunk.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*plain(chunk), strict=True)]


def _encoded(value: Any) -> bytes:
    """JSON as bytes. A text that is not valid Unicode is escaped; a strange object is its text."""
    try:
        return msgspec.json.encode(value, enc_hook=str)
    except UnicodeEncodeError:
        return msgspec.json.encode(surrogates_escaped(value), enc_hook=str)


def _health(analysis: Analysis) -> dict[str, object]:
    """Capture health: the counters, and what they do not say."""
    health = analysis.capture_health
    return {
        "frames": health.frames,
        "adds_up": health.adds_up,
        "engine": health.engine,
        "evicted": health.evicted,
        "notes": list(health.notes),
        "outcomes": records(analysis.health),
        "partial": [
            {"layer": layer, "reason": reason, "frames": frames}
            for (layer, reason), frames in health.partial.most_common()
        ],
        "coverage": records(tables.coverage(analysis.flows)),
        "interfaces": records(tables.interfaces(health)),
    }


def _captures(analysis: Analysis) -> list[dict[str, Any]]:
    """The input files, each with its comments."""
    rows = _rows(analysis.captures)
    for row, file in zip(rows, analysis.capture_health.captures, strict=True):
        row["comment_texts"] = [
            {"frame": frame or None, "text": text} for frame, text in file.comments
        ]
    return rows


def _finding(finding: Finding) -> dict[str, object]:
    """One finding with its lists as lists."""
    return {
        "id": finding.id,
        "severity": finding.severity.word,
        "kind": finding.kind,
        "title": finding.title,
        "undetermined": finding.undetermined,
        "rule": finding.rule,
        "conditions": finding.conditions,
        "next_steps": finding.next_steps,
        "flow_count": finding.flow_count,
        "bytes": finding.bytes,
        "flows": finding.flows,
    }
