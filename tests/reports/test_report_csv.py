from __future__ import annotations

import csv
import io

import pytest
from report_cases import few, hostile, nothing, office

from classifier.model import FLOW_COLUMNS
from classifier.reports import render
from classifier.reports.csv import TABLES, write_table
from classifier.reports.escape import FORMULA, visible
from classifier.tables.columns import COLUMNS


def parsed(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def written(name: str, analysis: object) -> list[list[str]]:
    file = io.StringIO(newline="")
    write_table(TABLES[name](analysis), file)  # type: ignore[arg-type]
    return parsed(file.getvalue())


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
    heading, *rows = written(name, hostile())
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
    assert next(iter(TABLES)) == "health"
    assert list(TABLES)[-1] == "flows"


def test_negative_numbers_stay_numbers() -> None:
    file = io.StringIO(newline="")
    write_table(few(2).flows[["flow"]].mul(-1), file)
    assert parsed(file.getvalue())[1:] == [["-1"], ["-2"]]


def test_more_rows_than_one_piece_are_all_written() -> None:
    analysis = office(20_001)
    assert len(parsed(render("csv", analysis))) == 20_002
