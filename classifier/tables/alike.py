"""What is said of rows that are equal in some columns, where most rows are equal to no other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec import Struct

from classifier.grouping import order, repeats

if TYPE_CHECKING:
    import numpy.typing as npt

    from classifier.tables.grouping import Codes

    Array = np.ndarray[Any, Any]

__all__ = ["Alike"]

SHORT = np.iinfo(np.int32).max // 2
"""Sums up to it are kept in half the memory, which is new and so costs more than the sum; two of
them can be added."""


class Alike(Struct, frozen=True, eq=False):
    """Rows in groups of equal ones; what is said of a group stands in the place of its first row.

    So a row that is equal to no other stands for itself, and no column is copied for it. What
    stands in the places of the repeats means nothing.

    Attributes:
        size: Rows.
        repeats: Numbers of the rows that are equal to one before, ascending.
        first: For each of these the first row that is equal.
    """

    size: int
    repeats: npt.NDArray[np.int64]
    first: npt.NDArray[np.int64]

    @classmethod
    def of(cls, *columns: Array) -> Alike:
        """Find equal rows; see :func:`classifier.grouping.group`."""
        return cls(len(columns[0]), *repeats(*columns))

    def count(self) -> Codes:
        """Rows of each group."""
        result = np.ones(self.size, dtype=np.int32)
        np.add.at(result, self.first, 1)
        return result

    def sum(self, values: Codes) -> Codes:
        """The sum of each group: in 32 bits if they are enough, none of them negative."""
        if not len(self.repeats):
            return values
        most = int(values.max(initial=0)) * (len(self.repeats) + 1)
        return self._folded(np.add, values, np.dtype(np.int32 if most <= SHORT else np.int64))

    def least(self, values: Codes) -> Codes:
        """The smallest value of each group."""
        if (values[self.repeats] >= values[self.first]).all():
            return values
        return self._folded(np.minimum, values)

    def most(self, values: Codes) -> Codes:
        """The largest value of each group."""
        if (values[self.repeats] <= values[self.first]).all():
            return values
        return self._folded(np.maximum, values)

    def descending(self, values: Codes) -> npt.NDArray[np.int64]:
        """The first rows of all groups, that with the largest value first; equal ones in order.

        Args:
            values: Of each group, not negative.
        """
        key = -values
        key[self.repeats] = 1
        return order(key)[: self.size - len(self.repeats)]

    def _folded(self, how: np.ufunc, values: Codes, dtype: np.dtype[Any] | None = None) -> Codes:
        result = values.astype(dtype or values.dtype)
        how.at(result, self.first, values[self.repeats].astype(result.dtype))
        return result
