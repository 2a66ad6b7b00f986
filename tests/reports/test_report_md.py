from __future__ import annotations

import re

import pytest
from report_cases import HOSTILE, hostile, nothing, office

from classifier.reports import render
from classifier.reports.escape import md_cell, visible

CASES = {"hostile": hostile, "office": office, "nothing": nothing}
BAR = re.compile(r"(?<!\\)(?:\\\\)*\|")


@pytest.fixture(scope="module", params=CASES)
def lines(request: pytest.FixtureRequest) -> list[str]:
    return render("md", CASES[request.param]()).split("\n")


def test_every_row_of_a_table_has_as_many_cells_as_its_heading(lines: list[str]) -> None:
    expected = 0
    for line, under in zip(lines, [*lines[1:], ""], strict=True):
        if under.startswith(("|---", "|--:")):
            expected = len(BAR.findall(line))
        if line.startswith("|") and not line.startswith("|--"):
            assert len(BAR.findall(line)) == expected, line
            assert line.endswith(" |")


def test_a_table_stands_apart_from_what_is_above_it(lines: list[str]) -> None:
    for above, line, under in zip(lines, lines[1:], lines[2:], strict=False):
        if under.startswith(("|---", "|--:")):
            assert line.startswith("|")
            assert above == ""


def test_no_line_holds_html_or_a_control_character(lines: list[str]) -> None:
    for line in lines:
        assert "<" not in line
        assert visible(line) == line


def test_no_link_image_or_bare_url_survives(lines: list[str]) -> None:
    text = "\n".join(lines)
    assert not re.search(r"(?<!\\)\]\(", text)
    assert "://" not in text.replace("\\://", "")
    assert not re.search(r"www\.", text)


def test_headings_are_only_ours(lines: list[str]) -> None:
    for line in lines:
        if line.startswith("#"):
            assert re.match(r"#{1,3} \S", line)


def test_hostile_texts_are_all_there() -> None:
    text = render("md", hostile())
    for bad in HOSTILE:
        assert md_cell(bad) in text
