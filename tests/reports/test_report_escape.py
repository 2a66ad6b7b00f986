from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_cases import HOSTILE

from classifier.reports.escape import (
    FORMULA,
    csv_cell,
    json_text,
    md_cell,
    surrogates_escaped,
    visible,
)

ANY = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain host-name.example", "plain host-name.example"),
        ("\x1b[31m", r"\x1b[31m"),
        ("\x9b31m\x7f", r"\x9b31m\x7f"),
        ("a\nb\tc\rd", r"a\nb\tc\rd"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("zero\u200bwidth\ufeff", r"zero\u200bwidth\ufeff"),
        ("\u2028", r"\u2028"),
        ("bad\udcff", r"bad\xff"),
        ("lone\ud800", r"lone\ud800"),
        ("\U000e0041", r"\U000e0041"),
        ("Zürich 漢字 é 😀", "Zürich 漢字 é 😀"),
        ("no-break\u00a0space", "no-break\u00a0space"),
    ],
)
def test_what_cannot_be_seen_is_written_as_an_escape(text: str, shown: str) -> None:
    assert visible(text) == shown


@settings(deadline=None)
@given(ANY)
def test_visible_text_has_no_control_format_surrogate_or_line_separator(text: str) -> None:
    shown = visible(text)
    assert not {unicodedata.category(char) for char in shown} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert visible(shown) == shown
    shown.encode()


@settings(deadline=None)
@given(ANY)
def test_a_csv_cell_never_starts_a_formula(text: str) -> None:
    cell = csv_cell(text)
    assert not cell.lstrip(" \u00a0")[:1] or cell.lstrip(" \u00a0")[0] not in FORMULA
    assert "\n" not in cell


@pytest.mark.parametrize("start", "=+-@\t\r＝＋－＠")  # noqa: RUF001 - full-width on purpose
def test_each_formula_character_gets_an_apostrophe(start: str) -> None:
    assert csv_cell(f"{start}1+1").startswith("'")
    assert csv_cell(f"  {start}1+1").startswith("'")


def test_an_ordinary_csv_cell_is_left_alone() -> None:
    assert csv_cell("10.0.0.1") == "10.0.0.1"
    assert csv_cell("a=b") == "a=b"


@settings(deadline=None)
@given(ANY)
def test_a_markdown_cell_has_no_bare_bar_backtick_bracket_or_tag(text: str) -> None:
    cell = md_cell(text)
    assert "<" not in cell
    assert ">" not in cell
    assert "\n" not in cell
    bare = cell.replace("\\\\", "")
    for at, char in enumerate(bare):
        if char in "|`[]*_@$~":
            assert bare[at - 1 : at] == "\\", f"{char} is bare in {cell!r}"


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("https://evil.example", r"https\://evil.example"),
        ("www.evil.example", r"www\.evil.example"),
        ("a@evil.example", r"a\@evil.example"),
        ("[a](b)", r"\[a\](b)"),
        ("&lt;", "&amp;lt;"),
        ("2001:db8::1", "2001:db8::1"),
    ],
)
def test_markdown_links_are_inert(text: str, cell: str) -> None:
    assert md_cell(text) == cell


@settings(deadline=None)
@given(ANY)
def test_json_keeps_its_value_and_shows_nothing_invisible(text: str) -> None:
    valid = surrogates_escaped(text)
    encoded = json_text(json.dumps(valid, ensure_ascii=False))
    assert json.loads(encoded) == valid
    assert not {unicodedata.category(char) for char in encoded} & {"Cc", "Cf", "Cs", "Zl", "Zp"}


def test_surrogates_are_escaped_in_keys_lists_and_values() -> None:
    assert surrogates_escaped({"a\udcff": ["b\udcfe", 1, ("c\udc80",)]}) == {
        r"a\xff": [r"b\xfe", 1, [r"c\x80"]]
    }


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_encodable_in_every_format(text: str) -> None:
    for escape in (visible, csv_cell, md_cell, surrogates_escaped):
        escape(text).encode()
