"""The different numbers in a column, quickly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from classifier.flows.columns import Array

__all__ = ["distinct"]


def distinct(values: Array) -> Array:
    """The different values, none negative, in ascending order.

    ``numpy.unique`` looks each value up in a table, which is many times slower.
    """
    values = np.sort(values)
    is_new = np.ones(len(values), dtype=bool)
    np.not_equal(values[1:], values[:-1], out=is_new[1:])
    return np.asarray(values[is_new])
