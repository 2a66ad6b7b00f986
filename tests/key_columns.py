"""Rows for tests of what is made of equal ones, as columns of several types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Sequence

ROWS = st.lists(st.tuples(st.integers(0, 3), st.integers(-2, 2), st.booleans()), max_size=40)


def key_columns(rows: Sequence[tuple[int, int, bool]]) -> list[np.ndarray[Any, Any]]:
    """Each place of the rows as a column, and before them the first one as rows of bytes."""
    columns = [
        np.array([row[place] for row in rows], dtype=dtype)
        for place, dtype in enumerate(("u2", "i8", "?"))
    ]
    return [np.repeat(columns[0].astype("u1")[:, None], 16, axis=1), *columns]
