"""Rows as text: the compiled writer and Python's give the same bytes, whatever is in the table."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_cases import few, hostile, nothing, office

from classifier import compiled
from classifier.flows.community import community_ids
from classifier.model import Column
from classifier.reports.csv import CELLS
from classifier.reports.json import ARRAY, LINES
from classifier.reports.rows import rows
from classifier.table import TIME, Table, Values

FORMS = {"array": ARRAY, "lines": LINES, "csv": CELLS}
INT64 = st.integers(-(2**63), 2**63 - 1)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=9)


def text(table: Table, form: Any, *, native: bool) -> str:
    return b"".join(rows(table, form, native=native)).decode()


def one(values: Values, dtype: str) -> Table:
    return Table([Column("x", dtype, "", "")], {"x": values})


@pytest.mark.skipif(compiled.native is None, reason="the native engine is not built")
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("case", [office, hostile, nothing])
def test_both_writers_write_the_same_for_every_table(form: str, case: Any) -> None:
    analysis = case()
    for name in ("flows", "hosts", "conversations", "unknown", "services", "captures", "findings"):
        table = analysis.table(name)
        compiled = text(table, FORMS[form], native=True)
        assert compiled == text(table, FORMS[form], native=False)
        assert compiled or not len(table)


@settings(deadline=None)
@given(st.lists(st.tuples(INT64, INT64, TEXT, st.booleans(), st.booleans()), max_size=8))
def test_values_come_back_from_json_as_they_went_in(drawn: list[tuple[Any, ...]]) -> None:
    numbers, times, texts, truths, missing = (
        (list(each) for each in zip(*drawn, strict=True)) if (drawn) else ([], [], [], [], [])
    )
    gone = np.array(missing, dtype=bool)
    labels = sorted(set(texts))
    codes = np.array([labels.index(each) for each in texts], dtype=np.int32)
    codes[gone] = -1
    values = {
        "number": Values(np.array(numbers, dtype=np.int64), missing=gone),
        "time": Values(np.array(times, dtype=np.int64), missing=gone),
        "label": Values(codes, labels),
        "text": Values(np.array([*texts, ""], dtype=object)[:-1]),
        "truth": Values(np.array(truths, dtype=bool)),
    }
    dtypes = {"number": "Int64", "time": TIME, "label": "str", "text": "str", "truth": "bool"}
    table = Table([Column(name, dtypes[name], "", "") for name in values], values)
    for native in {True, compiled.native is not None}:
        found = [json.loads(line) for line in text(table, LINES, native=native).splitlines()]
        assert [row["number"] for row in found] == [
            None if no else it for it, no in zip(numbers, missing, strict=True)
        ]
        assert [row["label"] for row in found] == [
            None if no else it for it, no in zip(texts, missing, strict=True)
        ]
        assert [row["text"] for row in found] == texts
        assert [row["truth"] for row in found] == truths
        stamps = np.array(times, dtype="M8[ns]").astype(str).tolist()
        assert [row["time"] for row in found] == [
            None if no or it == -(2**63) else f"{stamp}Z"
            for stamp, it, no in zip(stamps, times, missing, strict=True)
        ]


@pytest.mark.parametrize("bad", [b'"', b"\\", b"a,b", b"=1", b"\x1b[m", b" x", b"\x7f"])
def test_bytes_of_one_width_that_need_an_escape_get_it(bad: bytes) -> None:
    table = one(Values(np.array([b"plain", bad], dtype="S8")), "str")
    shown = bad.decode("ascii", "backslashreplace")
    if shown == bad.decode("latin-1"):
        assert json.loads(text(table, LINES, native=True).splitlines()[1]) == {"x": shown}
    (cell,) = list(csv.reader(io.StringIO(text(table, CELLS, native=True))))[1]
    assert cell.isprintable()
    assert cell[:1] not in "=+-@"


def test_bytes_said_to_be_plain_are_so_and_are_written_as_if_nobody_had_said_it() -> None:
    kind, versions, packed = (np.array(of, dtype=np.uint8) for of in ([6, 17], [4], [[9] * 16]))
    side, ports = np.zeros(2, dtype=np.int32), np.array([80, 443], dtype=np.uint16)
    ids = community_ids(kind, versions, packed, (side, side), (ports, ports[::-1]))
    for form in FORMS.values():
        told, looked_at = (one(Values(ids, is_plain=known), "str") for known in (True, False))
        assert text(told, form, native=True) == text(looked_at, form, native=True)
    assert Values(ids, is_plain=True).take(side).is_plain


def test_fractions_are_written_in_full_and_what_is_no_number_is_null() -> None:
    table = one(Values(np.array([0.1, 1e-9, 1.0, float("nan")])), "float64")
    found = [json.loads(line)["x"] for line in text(table, LINES, native=True).splitlines()]
    assert found == [0.1, 1e-9, 1.0, None]
    assert text(table, CELLS, native=True).split("\r\n") == ["0.1", "1e-09", "1.0", "", ""]


def test_what_is_the_same_in_every_row_is_written_in_every_row() -> None:
    rows = 3
    same = {
        "number": (Values(np.full(rows, 7)), "int64", 7),
        "null": (Values(np.arange(rows), missing=np.full(rows, fill_value=True)), "Int64", None),
        "label": (Values(np.full(rows, 1), ["a", "%s,\n"]), "str", "%s,\n"),
        "none": (Values(np.full(rows, -1), ["a"]), "str", None),
        "text": (Values(np.full(rows, b"a b")), "str", "a b"),
        "time": (Values(np.zeros(rows, dtype="i8")), TIME, "1970-01-01T00:00:00.000000000Z"),
        "truth": (Values(np.full(rows, fill_value=True)), "bool", True),
    }
    columns = [Column(name, dtype, "", "") for name, (_, dtype, _) in same.items()]
    values = {name: each for name, (each, _, _) in same.items()}
    row = Column("row", "int64", "", "")
    numbered = {**values, "row": Values(np.arange(rows))}
    for native in {True, compiled.native is not None}:
        for table in (Table(columns, values), Table([columns[0], row, *columns[1:]], numbered)):
            for number, line in enumerate(text(table, LINES, native=native).splitlines()):
                found = json.loads(line)
                assert found.pop("row", number) == number
                assert found == {name: value for name, (_, _, value) in same.items()}
            assert len(list(csv.reader(io.StringIO(text(table, CELLS, native=native))))) == rows


def test_a_label_that_is_not_there_is_an_error_and_no_text() -> None:
    table = one(Values(np.array([3], dtype=np.int32), ["a"]), "str")
    for native in (True, False):
        with pytest.raises((ValueError, IndexError)):
            text(table, LINES, native=native)


def test_a_long_table_comes_in_pieces_and_loses_no_row() -> None:
    table = few(1).flow_table.take(np.zeros(10_000, dtype=np.int64))
    for native in (True, False):
        found = list(rows(table, LINES, native=native))
        assert len(found) > 2
        assert b"".join(found).count(b"\n") == 10_000
