"""Columns in the order of flows, whoever puts them there."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier import compiled
from classifier.flows.joined import Joined
from classifier.flows.order import Order

AS_BUILT = pytest.mark.parametrize("native", [compiled.native, None], ids=["as built", "in Python"])
DTYPES = ("?", "i1", "u1", "i2", "u2", "i4", "u4", "i8")


def parts_of(values: np.ndarray[Any, Any], cuts: list[int]) -> list[np.ndarray[Any, Any]]:
    return [values[begin:end] for begin, end in pairwise([0, *sorted(cuts), len(values)])]


@AS_BUILT
@given(data=st.data(), count=st.integers(0, 9), room=st.integers(0, 40))
def test_columns_of_any_type_are_put_in_order_part_by_part(
    native: Any, data: st.DataObject, count: int, room: int
) -> None:
    rows = np.array(data.draw(st.permutations(range(count))), dtype=np.int64)
    stays = np.array(data.draw(st.lists(st.booleans(), min_size=count, max_size=count)), dtype=bool)
    cuts = data.draw(st.lists(st.integers(0, count), max_size=3))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "native", native)
        order = Order(rows, room)
        for dtype in DTYPES:
            one, other = (np.arange(first, first + count).astype(dtype) for first in (0, 100))
            placed = order.column(parts_of(one, cuts))
            assert placed.dtype == one.dtype
            assert placed.tolist() == one[rows].tolist()
            client, server = order.sides(parts_of(one, cuts), parts_of(other, cuts), stays)
            assert client.tolist() == np.where(stays, one[rows], other[rows]).tolist()
            assert server.tolist() == np.where(stays, other[rows], one[rows]).tolist()
            assert placed.tolist() == one[rows].tolist()  # nobody else has its memory


@AS_BUILT
@given(
    numbers=st.lists(st.integers(-(1 << 63), (1 << 63) - 1) | st.integers(-40, 40), max_size=40),
    cuts=st.lists(st.integers(0, 40), max_size=3),
    are_different=st.booleans(),
)
def test_numbers_are_put_in_order_whether_they_are_close_or_far_apart_or_equal(
    native: Any, numbers: list[int], cuts: list[int], *, are_different: bool
) -> None:
    numbers = list(dict.fromkeys(numbers)) if are_different else numbers
    cuts = [min(cut, len(numbers)) for cut in cuts]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "native", native)
        values = np.array(numbers, dtype=np.int64)
        order = Order.of(parts_of(values, cuts), 0)
        assert order.rows.tolist() == np.argsort(values, kind="stable").tolist()
        assert order.column(parts_of(values, cuts)).tolist() == sorted(numbers)


@pytest.mark.skipif(compiled.native is None, reason="not built")
def test_what_is_no_order_or_does_not_fit_is_refused() -> None:
    for rows in ([0, 0], [0, 2], [-1, 0]):
        with pytest.raises(ValueError, match="no order"):
            compiled.native.RowOrder(np.array(rows, dtype=np.int64))
    order = compiled.native.RowOrder(np.array([1, 0], dtype=np.int64))
    two, three = np.zeros(2, dtype=np.int64), np.zeros(3, dtype=np.int64)
    with pytest.raises(ValueError, match="more values"):
        order.place("i8", [three], two)
    with pytest.raises(ValueError, match="more values"):
        order.place_sides("i8", ([three], [three]), np.zeros(2, np.uint8), (two, two))
    with pytest.raises(ValueError, match="more values"):  # fewer signs than places
        order.place_sides("i8", ([two], [two]), np.zeros(1, np.uint8), (two, two))
    with pytest.raises(ValueError, match="no such type"):
        order.place("f8", [two], two)
    with pytest.raises(BufferError):
        order.place("i8", [two], three)
    with pytest.raises(BufferError):
        order.place("i4", [two], two)


def test_columns_are_joined_when_they_are_asked_for_and_can_be_let_go_of() -> None:
    columns = Joined({"a": [np.array([1]), np.array([2, 3])], "b": [np.array([4, 5, 6])]})
    assert columns["a"].tolist() == [1, 2, 3]
    assert len(columns.parts("a")) == 1
    others = columns.without("a")
    others.drop("c")
    assert (list(others), list(columns)) == (["b"], ["a", "b"])
