"""Sums and extremes of groups: in compiled code and in Python they are the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier import compiled
from classifier.tables.folds import LEAST, MOST, SUM, Part, folds
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


@pytest.mark.parametrize("native", [compiled.native, None], ids=["as built", "in Python"])
@given(rows=ROWS, chosen=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 29)), max_size=40))
def test_values_are_made_of_several_columns_and_of_chosen_rows(
    native: Any, rows: list[tuple[int, int]], chosen: list[tuple[int, int]]
) -> None:
    group = np.array([group for group, _ in rows], dtype="i4")
    value = np.array([value for _, value in rows], dtype="i8")
    own = [(group, row) for group, row in chosen if row < len(rows)]
    numbers = np.array([row for _, row in own], dtype="i8")
    groups = np.array([group for group, _ in own], dtype="i8")
    odd = value % 2 == 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "native", native)
        found = folds(
            5,
            {"sum": SUM, "least": LEAST, "most": MOST},
            Part(group, [("sum", value), ("sum", odd), ("sum", 3), ("most", value)]),
            Part(groups, [("sum", value), ("least", value), ("sum", 1)], numbers),
        )
    for number in range(5):
        first = [value for group, value in rows if group == number]
        second = [rows[row][1] for group, row in own if group == number]
        added = [value + value % 2 + 3 for value in first] + [value + 1 for value in second]
        assert int(found["sum"][number]) == sum(added)
        assert int(found["least"][number]) == min(second, default=2**63 - 1)
        assert int(found["most"][number]) == max(first, default=-(2**63))


@pytest.mark.parametrize("native", [compiled.native, None], ids=["as built", "in Python"])
def test_long_columns_are_read_to_their_end(native: Any) -> None:
    size = 20_001
    group = np.arange(size, dtype="i4") % 7
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "native", native)
        rows = np.arange(size)[::-1]
        found = folds(
            7, {"sum": SUM}, Part(group, [("sum", rows)], rows), Part(group, [("sum", 1)])
        )
    assert found["sum"].tolist() == [
        sum(range(at, size, 7)) + len(range(at, size, 7)) for at in range(7)
    ]


@pytest.mark.skipif(compiled.native is None, reason="in compiled code")
@pytest.mark.parametrize(
    ("group", "rows", "values"),
    [
        ([0, 2], None, [1, 1]),
        ([0, -1], None, [1, 1]),
        ([0, 1], None, [1, 1, 1]),
        ([0, 1], None, [1]),
        ([0, 1], [0, 2], [1, 1]),
        ([0, 1], [0], [1, 1]),
    ],
)
def test_compiled_code_refuses_groups_and_rows_that_are_not_there(
    group: list[int], rows: list[int] | None, values: list[int]
) -> None:
    chosen = None if rows is None else np.array(rows)
    given = [(np.array(group), chosen, [(0, np.array(values))])]
    with pytest.raises(IndexError):
        compiled.native.folded(["sum"], 2, given)
    with pytest.raises(ValueError, match="no such word"):
        compiled.native.folded(["mean"], 2, [])
