"""The different numbers that each of some owners has, such as the source ports of a host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classifier.flows.columns import Array

__all__ = ["Owned"]


class Owned(Struct, frozen=True, eq=False):
    """Different numbers by owner. Everything that is asked is answered for every owner at once.

    Attributes:
        keys: The owner above, its number in the lower bits; ascending, each once.
        bits: How many the numbers have.
        starts: Where each owner begins, and behind them the end.
    """

    keys: Array
    bits: int
    starts: Array

    @classmethod
    def of(cls, owner: Array, number: Array, bits: int, owners: int) -> Owned:
        """Sort them.

        Args:
            owner: From 0, one a row.
            number: What it has, below ``1 << bits``.
            bits: At most 39, and of owner and number together at most 62.
            owners: How many there are, whether or not they have something.
        """
        keys = _sorted(owner, [(number, bits)], owners)
        keys = keys.compress(_is_first(keys))
        return cls(keys, bits, np.searchsorted(keys, _begins(keys.dtype, bits, owners)))

    @staticmethod
    def counted(owner: Array, parts: Sequence[tuple[Array, int]], owners: int) -> Array:
        """How many different numbers each owner has, int64: what :meth:`of` tells, and sooner.

        Args:
            owner: As there.
            parts: The parts of the numbers, the upper ones first, and how many bits each has.
            owners: As there.
        """
        keys = _sorted(owner, parts, owners)
        bits = sum(size for _, size in parts)
        begins = np.searchsorted(keys, _begins(keys.dtype, bits, owners))
        return np.diff(np.searchsorted(np.flatnonzero(_is_first(keys)), begins))

    def count(self, low: int = 0, high: int | None = None) -> Array:
        """How many numbers from ``low`` to ``high`` there are; int64."""
        end = self._place(1 << self.bits if high is None else high + 1)
        return np.asarray(end - self._place(low))

    def ends(self) -> tuple[Array, Array]:
        """The smallest and the largest number of each owner, who must all have some."""
        mask = self.keys.dtype.type((1 << self.bits) - 1)
        return self.keys[self.starts[:-1]] & mask, self.keys[self.starts[1:] - 1] & mask

    def jumps(self, farther: int) -> Array:
        """How often the next number of an owner is farther away than so; int64."""
        far = np.flatnonzero(np.diff(self.keys) > farther) + 1
        begin, end = self.starts[:-1], self.starts[1:]
        jumps = np.searchsorted(far, end) - np.searchsorted(far, begin, side="right")
        return np.where(begin < end, jumps, 0)

    def _place(self, number: int) -> Array:
        """Where a number of each owner stands or would stand."""
        if not number:
            return self.starts[:-1]
        if number == 1 << self.bits:
            return self.starts[1:]
        keys: Array = np.arange(len(self.starts) - 1).astype(self.keys.dtype)
        keys <<= self.bits
        keys |= self.keys.dtype.type(number)
        return np.asarray(np.searchsorted(self.keys, keys))


def _sorted(owner: Array, parts: Sequence[tuple[Array, int]], owners: int) -> Array:
    """Owner and number as one key, ascending."""
    bits = sum(size for _, size in parts)
    # What is short is sorted in half of the time. There must be room for one owner more.
    dtype = np.dtype(np.uint32 if max(owners, 1) << bits < 1 << 32 else np.int64)
    keys: Array = owner.astype(dtype)
    for number, size in parts:
        keys <<= size
        np.bitwise_or(keys, number, out=keys, casting="unsafe")
    keys.sort()
    return keys


def _is_first(keys: Array) -> Array:
    """Which of these, ascending, differ from the one before."""
    is_first = np.ones(len(keys), dtype=bool)
    np.not_equal(keys[1:], keys[:-1], out=is_first[1:])
    return is_first


def _begins(dtype: np.dtype[Any], bits: int, owners: int) -> Array:
    """The least key of each owner, and of the one behind the last."""
    begins: Array = np.arange(owners + 1, dtype=dtype)
    begins <<= dtype.type(bits)
    return begins
