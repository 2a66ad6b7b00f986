"""The same files read by the portable and the native engine, and what differs between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from classifier.engine.contract import BATCH_COLUMNS, EngineOptions, Source
from classifier.engine.native import NativeEngine
from classifier.engine.portable import PortableEngine
from classifier.errors import CaptureError
from classifier.flows.columns import concatenate

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from classifier.engine.contract import Engine, Health


@dataclass(frozen=True)
class Outcome:
    """Rows in order of first frame, or the error; health as plain values."""

    rows: dict[str, list[Any]]
    health: dict[str, Any]
    error: str = ""


def differences(paths: Sequence[Path], options: EngineOptions | None = None) -> list[str]:
    """What the engines disagree on, in words; empty if nothing."""
    options = options or EngineOptions()
    portable = run(PortableEngine(), paths, options)
    native = run(NativeEngine(), paths, options)
    if portable.error or native.error:
        return [] if portable == native else [f"error: {portable.error} != {native.error}"]
    found = []
    for kind, left, right in (
        ("column", portable.rows, native.rows),
        ("health", portable.health, native.health),
    ):
        found += [
            f"{kind} {name}: {left[name]!r} != {right[name]!r}"
            for name in left
            if left[name] != right[name]
        ]
    return found


def run(engine: Engine, paths: Sequence[Path], options: EngineOptions) -> Outcome:
    sources = [Source(path, str(path), path.stat().st_size) for path in paths]
    reading = engine.read(sources, options)
    try:
        columns = concatenate(list(reading))
    except CaptureError as error:
        return Outcome({}, {}, str(error))
    assert reading.health.adds_up
    ordered = columns.take(np.lexsort((columns["first_frame"], columns["source"])))
    for column in BATCH_COLUMNS:
        assert ordered[column.name].dtype == np.dtype(column.dtype), column.name
    rows = {column.name: ordered[column.name].tolist() for column in BATCH_COLUMNS}
    # Which number a tunnel has is the engine's own affair.
    rows["tunnel"] = [reading.tunnels[number] for number in rows["tunnel"]]
    count = range(len(ordered))
    rows["a_head"] = [ordered.a_head[row] for row in count]
    rows["b_head"] = [ordered.b_head[row] for row in count]
    return Outcome(rows, _plain(reading.health))


def _plain(health: Health) -> dict[str, Any]:
    """Health without the engine's name; counters do not care about their order."""
    return {
        "frames": health.frames,
        "outcomes": dict(health.outcomes),
        "first_frames": dict(health.first_frames),
        "partial": dict(health.partial),
        "evicted": health.evicted,
        "captures": health.captures,
        "warnings": health.warnings,
    }
