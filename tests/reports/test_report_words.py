from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.reports.layout import cut, pad, width, wrap
from classifier.reports.words import duration, percent, plural, size, written

TEXT = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=60)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.00 kB"),
        (9_994, "9.99 kB"),
        (9_999, "10.0 kB"),
        (99_960, "100 kB"),
        (999_400, "999 kB"),
        (999_600, "1.00 MB"),
        (1_234_567, "1.23 MB"),
        (5 * 10**18, "5.00 EB"),
        (5 * 10**21, "5000 EB"),
    ],
)
def test_sizes_have_three_digits(value: int, text: str) -> None:
    assert size(value) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0 %"),
        (1e-9, "<0.1 %"),
        (0.001, "0.1 %"),
        (0.1234, "12.3 %"),
        (0.9995, ">99.9 %"),
        (1.0, "100 %"),
    ],
)
def test_only_nothing_is_0_and_only_all_is_100_percent(share: float, text: str) -> None:
    assert percent(share) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0 ms"),
        (0.45, "450 ms"),
        (3.21, "3.2 s"),
        (61, "1 min 1 s"),
        (120, "2 min"),
        (7980, "2 h 13 min"),
        (90_000, "1 d 1 h"),
    ],
)
def test_durations_name_their_two_largest_units(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_nouns_follow_their_number() -> None:
    assert plural(1, "flow") == "1 flow"
    assert plural(2000, "address", "addresses") == "2,000 addresses"


@pytest.mark.parametrize("nothing", [None, float("nan")])
def test_a_null_is_a_dash_in_every_kind(nothing: object) -> None:
    assert {written(kind, nothing) for kind in ("bytes", "time", "share", "text")} == {"–"}  # noqa: RUF001


def test_truth_is_a_word() -> None:
    assert (written("text", value=True), written("text", value=False)) == ("yes", "no")


@pytest.mark.parametrize(("text", "cells"), [("abc", 3), ("漢字", 4), ("e\u0301", 1), ("😀", 2)])
def test_width_counts_terminal_cells(text: str, cells: int) -> None:
    assert width(text) == cells


@settings(deadline=None)
@given(TEXT, st.integers(2, 30), st.booleans())
def test_cut_text_fits_and_short_text_is_whole(text: str, room: int, middle: bool) -> None:  # noqa: FBT001
    short = cut(text, room, middle=middle)
    assert width(short) <= room
    assert short == text if width(text) <= room else "…" in short


def test_an_address_keeps_both_ends() -> None:
    short = cut("[2001:db8:20:0:9d4c::1]:443", 15, middle=True)
    assert short.startswith("[2001:d")
    assert short.endswith("]:443")


@settings(deadline=None)
@given(TEXT, st.integers(2, 30))
def test_wrapped_lines_fit_and_lose_nothing_but_spaces(text: str, room: int) -> None:
    lines = wrap(text, room)
    assert all(width(line) <= room for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize("right", [False, True])
def test_padding_counts_cells_not_characters(right: bool) -> None:  # noqa: FBT001
    assert width(pad("漢", 6, right=right)) == 6
