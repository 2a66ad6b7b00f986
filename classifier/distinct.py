"""The distinct values of a column, and which rows hold one of some values.

``np.unique`` without any of its ``return_`` options, and with it ``np.isin``, asks ``numpy.ma``
about masks. To import that module takes 20 ms, more than most captures need for everything else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["among", "distinct"]

COMPARED = 16
"""So few values are compared one by one."""

ROOM = 6
"""A table of yes and no may have so many places for each value that is there, as in numpy."""


def distinct(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The distinct values, ascending.

    Args:
        values: Numbers (no NaN) or bytes, in one dimension.
    """
    values = np.sort(values)
    return np.concatenate([values[:1], values[1:].take(np.flatnonzero(values[1:] != values[:-1]))])


def among(values: np.ndarray[Any, Any], wanted: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """For each value, whether it is one of those that are wanted.

    Args:
        values: Numbers (no NaN) or bytes, in any shape.
        wanted: The same kind, in one dimension. May be empty, may name a value twice.
    """
    ones = np.asarray(wanted)
    if len(ones) <= COMPARED:
        found = np.zeros(values.shape, dtype=np.bool_)
        for one in ones.tolist():
            found |= values == one
        return found
    if _is_close(ones, ROOM * (values.size + len(ones))) and values.dtype.kind in "iu":
        ones = ones if ones.dtype == np.uint64 else ones.astype(np.int64)
        return np.isin(values, ones, kind="table")
    ones = distinct(ones)
    place = np.searchsorted(ones, values)
    place[place == len(ones)] = 0
    return np.asarray(ones[place] == values)


def _is_close(numbers: np.ndarray[Any, Any], most: int) -> bool:
    """Whether they are whole numbers that lie in a range of so many."""
    return numbers.dtype.kind in "iu" and int(numbers.max()) - int(numbers.min()) <= most
