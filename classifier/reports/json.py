"""The report as JSON: everything, raw, for programs. The keys are described in docs/reports.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from classifier.model import SCHEMA_VERSION
from classifier.reports.escape import json_text, surrogates_escaped
from classifier.reports.rows import Form, rows
from classifier.reports.title import headline, summary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from classifier.analysis import Analysis
    from classifier.model import Finding
    from classifier.reports.rows import Shared
    from classifier.table import Table

__all__ = ["lines", "pieces", "render"]


def render(analysis: Analysis) -> str:
    """The report as one JSON object; times are ISO 8601 with ns, null is missing."""
    return b"".join(pieces(analysis)).decode()


def pieces(analysis: Analysis) -> Iterator[bytes | memoryview]:
    """The report as UTF-8 text, piece by piece."""
    analysis.prepare("community_id")
    table = analysis.table
    shared: Shared = {}
    parts: Mapping[str, Callable[[], Iterable[bytes | memoryview]]] = {
        "schema": lambda: [_encoded(SCHEMA_VERSION)],
        "title": lambda: [_encoded(headline(analysis))],
        "summary": lambda: [_encoded(summary(analysis))],
        "health": lambda: _health(analysis),
        "captures": lambda: [_captures(analysis)],
        "warnings": lambda: _array(table("warnings")),
        "findings": lambda: [_encoded([_finding(finding) for finding in analysis.findings])],
        "services": lambda: _array(table("services")),
        "certainty": lambda: _array(table("certainty")),
        "unknown": lambda: _array(table("unknown"), shared),
        "violations": lambda: _array(table("violations"), shared),
        "hosts": lambda: _array(table("hosts"), shared),
        "endpoints": lambda: _array(table("endpoints")),
        "conversations": lambda: _array(table("conversations"), shared),
        "flows": lambda: _array(table("flows"), shared),
        "settings": lambda: [_encoded(dict(analysis.settings))],
    }
    yield from _object(parts)
    yield b"\n"


def lines(table: Table) -> Iterator[bytes | memoryview]:
    """A table as JSON Lines: one object a row, piece by piece."""
    return rows(table, LINES)


def _object(
    parts: Mapping[str, Callable[[], Iterable[bytes | memoryview]]],
) -> Iterator[bytes | memoryview]:
    """An object of parts that are made one after the other."""
    for number, (name, part) in enumerate(parts.items()):
        yield f"{',' if number else '{'}{_key(name)}".encode()
        yield from part()
    yield b"}"


def _array(table: Table, shared: Shared | None = None) -> Iterator[bytes | memoryview]:
    """A table as an array of objects; see :func:`classifier.reports.rows.rows`."""
    yield b"["
    for number, piece in enumerate(rows(table, ARRAY, shared=shared)):
        yield piece if number else piece[1:]  # no comma before the first
    yield b"]"


def _encoded(value: Any) -> bytes:
    """Any value. A text that is not valid Unicode is escaped; a strange object is its text."""
    try:
        text = msgspec.json.encode(value, enc_hook=str)
    except UnicodeEncodeError:
        text = msgspec.json.encode(surrogates_escaped(value), enc_hook=str)
    return json_text(text.decode()).encode()


def _labels(values: Sequence[Any]) -> bytes:
    """Texts and fractions, each ended by a line feed; one within a text is written as an escape."""
    encoder = msgspec.json.Encoder()
    try:
        text = encoder.encode_lines(values)
    except UnicodeEncodeError:
        text = encoder.encode_lines(surrogates_escaped(list(values)))
    return json_text(text.decode()).encode()


def _key(name: str) -> str:
    """The name of a value with the colon behind it."""
    return f"{_encoded(name).decode()}:"


def _form(first: str, end: str) -> Form:
    """A row as an object; ``first`` stands before its first key, ``end`` at its end."""
    return Form(
        texts=_labels,
        before=lambda name, number: ("," if number else first) + _key(name),
        end=end,
        null="null",
        quote='"',
    )


ARRAY = _form(",{", "}")
LINES = _form("{", "}\n")


def _health(analysis: Analysis) -> Iterator[bytes | memoryview]:
    """Capture health: the counters, and what they do not say."""
    health, table = analysis.capture_health, analysis.table
    partial = [
        {"layer": layer, "reason": reason, "frames": frames}
        for (layer, reason), frames in health.partial.most_common()
    ]
    return _object(
        {
            "frames": lambda: [_encoded(health.frames)],
            "adds_up": lambda: [_encoded(health.adds_up)],
            "engine": lambda: [_encoded(health.engine)],
            "evicted": lambda: [_encoded(health.evicted)],
            "notes": lambda: [_encoded(list(health.notes))],
            "outcomes": lambda: _array(table("health")),
            "partial": lambda: [_encoded(partial)],
            "coverage": lambda: _array(table("coverage")),
            "interfaces": lambda: _array(table("interfaces")),
        }
    )


def _captures(analysis: Analysis) -> bytes:
    """The input files, each with its comments."""
    found = b"".join(lines(analysis.table("captures"))).splitlines()
    told = []
    for row, file in zip(found, analysis.capture_health.captures, strict=True):
        comments = [{"frame": frame or None, "text": text} for frame, text in file.comments]
        told.append(row[:-1] + b"," + _key("comment_texts").encode() + _encoded(comments) + b"}")
    return b"[" + b",".join(told) + b"]"


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
