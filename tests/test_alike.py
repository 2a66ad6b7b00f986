"""Rows that are equal to one before, and what is said of those that are equal."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier import compiled
from classifier.grouping import repeats
from classifier.model import Column
from classifier.reports.csv import CELLS
from classifier.reports.json import ARRAY
from classifier.reports.rows import rows as written
from classifier.table import Table, Values
from classifier.tables.alike import Alike
from key_columns import ROWS, key_columns

LARGE = 2**40


@pytest.mark.parametrize("native", [compiled.native, None], ids=["as built", "in Python"])
@given(rows=ROWS)
def test_a_row_repeats_the_first_that_is_equal(native: Any, rows: list[Any]):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "native", native)
        found, first = repeats(*key_columns(rows))
    expected = [place for place, row in enumerate(rows) if row in rows[:place]]
    assert found.tolist() == expected
    assert first.tolist() == [rows.index(rows[place]) for place in expected]


@given(rows=ROWS, scale=st.sampled_from([1, LARGE]))
def test_what_is_said_of_equal_rows_stands_where_the_first_is(rows: list[Any], scale: int):
    key = np.array([row[0] for row in rows], dtype="i4")
    value = np.array([(row[1] + 2) * scale for row in rows], dtype="i8")
    alike = Alike.of(key)
    said = (alike.count(), alike.sum(value), alike.least(value), alike.most(value))
    sums = {}
    for row in dict.fromkeys(key.tolist()):
        own = value[key == row].tolist()
        first = key.tolist().index(row)
        sums[first] = sum(own)
        assert [int(each[first]) for each in said] == [len(own), sum(own), min(own), max(own)]
    assert alike.descending(said[1]).tolist() == sorted(sums, key=lambda row: (-sums[row], row))


@pytest.mark.parametrize("form", [ARRAY, CELLS], ids=["json", "csv"])
@pytest.mark.parametrize("kept", [4, 9, 10])
@pytest.mark.parametrize("native", [True, False])
def test_a_table_out_of_order_is_written_in_order(form: Any, kept: int, *, native: bool):
    size = 10
    rows = np.random.default_rng(4).permutation(size)[:kept]
    values = {
        "whole": Values(np.arange(size), missing=np.arange(size) % 3 == 0),
        "part": Values(np.arange(size) / 7),
        "label": Values(np.arange(size, dtype=np.int8) % 4 - 1, ["x", '"', "z"]),
        "same": Values(np.full(size, 7)),
        "text": Values(np.array([f"t{row}" for row in range(size)], dtype=object)),
        "plain": Values(np.array([b"a%d" % row for row in range(size)])),
        "seen": Values(np.arange(size) * 10**15),
    }
    dtypes = ("Int64", "float64", "str", "int64", "str", "str", "datetime64[ns, UTC]")
    columns = [Column(name, dtype, "", "") for name, dtype in zip(values, dtypes, strict=True)]
    table = Table(columns, values, rows)
    copy = Table(columns, {name: column.take(rows) for name, column in values.items()})
    assert len(table) == kept
    assert table.frame().equals(copy.frame())
    texts = [b"".join(written(each, form, native=native)) for each in (table, copy)]
    assert texts[0] == texts[1]
