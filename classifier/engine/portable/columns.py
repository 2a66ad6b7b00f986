"""Rows as columns: the portable engine's way into the engine contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier.engine.content import Matches, Transcripts, no_matches, no_transcripts
from classifier.engine.contract import BATCH_COLUMNS, Batch, Heads

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classifier.engine.portable.matching import Matcher
    from classifier.engine.portable.table import Row

__all__ = ["batch"]

_ADDRESS_BYTES = 16


def batch(
    rows: Sequence[Row], tunnels: dict[tuple[str, ...], int], matcher: Matcher | None
) -> Batch:
    """Make a batch of rows.

    Args:
        rows: Finished flows.
        tunnels: Tunnel stacks by index; new ones are added.
        matcher: The patterns; None where nothing is looked for in payloads.
    """
    tuples = [_values(row, tunnels) for row in rows]
    by_column = list(zip(*tuples, strict=True)) or [() for _ in BATCH_COLUMNS]
    columns = {}
    for column, values in zip(BATCH_COLUMNS, by_column, strict=True):
        if column.width:
            joined = b"".join(value.ljust(column.width, b"\0") for value in values)
            array = np.frombuffer(joined, dtype=column.dtype).reshape(-1, column.width)
        else:
            array = np.array(values, dtype=column.dtype)
        columns[column.name] = array
    return Batch(
        columns,
        heads([row.heads[0] for row in rows]),
        heads([row.heads[1] for row in rows]),
        _matches(rows, 0, matcher),
        _matches(rows, 1, matcher),
        _transcripts(rows) if matcher else no_transcripts(),
    )


def heads(pieces: Sequence[bytes]) -> Heads:
    """Byte strings as one buffer with offsets."""
    offsets = np.zeros(len(pieces) + 1, dtype=np.int64)
    np.cumsum([len(piece) for piece in pieces], out=offsets[1:])
    return Heads(offsets, b"".join(pieces))


def _matches(rows: Sequence[Row], side: int, matcher: Matcher | None) -> Matches:
    if not matcher:
        return no_matches(len(rows))
    return matcher.match((row.heads[side] for row in rows), (row.key[3] for row in rows))


def _transcripts(rows: Sequence[Row]) -> Transcripts:
    """The transcripts of the flows that were selected and sent something."""
    kept, pieces, first_piece = [], [], [0]
    for number, row in enumerate(rows):
        transcript = row.content and row.content.transcript
        if not transcript or not transcript.selected:
            continue
        transcript.finish()
        a, b = transcript.sides
        if transcript.pieces or a.dropped or b.dropped:
            kept.append((number, max(a.start, 0), max(b.start, 0), a.dropped, b.dropped))
            pieces += transcript.pieces
            first_piece.append(len(pieces))
    if not kept:
        return no_transcripts()
    row_number, a_start, b_start, a_dropped, b_dropped = zip(*kept, strict=True)
    return Transcripts(
        row=np.array(row_number, dtype=np.uint32),
        a_start=np.array(a_start, dtype=np.uint32),
        b_start=np.array(b_start, dtype=np.uint32),
        a_dropped=np.array(a_dropped, dtype=np.int64),
        b_dropped=np.array(b_dropped, dtype=np.int64),
        first_piece=np.array(first_piece, dtype=np.int64),
        side=np.array([piece.side for piece in pieces], dtype=np.uint8),
        source=np.array([piece.origin.source for piece in pieces], dtype=np.uint32),
        frame=np.array([piece.origin.frame for piece in pieces], dtype=np.int64),
        time=np.array([piece.origin.time for piece in pieces], dtype=np.int64),
        position=np.array([piece.position for piece in pieces], dtype=np.int64),
        data=heads([piece.data for piece in pieces]),
    )


def _values(row: Row, tunnels: dict[tuple[str, ...], int]) -> tuple[int | bytes | bool, ...]:
    """One row in the order of ``BATCH_COLUMNS``."""
    version, a, b, protocol, ports, a_port, b_port, kind, code, key_id, vlan, outer, stack = row.key
    return (
        a,
        b,
        version,
        protocol,
        ports,
        a_port,
        b_port,
        kind,
        code,
        key_id,
        vlan,
        outer,
        tunnels.setdefault(stack, len(tunnels)),
        row.first_seen,
        row.last_seen,
        *row.packets,
        *row.bytes,
        *row.payload,
        *row.flags,
        *row.events,
        *row.isn,
        *row.sequence,
        *row.span,
        row.first_sender,
        row.first_reset,
        row.source,
        row.first_frame,
        row.icmp_error,
        row.icmp_errors,
    )
