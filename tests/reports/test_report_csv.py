from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from report_cases import few, hostile, nothing, office, told

from classifier.model import FLOW_COLUMNS, Column
from classifier.reports import render
from classifier.reports.csv import TABLES, lines
from classifier.reports.escape import FORMULA, csv_cell, visible
from classifier.table import Table, Values
from classifier.tables.columns import COLUMNS

if TYPE_CHECKING:
    from classifier.analysis import Analysis


def parsed(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def written(name: str, analysis: Analysis) -> list[list[str]]:
    return parsed(b"".join(lines(analysis.table(name))).decode())


def test_the_report_is_the_flow_table_with_all_columns_and_rows() -> None:
    analysis = office()
    heading, *rows = parsed(render("csv", analysis))
    assert heading == [column.name for column in FLOW_COLUMNS]
    assert [int(row[0]) for row in rows] == analysis.flows["flow"].tolist()
    first = dict(zip(heading, rows[0], strict=True))
    assert first["first_seen"] == "2026-01-05T09:00:01.000000000Z"
    assert first["icmp_type"] == ""
    assert first["server_bytes"] == str(analysis.flows["server_bytes"][0])


def test_lines_end_as_rfc_4180_says() -> None:
    text = render("csv", few(3))
    assert text.count("\r\n") == 4
    assert "\n" not in text.replace("\r\n", "")


def test_an_empty_capture_is_a_heading_alone() -> None:
    assert len(parsed(render("csv", nothing()))) == 1


@pytest.mark.parametrize("name", TABLES)
def test_no_cell_of_any_table_is_a_formula_or_holds_a_control_character(name: str) -> None:
    heading, *rows = written(name, told() if name == "endpoints" else hostile())
    assert rows
    for row in rows:
        assert len(row) == len(heading)
        for cell in row:
            assert visible(cell) == cell
            assert cell.lstrip(" ")[:1] not in FORMULA or not cell


@pytest.mark.parametrize("name", TABLES)
def test_every_table_has_its_declared_columns_even_without_rows(name: str) -> None:
    (heading,) = written(name, nothing())
    assert heading == [column.name for column in (COLUMNS.get(name) or FLOW_COLUMNS)]


def test_the_tables_are_all_there_in_the_order_of_a_report() -> None:
    assert set(TABLES) == {*COLUMNS, "flows"}
    assert (TABLES[0], TABLES[-1]) == ("health", "flows")


def test_negative_numbers_stay_numbers() -> None:
    table = Table([Column("x", "int64", "", "")], {"x": Values(np.array([-1, -2]))})
    assert b"".join(lines(table)) == b"x\r\n-1\r\n-2\r\n"


def test_cells_are_quoted_as_the_csv_module_does_and_nulls_are_empty() -> None:
    texts = ["a", 'say "x"', "a,b", "", "a, ", "=1", " \t", "-", "x\r\ny", "ü\x9b", None]
    table = Table([Column("x", "str", "", ""), Column("y", "str", "", "")], dict.fromkeys(
        "xy", Values(np.array(texts, dtype=object))))  # fmt: skip
    rows = parsed(b"".join(lines(table)).decode())[1:]
    assert rows == [[csv_cell(text or "")] * 2 for text in texts]


def test_more_rows_than_one_piece_are_all_written() -> None:
    analysis = office(20_001)
    assert len(parsed(render("csv", analysis))) == 20_002
