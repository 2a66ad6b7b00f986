"""Values looked up by number: as by an index."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier import lookup


@given(
    st.lists(st.integers(0, 4), max_size=20),
    st.sampled_from(("u1", "u2", "i4", "i8")),
    st.sampled_from(("i2", "i1", "?")),
)
def test_values_are_those_at_the_numbers_whatever_the_piece(numbers, dtype, of_table):
    table = np.array([7, 5, 0, 2, -1] * 60).astype(of_table)
    own = np.array(numbers, dtype=dtype)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lookup, "PIECE", 3)
        found = lookup.look_up(table, own)
    assert found.dtype == table.dtype
    assert found.tolist() == table[own].tolist()
    found[:] = 0  # it is nobody else's
