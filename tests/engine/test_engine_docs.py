"""docs/engine.md says what the contract says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from classifier.engine import contract
from classifier.engine.contract import BATCH_COLUMNS, OUTCOMES, EngineOptions, Timeouts
from classifier.engine.portable.link import _DECODERS

TEXT = (Path(__file__).parents[2] / "docs" / "engine.md").read_text(encoding="utf-8")


def tables() -> list[list[list[str]]]:
    """The cells of each table, without its head."""
    found: list[list[list[str]]] = [[]]
    for line in TEXT.splitlines():
        if line.startswith("|"):
            cells = [cell.strip() for cell in line.strip("|").split(" | ")]
            found[-1].append(cells)
        elif found[-1]:
            found.append([])
    return [table[2:] for table in found if table]


def test_the_table_of_columns_is_the_contract() -> None:
    documented = tables()[0]
    assert documented == [
        [
            f"`{column.name}`",
            f"`{column.dtype}`" + (f" × {column.width}" if column.width else ""),  # noqa: RUF001
            column.meaning,
        ]
        for column in BATCH_COLUMNS
    ]


def test_the_table_of_events_is_the_contract() -> None:
    documented = {name.strip("`"): int(value) for name, value, _ in tables()[1]}
    events = {name: getattr(contract, name) for name in dir(contract) if name[:6] == "EVENT_"}
    assert documented == events


def test_the_table_of_outcomes_is_the_contract() -> None:
    assert [name.strip("`") for name, _ in tables()[3]] == list(OUTCOMES)


def test_the_link_types_are_those_that_are_decoded() -> None:
    (listed,) = re.findall(r"\*\*Link types:\*\* ([0-9, ]+)", TEXT)
    assert [int(number) for number in listed.split(",")] == sorted(_DECODERS)


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("TCP 600 s", Timeouts().tcp),
        ("60 s once it was closed", Timeouts().closed),
        ("UDP 120 s", Timeouts().udp),
        ("ICMP 60 s", Timeouts().icmp),
        ("the rest 120 s", Timeouts().other),
    ],
)
def test_the_timeouts_are_the_defaults(words: str, value: float) -> None:
    assert words in TEXT
    assert f"{value:.0f} s" in words


def test_every_option_that_is_named_exists() -> None:
    for name in re.findall(r"`EngineOptions\.(\w+)`|`(max_flows)`", TEXT):
        assert hasattr(EngineOptions(), "".join(name))


def test_an_engine_gives_every_column_with_the_type_of_the_contract() -> None:
    from reading import read
    from wire import ethernet, ipv4, pcap_of, udp

    for data in (pcap_of(ethernet(ipv4(udp(1, 2, b"x")))), pcap_of()):
        columns = read(data).columns
        assert list(columns.data) == [column.name for column in BATCH_COLUMNS]
        for column in BATCH_COLUMNS:
            array = columns[column.name]
            assert array.dtype == column.dtype
            assert array.shape == (
                (len(columns), column.width) if column.width else (len(columns),)
            )
