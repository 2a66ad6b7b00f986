from __future__ import annotations

import re

import pytest
from report_cases import HOSTILE, analysis, hostile, nothing, office

from build import flow_table
from classifier.reports.escape import visible
from classifier.reports.layout import width
from classifier.reports.sections.blocks import Field, Table
from classifier.reports.text import render
from classifier.reports.textgrid import grid

CASES = {"hostile": hostile, "office": office, "nothing": nothing}
SGR = re.compile(r"\x1b\[[\d;]*m")


@pytest.mark.parametrize("columns", [40, 47, 60, 80, 100, 132, 250])
@pytest.mark.parametrize("case", CASES)
def test_no_line_is_wider_than_the_terminal(case: str, columns: int) -> None:
    for line in render(CASES[case](), columns=columns).split("\n"):
        assert width(line) <= columns, line


@pytest.mark.parametrize("columns", [0, 1, 39])
def test_a_terminal_that_is_too_narrow_is_taken_for_forty(columns: int) -> None:
    assert render(office(), columns=columns) == render(office(), columns=40)


@pytest.mark.parametrize("case", CASES)
def test_without_colour_every_line_is_printable(case: str) -> None:
    for line in render(CASES[case]()).split("\n"):
        assert visible(line) == line


def test_colour_adds_only_our_own_codes_and_no_cell() -> None:
    plain, coloured = render(hostile()), render(hostile(), colour=True)
    assert coloured != plain
    assert SGR.sub("", coloured) == plain


def test_colour_ends_on_the_line_on_which_it_begins() -> None:
    for line in render(office(), colour=True).split("\n"):
        codes = SGR.findall(line)
        assert not codes or codes[-1] == "\x1b[0m"


def test_hostile_names_are_shown_escaped() -> None:
    text = render(hostile(), columns=250)
    assert r"\x1b[31mred\x1b[0m\x9b31m\x7f" in text
    assert r"\u202egnp.exe" in text
    assert all(visible(bad)[:5] in text for bad in HOSTILE)


def test_tables_are_cut_with_a_count_and_where_the_rest_is() -> None:
    flows = flow_table(*({"server_ip": f"10.1.0.{number}"} for number in range(25)))
    text = render(analysis(flows))
    assert "… 15 more (see --report html|json)" in text


def test_warnings_name_file_offset_cause_and_fix() -> None:
    text = " ".join(render(office(), columns=250).split())
    assert "1203944 record says 1,514 bytes, the file ends after 40" in text
    assert "copy the file again if it was longer" in text


def test_a_finding_says_why_what_next_and_where() -> None:
    text = render(office())
    block = text[text.index("[critical]") : text.index("[high]")]
    assert "because: service smtp is assigned by port 25/tcp" in block
    assert "next:    Ask the owner" in block
    assert re.search(r"where: +flow 8: 10\.20\.1\.\d+:\d+ → 203\.0\.113\.25:25/tcp, frame 8", block)


def test_two_full_ipv6_addresses_in_a_row_keep_the_columns_aligned() -> None:
    long = "2001:db8:1111:2222:3333:4444:5555:6666"
    flows = flow_table({"client_ip": long, "server_ip": long}, {"service": "dns"})
    for columns in (60, 80, 100):
        lines = render(analysis(flows), columns=columns).split("\n")
        start = next(at for at, line in enumerate(lines) if line.startswith("Conversations, most"))
        heading, first, second = lines[start + 1 : start + 4]
        column = heading.index("Server")
        for line in (first, second):
            assert line[column - 1] == " "
            assert line[column] != " "


def table(*rows: tuple[object, ...], fields: tuple[Field, ...]) -> Table:
    return Table("t", "t", fields, list(rows), len(rows))


def test_the_least_important_columns_are_dropped_first() -> None:
    fields = (Field("a", "A"), Field("b", "B", "time", 2), Field("c", "C", "count", 1))
    rows = table(("x" * 16, _stamp(), 5), fields=fields)
    assert grid(rows, 45)[0] == ["A" + " " * 17 + "B" + " " * 20 + "C"]
    assert grid(rows, 30)[0] == ["A" + " " * 17 + "C"]


def test_numbers_stand_at_the_right_and_are_never_cut() -> None:
    fields = (Field("a", "Address", "address"), Field("n", "Bytes", "count"))
    _, body = grid(table(("2001:db8:" * 5, 1_234_567_890), fields=fields), 30)
    assert body[0].endswith("1,234,567,890")
    assert "…" in body[0]


def test_wide_and_combining_characters_do_not_shift_the_next_column() -> None:
    fields = (Field("a", "A", "code"), Field("n", "N", "count"))
    _, body = grid(table(("漢字e\u0301", 1), ("abcde", 2), fields=fields), 40)
    assert width(body[0]) == width(body[1])


def _stamp() -> int:
    return int(flow_table({})["first_seen"][0].value)
