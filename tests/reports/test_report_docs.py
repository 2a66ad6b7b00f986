from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from report_cases import nothing

from classifier import reports
from classifier.model import FLOW_COLUMNS
from classifier.tables.columns import COLUMNS

PAGE = (Path(__file__).parents[2] / "docs" / "reports.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    """The text below a heading, up to the next."""
    return re.split(r"^#+ ", PAGE.split(f"# {title}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


TABLES = {**COLUMNS, "flows": FLOW_COLUMNS}


@pytest.mark.parametrize("name", TABLES)
def test_every_column_of_every_table_is_described_as_it_is_declared(name: str) -> None:
    rows = [line for line in section(name).splitlines() if line.startswith("| `")]
    assert rows == [
        f"| `{column.name}` | {column.dtype} | {column.unit} | {column.meaning} |"
        for column in TABLES[name]
    ]


def test_every_format_is_described_as_it_is_declared() -> None:
    rows = [line for line in section("Reports").splitlines() if line.startswith("| `")]
    assert rows == [
        f"| `{each.name}` | `{each.suffix}` | {each.meaning} |" for each in reports.FORMATS
    ]


def test_every_key_of_the_json_report_is_described_in_order() -> None:
    keys = re.findall(r"^\| `(\w+)` \|", section("JSON"), flags=re.MULTILINE)
    assert keys == list(json.loads(reports.render("json", nothing())))
