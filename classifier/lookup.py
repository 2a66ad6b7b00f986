"""Tables of values by small numbers, looked up for a million rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]

__all__ = ["PIECE", "look_up"]

PIECE = 1 << 15
"""Rows at a time."""


def look_up(table: Array, numbers: Array) -> Array:
    """``table[numbers]``, piece by piece: numpy widens all numbers, which takes new memory.

    Args:
        table: The value of each number.
        numbers: Whole numbers, each of which must stand in the table.
    """
    if numbers.dtype == np.uint8 and table.itemsize == 1:
        # Python does this in half the time.
        values = table[:256].tobytes().ljust(256)
        return np.frombuffer(bytearray(numbers).translate(values), dtype=table.dtype)
    found = np.empty(len(numbers), dtype=table.dtype)
    for begin in range(0, len(numbers), PIECE):
        own = slice(begin, begin + PIECE)
        # What does not raise an error writes without a copy.
        np.take(table, numbers[own], out=found[own], mode="clip")
    return found
