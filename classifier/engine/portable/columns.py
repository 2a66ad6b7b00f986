"""Rows as columns: the portable engine's way into the engine contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier.engine.content import no_matches, no_transcripts
from classifier.engine.contract import BATCH_COLUMNS, Batch, Heads

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classifier.engine.portable.table import Row

__all__ = ["batch"]

_ADDRESS_BYTES = 16


def batch(rows: Sequence[Row], tunnels: dict[tuple[str, ...], int]) -> Batch:
    """Make a batch of rows.

    Args:
        rows: Finished flows.
        tunnels: Tunnel stacks by index; new ones are added.
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
        no_matches(len(rows)),
        no_matches(len(rows)),
        no_transcripts(),
    )


def heads(pieces: Sequence[bytes]) -> Heads:
    """Byte strings as one buffer with offsets."""
    offsets = np.zeros(len(pieces) + 1, dtype=np.int64)
    np.cumsum([len(piece) for piece in pieces], out=offsets[1:])
    return Heads(offsets, b"".join(pieces))


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
    )
