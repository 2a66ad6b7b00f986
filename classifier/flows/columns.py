"""Batches put together: one set of columns for the whole recording."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from classifier.engine.contract import BATCH_COLUMNS, Heads

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from classifier.engine.contract import Batch

__all__ = ["Array", "Columns", "concatenate"]

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Columns:
    """The rows of all batches.

    Attributes:
        data: One array for each of ``BATCH_COLUMNS``.
        a_head, b_head: First payload bytes by row.
    """

    data: dict[str, Array]
    a_head: Heads
    b_head: Heads

    def __len__(self) -> int:
        """Rows."""
        return len(self.data["first_seen"])

    def __getitem__(self, name: str) -> Array:
        """One column."""
        return self.data[name]

    def take(self, order: npt.NDArray[np.int64]) -> Columns:
        """The rows with these numbers, in this order."""
        return Columns(
            {name: column[order] for name, column in self.data.items()},
            _take_heads(self.a_head, order),
            _take_heads(self.b_head, order),
        )


def concatenate(batches: Sequence[Batch]) -> Columns:
    """All batches as one set of columns, in the order in which they came."""
    data: dict[str, Array] = {}
    for column in BATCH_COLUMNS:
        parts = [batch.columns[column.name] for batch in batches]
        shape = (0, column.width) if column.width else (0,)
        data[column.name] = np.concatenate(parts) if parts else np.zeros(shape, column.dtype)
    return Columns(
        data,
        _join_heads([batch.a_head for batch in batches]),
        _join_heads([batch.b_head for batch in batches]),
    )


def _join_heads(parts: Sequence[Heads]) -> Heads:
    offsets, start = [np.zeros(1, dtype=np.int64)], 0
    for part in parts:
        offsets.append(part.offsets[1:] + start)
        start += int(part.offsets[-1])
    return Heads(np.concatenate(offsets), b"".join(bytes(part.data) for part in parts))


def _take_heads(heads: Heads, order: npt.NDArray[np.int64]) -> Heads:
    """Reorder byte strings without an object for each: one gather over a byte array."""
    lengths = np.diff(heads.offsets)[order]
    offsets = np.zeros(len(order) + 1, dtype=np.int64)
    np.cumsum(lengths, out=offsets[1:])
    starts = heads.offsets[:-1][order] - offsets[:-1]
    index = np.arange(offsets[-1], dtype=np.int64) + np.repeat(starts, lengths)
    data = np.frombuffer(heads.data, dtype=np.uint8)[index]
    return Heads(offsets, data.tobytes())
