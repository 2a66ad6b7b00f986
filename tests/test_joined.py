"""Texts put together of parts: the same whether a format writes the parts or the text."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest

from classifier import compiled
from classifier.flows.addresses import Addresses
from classifier.model import Column
from classifier.reports.csv import CELLS
from classifier.reports.json import LINES
from classifier.reports.rows import rows
from classifier.table import Table, Values
from classifier.tables.joined import Joined


def addresses() -> Addresses:
    packed = np.zeros((2, 16), dtype=np.uint8)
    packed[:, :4] = [[10, 0, 0, 1], [192, 0, 2, 200]]
    return Addresses(packed, np.array([4, 4], dtype=np.uint8))


def column(word: str = "port == ") -> Values:
    return Joined.column(
        Values(np.array([0, 0, 1]), ["ip == ", "to "]),
        Values(np.array([1, 0, 1], dtype=np.int32), addresses()),
        Values(np.array([0, 1, 1], dtype=np.int8), [f" && {word}", ""]),
        Values(np.array([1, 0, 0]), ["", "443"]),
    )


EXPECTED = ["ip == 192.0.2.200 && port == 443", "ip == 10.0.0.1", "to 192.0.2.200"]


def table(values: Values) -> Table:
    columns = [Column(name, "str", "", "") for name in ("before", "x", "after")]
    beside = Values(np.arange(len(values.data)), ["a", "b", "c"])
    return Table(columns, {"before": beside, "x": values, "after": beside})


def test_a_joined_text_is_that_of_its_parts_in_order() -> None:
    values = column()
    assert isinstance(values.labels, Joined)
    assert list(values.labels) == EXPECTED
    assert [values.labels[0], *values.labels[1:]] == EXPECTED
    assert values.texts().tolist() == EXPECTED
    assert values.take(np.array([2, 0])).texts().tolist() == [EXPECTED[2], EXPECTED[0]]


@pytest.mark.parametrize("native", [True, False])
@pytest.mark.parametrize("chosen", [[0, 1, 2], [2, 1], [1], [2, 2, 2], []])
def test_joined_texts_are_written_like_any_others(*, native: bool, chosen: list[int]) -> None:
    if native and compiled.native is None:
        pytest.skip("the native engine is not built")
    some = table(column()).take(np.array(chosen, dtype=np.int64))
    expected = [EXPECTED[row] for row in chosen]
    lines = b"".join(rows(some, LINES, native=native)).splitlines()
    assert [json.loads(line)["x"] for line in lines] == expected
    cells = b"".join(rows(some, CELLS, native=native)).decode()
    assert [row[1] for row in csv.reader(io.StringIO(cells))] == expected


def test_parts_that_a_format_must_escape_are_joined_before_it_does() -> None:
    values = column('"p",=')
    assert isinstance(values.labels, list)
    (line, *_) = b"".join(rows(table(values), LINES)).splitlines()
    assert json.loads(line)["x"] == 'ip == 192.0.2.200 && "p",=443'
