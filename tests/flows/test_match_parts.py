"""Matches that came in parts: the same as if they had come as one."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from classifier.engine.content import Matches
from classifier.flows.content import take_matches
from classifier.flows.matched import MatchParts

ROWS = st.lists(st.lists(st.integers(0, 9), max_size=3), max_size=5)


def matches(rows: list[list[int]]) -> Matches:
    offsets = np.cumsum([0, *map(len, rows)], dtype=np.int64)
    numbers = [number for row in rows for number in row]
    return Matches(offsets, np.array(numbers, dtype=np.uint32))


@given(st.lists(ROWS, max_size=4), st.data())
def test_rows_are_counted_over_all_parts(parts, data):
    rows = [tuple(row) for part in parts for row in part]
    own = MatchParts([matches(part) for part in parts])
    assert [own[row] for row in range(len(own))] == rows
    wanted = data.draw(st.lists(st.integers(0, len(rows) - 1)) if rows else st.just([]))
    taken = own.take(np.array(wanted, dtype=np.int64))
    assert [taken[place] for place in range(len(wanted))] == [rows[row] for row in wanted]


@given(st.lists(ROWS, max_size=4))
def test_joined_they_are_those_of_all_parts(parts):
    joined = MatchParts([matches(part) for part in parts]).joined()
    whole = take_matches(joined, np.arange(sum(map(len, parts))))
    assert [whole[row] for row in range(sum(map(len, parts)))] == [
        tuple(row) for part in parts for row in part
    ]
