"""Rows that are equal in some columns, numbered; and the order of the numbers never surprises."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec import Struct

from classifier import compiled

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Numbers = npt.NDArray[np.int64]

__all__ = ["Groups", "group", "order", "repeats"]

EXACT = 1 << 53
"""Below it every whole number is a float, so that a sum of floats is exact."""

WORD = 63
"""Bits of a number that is not negative."""

SHORT = 32
"""Bits of a number that is sorted in half the time."""


def group(*columns: np.ndarray[Any, Any]) -> tuple[Numbers, Numbers]:
    """Number the rows that are equal in every column, in order of first appearance.

    Args:
        columns: Arrays of one length: numbers, booleans, or rows of bytes (two dimensions).

    Returns:
        The number of each row's group, and the first row of each group.
    """
    if not len(columns[0]):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    as_bytes = _as_bytes(columns)
    if compiled.native is not None:
        code, first = compiled.native.group([(key.reshape(-1), key.shape[1]) for key in as_bytes])
        return np.frombuffer(code, dtype=np.int64), np.frombuffer(first, dtype=np.int64)
    packed = np.ascontiguousarray(np.hstack(as_bytes))
    _, first, code = np.unique(
        packed.view(f"V{packed.shape[1]}").ravel(), return_index=True, return_inverse=True
    )
    order = np.argsort(first)
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    return place[code.ravel()], first[order]


def repeats(*columns: np.ndarray[Any, Any]) -> tuple[Numbers, Numbers]:
    """The rows that are equal in every column to a row before.

    Args:
        columns: As for :func:`group`.

    Returns:
        The numbers of these rows, ascending, and for each the first row that is equal.
    """
    if compiled.native is not None and len(columns[0]):
        keys = [(key.reshape(-1), key.shape[1]) for key in _as_bytes(columns)]
        found = compiled.native.repeats(keys)
        rows, same = (np.frombuffer(part, dtype=np.int64) for part in found)
        return rows, same
    code, first = group(*columns)
    is_first = np.zeros(len(code), dtype=bool)
    is_first[first] = True
    rows = np.flatnonzero(~is_first)
    return rows, first[code[rows]]


def _as_bytes(columns: Sequence[np.ndarray[Any, Any]]) -> list[np.ndarray[Any, Any]]:
    """Columns of one row or more as rows of bytes."""
    keys = [np.ascontiguousarray(column) for column in columns]
    return [key.reshape(len(key), -1).view(np.uint8) for key in keys]


def order(*keys: np.ndarray[Any, Any]) -> Numbers:
    """The numbers of rows sorted by some keys; rows that are equal in all stay in their order.

    Args:
        keys: Whole numbers, one a row each; the first matters most.
    """
    rows = len(keys[0])
    low = [int(key.min(initial=0)) for key in keys]
    bits = [
        (int(key.max(initial=0)) - least).bit_length() for key, least in zip(keys, low, strict=True)
    ]
    place = rows.bit_length()
    whole = sum(bits) + place
    if whole > WORD:
        return np.lexsort(keys[::-1])
    # Key and row in one number: sorting numbers is several times as fast as sorting by them.
    word = np.dtype(np.uint32 if whole <= SHORT else np.int64)
    packed = np.arange(rows, dtype=word)
    for key, least, size in zip(keys[::-1], low[::-1], bits[::-1], strict=True):
        part = np.subtract(key, np.int64(least), dtype=word, casting="unsafe")
        part <<= word.type(place)
        packed |= part
        place += size
    packed.sort()
    packed &= word.type((1 << rows.bit_length()) - 1)
    return packed.astype(np.int64, copy=False)


class Groups(Struct, frozen=True, eq=False, dict=True):
    """Rows in groups, and what can be said of each group.

    Attributes:
        code: The number of each row's group.
        first: The first row of each group.
    """

    code: Numbers
    first: Numbers

    @classmethod
    def of(cls, *columns: np.ndarray[Any, Any]) -> Groups:
        """Group rows; see :func:`group`."""
        return cls(*group(*columns))

    def __len__(self) -> int:
        """Groups."""
        return len(self.first)

    @cached_property
    def _sorted(self) -> tuple[Numbers, Numbers]:
        """Rows, group by group, and where each group begins among them."""
        count = self.count()
        return order(self.code), np.cumsum(count) - count

    def count(self, chosen: np.ndarray[Any, Any] | None = None) -> Numbers:
        """Rows of each group; only those that are chosen (a mask), if one is given."""
        code = self.code if chosen is None else self.code[chosen]
        return np.bincount(code, minlength=len(self.first))

    def sum(self, values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """The sum of each group, exact."""
        if len(values) and int(values.min()) >= 0 and int(values.max()) * len(values) < EXACT:
            weighed = np.bincount(self.code, weights=values, minlength=len(self.first))
            return weighed.astype(values.dtype)
        return self._reduced(np.add, values)

    def min(self, values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """The smallest value of each group."""
        return self._reduced(np.minimum, values)

    def max(self, values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """The largest value of each group."""
        return self._reduced(np.maximum, values)

    def all(self, values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Whether a condition holds in every row of a group."""
        return np.asarray(self.count(~values) == 0)

    def _reduced(self, how: np.ufunc, values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        if not len(self.first):
            return values[:0]
        order, starts = self._sorted
        return np.asarray(how.reduceat(values[order], starts))
