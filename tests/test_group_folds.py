"""Sums and extremes of groups: in compiled code and in Python they are the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier import compiled
from classifier.tables.grouping import earliest, latest, totals

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2**40)), max_size=30)
FOLDS: dict[str, tuple[Callable[..., Any], Callable[[list[int]], int]]] = {
    "sum": (totals, sum),
    "smallest": (earliest, min),
    "largest": (latest, max),
}


@pytest.mark.parametrize("native", [compiled.native, None], ids=["as built", "in Python"])
@pytest.mark.parametrize("fold", FOLDS)
@given(
    rows=ROWS,
    of_groups=st.sampled_from(["i4", "i8", "u1", "u4"]),
    of_values=st.sampled_from(["?", "u1", "u2", "i4", "u4", "i8"]),
)
def test_a_group_has_the_values_of_its_rows_whatever_their_type(
    native: Any, fold: str, rows: list[tuple[int, int]], of_groups: str, of_values: str
) -> None:
    made, expected = FOLDS[fold]
    group = np.array([group for group, _ in rows], dtype=of_groups)
    value = np.array([value for _, value in rows], dtype=np.int64).astype(of_values)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "native", native)
        found = made(group, value, 6)
    for number in set(group.tolist()):
        own = [int(each) for each in value[group == number].tolist()]
        assert int(found[number]) == expected(own)
    assert len(found) == 6
