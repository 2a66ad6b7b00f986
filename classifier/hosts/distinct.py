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
    return np.asarray(values[np.diff(values, prepend=-1) > 0])
