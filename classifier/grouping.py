"""Rows that are equal in some columns, numbered; and the order of the numbers never surprises."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from classifier import compiled

if TYPE_CHECKING:
    import numpy.typing as npt

    Numbers = npt.NDArray[np.int64]

__all__ = ["Groups", "group"]


def group(*columns: np.ndarray[Any, Any]) -> tuple[Numbers, Numbers]:
    """Number the rows that are equal in every column, in order of first appearance.

    Args:
        columns: Arrays of one length: numbers, booleans, or rows of bytes (two dimensions).

    Returns:
        The number of each row's group, and the first row of each group.
    """
    keys = _packed([np.ascontiguousarray(column) for column in columns])
    if not len(keys[0]):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    as_bytes = [key.reshape(len(key), -1).view(np.uint8) for key in keys]
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


def _packed(keys: list[np.ndarray[Any, Any]]) -> list[np.ndarray[Any, Any]]:
    """One number a row for several small ones, where the product of their ranges allows it."""
    if len(keys) == 1 or not len(keys[0]) or any(key.ndim > 1 for key in keys):
        return keys
    ranges = [(int(key.min()), int(key.max())) for key in keys]
    if prod(high - low + 1 for low, high in ranges) >= 1 << 63:
        return keys
    packed = np.zeros(len(keys[0]), dtype=np.int64)
    for key, (low, high) in zip(keys, ranges, strict=True):
        packed *= high - low + 1
        packed += key
        packed -= low
    return [packed]


@dataclass(frozen=True, eq=False)
class Groups:
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
        return np.argsort(self.code, kind="stable"), np.cumsum(count) - count

    def count(self) -> Numbers:
        """Rows of each group."""
        return np.bincount(self.code, minlength=len(self.first))

    def sum(self, values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """The sum of each group, exact."""
        return self._reduced(np.add, values)

    def min(self, values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """The smallest value of each group."""
        return self._reduced(np.minimum, values)

    def max(self, values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """The largest value of each group."""
        return self._reduced(np.maximum, values)

    def all(self, values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Whether a condition holds in every row of a group."""
        failures = np.bincount(self.code[~values], minlength=len(self.first))
        return np.asarray(failures == 0)

    def _reduced(self, how: np.ufunc, values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        if not len(self.first):
            return values[:0]
        order, starts = self._sorted
        return np.asarray(how.reduceat(values[order], starts))
