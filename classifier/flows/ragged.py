"""Rows of different lengths in one array: row i is ``data[offsets[i]:offsets[i+1]]``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier.engine.contract import Heads

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

__all__ = ["gather", "join_bytes", "join_offsets", "take_bytes"]


def gather(
    offsets: npt.NDArray[np.int64], order: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Take rows without an object for each.

    Args:
        offsets: Of the rows that there are.
        order: Numbers of the rows that are wanted.

    Returns:
        The offsets of the wanted rows, and for each of their elements its index in the data.
    """
    starts = offsets[order]
    lengths = offsets[order + 1] - starts
    taken = np.zeros(len(order) + 1, dtype=np.int64)
    np.cumsum(lengths, out=taken[1:])
    starts -= taken[:-1]
    return taken, np.arange(taken[-1], dtype=np.int64) + np.repeat(starts, lengths)


def join_offsets(parts: Sequence[npt.NDArray[np.int64]]) -> npt.NDArray[np.int64]:
    """Offsets of rows whose data is put together one part after the other."""
    joined, start = [np.zeros(1, dtype=np.int64)], 0
    for offsets in parts:
        joined.append(offsets[1:] + start)
        start += int(offsets[-1])
    return np.concatenate(joined)


def take_bytes(strings: Heads, order: npt.NDArray[np.int64]) -> Heads:
    """The byte strings with these numbers, in this order."""
    offsets, index = gather(strings.offsets, order)
    return Heads(offsets, np.frombuffer(strings.data, dtype=np.uint8)[index].tobytes())


def join_bytes(parts: Sequence[Heads]) -> Heads:
    """All byte strings of all parts."""
    offsets = join_offsets([part.offsets for part in parts])
    return Heads(offsets, b"".join([part.data for part in parts]))
