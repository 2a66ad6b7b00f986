"""Tables of columns: a DataFrame and back, and what is said of groups of rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from build import flow_table
from classifier import compiled
from classifier.grouping import Groups, group, order
from classifier.model import FLOW_COLUMNS, Column
from classifier.table import Table, Values
from key_columns import ROWS, key_columns

FLOWS = flow_table(
    {},
    {
        "server_port": None,
        "client_port": None,
        "transport": "icmp",
        "icmp_type": 8,
        "icmp_error": "host unreachable",
    },
    {"client_ip": "2001:db8::1", "server_ip": "2001:db8::2", "vlan": 7},
)


def test_a_data_frame_comes_back_as_it_was():
    pd.testing.assert_frame_equal(Table.of(FLOWS, FLOW_COLUMNS).frame(), FLOWS)


def test_a_table_without_rows_keeps_its_dtypes():
    nothing = flow_table()
    table = Table.of(nothing, FLOW_COLUMNS)
    assert len(table) == 0
    assert list(map(str, table.frame().dtypes)) == list(map(str, nothing.dtypes))


def test_a_frame_of_some_rows_and_columns_holds_them_in_the_order_of_the_rows():
    table = Table.of(FLOWS, FLOW_COLUMNS)
    some = table.frame(np.array([2, 0]), ["server_port", "client_ip"])
    assert list(some.columns) == ["client_ip", "server_port"]
    assert some["client_ip"].tolist() == ["2001:db8::1", "10.0.0.1"]


def test_what_costs_much_is_worked_out_once_and_only_when_it_is_asked_for():
    calls = []

    def costly() -> Values:
        calls.append(1)
        return Values(np.array([b"abc", b"xyz"]))

    columns = Column("number", "int64", "", ""), Column("text", "str", "", "")
    table = Table(columns, {"number": Values(np.arange(2)), "text": costly})
    assert (len(table), calls) == (2, [])
    assert table["text"].texts().tolist() == ["abc", "xyz"]
    assert table.frame()["text"].tolist() == ["abc", "xyz"]
    assert calls == [1]


def test_code_minus_one_is_null():
    values = Values(np.array([1, -1, 0]), ["a", "b"])
    assert values.texts().tolist() == ["b", None, "a"]
    assert values.is_label("a").tolist() == [False, False, True]


def test_a_missing_time_is_no_time():
    values = Values(np.array([1, 2]), missing=np.array([False, True]))
    frame = Table([Column("seen", "datetime64[ns, UTC]", "", "")], {"seen": values}).frame()
    assert frame["seen"].isna().tolist() == [False, True]
    assert str(frame["seen"].dtype) == "datetime64[ns, UTC]"


@pytest.mark.parametrize("native", [compiled.native, None], ids=["as built", "in Python"])
@given(rows=ROWS)
def test_groups_are_numbered_in_order_of_first_appearance(native: Any, rows: list[Any]):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "native", native)
        code, first = group(*key_columns(rows))
    numbers: dict[Any, int] = {}
    assert code.tolist() == [numbers.setdefault(row, len(numbers)) for row in rows]
    assert first.tolist() == [rows.index(row) for row in numbers]


@given(rows=ROWS)
def test_what_is_said_of_a_group_is_said_of_its_rows(rows: list[Any]):
    key, value, flag = (np.array([row[n] for row in rows], dtype="i8") for n in range(3))
    groups = Groups.of(key)
    for number, first in enumerate(groups.first.tolist()):
        own = [row for row in rows if row[0] == key[first]]
        values = [row[1] for row in own]
        assert groups.count()[number] == len(own)
        assert groups.sum(value)[number] == sum(values)
        assert (groups.min(value)[number], groups.max(value)[number]) == (min(values), max(values))
        assert groups.all(flag.astype(bool))[number] == all(row[2] for row in own)
        assert groups.count(flag.astype(bool))[number] == sum(row[2] for row in own)


SMALL, LARGE = st.integers(-3, 3), st.sampled_from((-(2**62), -1, 0, 1, 2**62))


@given(st.lists(st.tuples(SMALL | LARGE, SMALL), max_size=40))
def test_rows_are_sorted_by_the_first_key_first_and_equal_ones_stay(rows: list[tuple[int, int]]):
    keys = np.array(rows, dtype="i8").reshape(-1, 2).T
    expected = sorted(range(len(rows)), key=rows.__getitem__)
    assert order(keys[0], keys[1]).tolist() == expected


@pytest.mark.parametrize("least", [0, -(2**40), 2**52])
def test_sums_are_exact_also_where_no_float_is(least: int):
    values = np.array([least + 1, least + 2, 7, least + 2])
    sums = Groups.of(np.array([5, 5, 6, 5])).sum(values)
    assert sums.tolist() == [3 * least + 5, 7]
