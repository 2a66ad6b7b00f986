from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace
from report_cases import HOSTILE, hostile, nothing, office

from classifier.model import FLOW_COLUMNS, SCHEMA_VERSION
from classifier.reports import render
from classifier.reports.escape import surrogates_escaped, visible
from classifier.reports.json import lines, pieces
from classifier.tables.columns import COLUMNS

TABLES = (
    "services",
    "certainty",
    "unknown",
    "violations",
    "hosts",
    "conversations",
    "warnings",
    "findings",
)


def strict(text: str) -> Any:
    """Parsed JSON; NaN and Infinity are refused."""

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is not JSON")

    return json.loads(text, parse_constant=refuse)


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    parsed: dict[str, Any] = strict(render("json", office()))
    return parsed


def test_the_schema_version_comes_first(report: dict[str, Any]) -> None:
    assert next(iter(report.items())) == ("schema", SCHEMA_VERSION)


def test_every_flow_is_there_with_every_column_raw(report: dict[str, Any]) -> None:
    flows = office().flows
    assert len(report["flows"]) == len(flows)
    first = report["flows"][0]
    assert list(first) == [column.name for column in FLOW_COLUMNS]
    assert first["first_seen"] == "2026-01-05T09:00:01.000000000Z"
    assert first["server_port"] == flows["server_port"][0]
    assert first["icmp_type"] is None
    assert isinstance(first["client_bytes"], int)


@pytest.mark.parametrize("name", TABLES)
def test_every_table_is_there_with_its_declared_columns(name: str, report: dict[str, Any]) -> None:
    assert report[name]
    for row in report[name]:
        assert set(row) == {column.name for column in COLUMNS[name]}


def test_counters_and_files_of_capture_health_are_there(report: dict[str, Any]) -> None:
    health = report["health"]
    assert health["adds_up"] is True
    assert sum(row["frames"] for row in health["outcomes"]) == health["frames"]
    assert health["partial"] == [
        {"layer": "TCP", "reason": "options cut by the snap length", "frames": 12}
    ]
    assert report["captures"][0]["comment_texts"] == [
        {"frame": 12, "text": "user reports slow logon"},
        {"frame": None, "text": "recorded by the night shift"},
    ]


def test_findings_keep_their_lists(report: dict[str, Any]) -> None:
    worst = report["findings"][0]
    assert worst["severity"] == "critical"
    assert worst["next_steps"][1] == "Block 25/tcp at the edge"
    assert all(isinstance(flow, int) for flow in worst["flows"])


def test_settings_keep_their_structure_and_strange_values_become_text() -> None:
    analysis = office()
    settings = {**analysis.settings, "when": analysis.flows["first_seen"][0]}
    parsed = strict(render("json", replace(analysis, settings=settings)))["settings"]
    assert parsed["timeouts"]["tcp"] == 600.0
    assert parsed["when"].startswith("2026-01-05 09:00:01")


def test_an_empty_capture_has_the_same_keys(report: dict[str, Any]) -> None:
    empty = strict(render("json", nothing()))
    assert list(empty) == list(report)
    assert empty["flows"] == empty["services"] == empty["warnings"] == []


def test_hostile_text_survives_unchanged_and_cannot_reach_a_terminal() -> None:
    text = render("json", hostile())
    assert visible(text.rstrip("\n")) == text.rstrip("\n")
    text.encode()
    parsed = strict(text)
    said = {warning["cause"] for warning in parsed["warnings"]}
    for bad in HOSTILE:
        assert bad in said or "\udcff" in bad
    assert {finding["title"] for finding in parsed["findings"]} == {
        surrogates_escaped(bad) for bad in HOSTILE
    }


def test_json_lines_hold_one_flow_a_line() -> None:
    flows = office().flow_table
    text = b"".join(lines(flows)).decode()
    rows = [strict(line) for line in text.splitlines()]
    assert [row["flow"] for row in rows] == flows["flow"].data.tolist()
    assert not list(lines(flows.head(0)))


def test_twenty_thousand_flows_and_one_are_all_written() -> None:
    analysis = office(20_001)
    parts = [bytes(piece) for piece in pieces(analysis)]
    assert len(strict(b"".join(parts).decode())["flows"]) == 20_001
    assert max(map(len, parts)) < 4_000_000, "some megabytes at a time"
