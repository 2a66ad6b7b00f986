"""Members of groups as one text each: in compiled code and in Python it is the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier import compiled
from classifier.tables.members import joined, listed

MEMBERS = st.dictionaries(
    st.tuples(st.integers(0, 5), st.integers(0, 5000)), st.integers(-1, 3), max_size=40
)
NATIVE = pytest.mark.parametrize("native", [compiled.native, None], ids=["as built", "in Python"])


def texts(native: Any, rows: list[tuple[int, int, int]], size: int, limit: int) -> list[str]:
    group, member, weight = (np.array([row[at] for row in rows], dtype=np.int64) for at in range(3))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "native", native)
        found = joined(group, member, weight, size, lambda number: f"m{number}", limit)
    return [str(text) for text in found.texts()]


@NATIVE
@given(members=MEMBERS, limit=st.integers(1, 4))
def test_members_are_listed_by_weight_and_those_beyond_the_limit_are_counted(
    native: Any, members: dict[tuple[int, int], int], limit: int
) -> None:
    rows = [(group, member, members[group, member]) for group, member in sorted(members)]
    expected = []
    for group in range(7):
        own = [(-weight, member) for of, member, weight in rows if of == group]
        shown = ", ".join(f"m{member}" for _, member in sorted(own)[:limit])
        more = len(own) - limit
        expected.append(f"{shown} +{more}" if more > 0 else shown)
    assert texts(native, rows, 7, limit) == expected


@NATIVE
def test_lists_may_be_longer_than_what_is_read_at_once(native: Any) -> None:
    rows = [(0, 3, 1), *((1, member, member % 3) for member in range(20_000)), (3, 9, 1)]
    assert texts(native, rows, 4, 2) == ["m3", "m2, m5 +19998", "", "m9"]


@pytest.mark.skipif(compiled.native is None, reason="in compiled code")
@pytest.mark.parametrize("group", [[0, 2], [-1, 0], [1, 0], [0], [0, 0, 0]])
def test_compiled_code_refuses_groups_that_are_not_there_or_not_in_order(group: list[int]) -> None:
    rows = np.zeros(2, dtype=np.int64)
    with pytest.raises(IndexError):
        compiled.native.joined((np.array(group), rows, rows), 2, 6, str)


@NATIVE
@given(
    rows=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9)), max_size=40),
    scale=st.sampled_from([1, 2**20, 2**40]),
    last=st.integers(-1, 9),
)
def test_members_are_listed_by_the_number_of_their_rows_but_one_may_be_the_last(
    native: Any, rows: list[tuple[int, int]], scale: int, last: int
) -> None:
    group, member = (np.array([row[at] for row in rows], dtype=np.int64) for at in range(2))
    member *= scale
    if scale == 1:
        group, member = group.astype(np.int32), member.astype(np.int16)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "native", native)
        found = listed(group, member, 7, lambda number: f"m{number // scale}", last=last * scale)
    expected = []
    for number in range(7):
        own = [member for group, member in rows if group == number]
        weights = sorted((each == last, -own.count(each), each) for each in set(own))
        shown = ", ".join(f"m{each}" for *_, each in weights[:6])
        expected.append(f"{shown} +{len(weights) - 6}" if len(weights) > 6 else shown)
    assert [str(text) for text in found.texts()] == expected


@NATIVE
def test_rows_may_be_more_than_what_is_read_at_once(native: Any) -> None:
    group = np.arange(30_000, dtype=np.int32) // 25_000
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "native", native)
        found = listed(group, np.minimum(group * 7, 3), 3, str)
    assert found.texts().tolist() == ["0", "3", ""]


@pytest.mark.skipif(compiled.native is None, reason="in compiled code")
@pytest.mark.parametrize("rows", [[1, 9], [8, 9], [3, 1], [-1, 0]])
def test_compiled_code_refuses_rows_of_no_group_and_rows_that_are_not_in_order(
    rows: list[int],
) -> None:
    with pytest.raises(IndexError):
        compiled.native.listed(np.array(rows), 1, 4, 6, -1, str)
