"""The same files read by two engines, and what differs between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from classifier.engine import choose
from classifier.engine.contract import BATCH_COLUMNS, EngineOptions, Source
from classifier.errors import CaptureError
from classifier.flows.columns import concatenate

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from classifier.engine.content import Transcripts
    from classifier.engine.contract import Health


@dataclass(frozen=True)
class Outcome:
    """Rows in order of first frame, or the error; health as plain values."""

    rows: dict[str, list[Any]]
    health: dict[str, Any]
    error: str = ""


def differences(paths: Sequence[Path], options: EngineOptions | None = None) -> list[str]:
    """What the portable and the native engine disagree on, in words; empty if nothing."""
    options = options or EngineOptions()
    return compared(run("portable", paths, options), run("native", paths, options))


def compared(one: Outcome, other: Outcome) -> list[str]:
    """What two outcomes differ in, in words."""
    if one.error or other.error:
        return [] if one == other else [f"error: {one.error} != {other.error}"]
    found = []
    for kind, left, right in (
        ("column", one.rows, other.rows),
        ("health", one.health, other.health),
    ):
        found += [
            f"{kind} {name}: {left[name]!r} != {right[name]!r}"
            for name in left
            if left[name] != right[name]
        ]
    return found


def run(engine: str, paths: Sequence[Path], options: EngineOptions) -> Outcome:
    """Read files as one recording with the engine of this name."""
    sources = [Source(path, str(path), path.stat().st_size) for path in paths]
    reading = choose(engine).read(sources, options)
    try:
        columns = concatenate(list(reading))
    except CaptureError as error:
        return Outcome({}, {}, str(error))
    assert reading.health.adds_up
    # A frame begins two rows where it is an ICMP error about a flow that is not there: the quoted
    # one has no packets. In which batch it is depends on the halves of the table.
    packets = columns["a_packets"] + columns["b_packets"]
    ordered = columns.take(np.lexsort((packets, columns["first_frame"], columns["source"])))
    for column in BATCH_COLUMNS:
        assert ordered[column.name].dtype == np.dtype(column.dtype), column.name
    rows = {column.name: ordered[column.name].tolist() for column in BATCH_COLUMNS}
    # Which number a tunnel has is the engine's own affair.
    rows["tunnel"] = [reading.tunnels[number] for number in rows["tunnel"]]
    count = range(len(ordered))
    rows["a_head"] = [ordered.a_head[row] for row in count]
    rows["b_head"] = [ordered.b_head[row] for row in count]
    rows["a_matches"] = [ordered.a_matches[row] for row in count]
    rows["b_matches"] = [ordered.b_matches[row] for row in count]
    rows["transcripts"] = _transcripts(ordered.transcripts)
    return Outcome(rows, _plain(reading.health))


def _transcripts(transcripts: Transcripts) -> list[Any]:
    """Every array as a list, and the bytes of every piece; the types are the contract's."""
    widths = {"side": 1, "row": 4, "a_start": 4, "b_start": 4, "source": 4}
    values = []
    for name in transcripts.__struct_fields__:
        array = getattr(transcripts, name)
        if name != "data":
            assert array.dtype.itemsize == widths.get(name, 8), name
            values.append((name, array.tolist()))
    pieces = range(len(transcripts.side))
    return [*values, [transcripts.data[piece] for piece in pieces]]


def _plain(health: Health) -> dict[str, Any]:
    """Health without the engine's name; counters do not care about their order."""
    return {
        "frames": health.frames,
        "outcomes": dict(health.outcomes),
        "first_frames": dict(health.first_frames),
        "partial": dict(health.partial),
        "evicted": health.evicted,
        "transcript_dropped": health.transcript_dropped,
        "captures": health.captures,
        "warnings": health.warnings,
    }
