"""Bytes of the network as printable characters."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from classifier.endpoints.printable import printable


@given(st.binary(), st.integers(1, 50))
def test_all_of_it_can_be_printed_and_is_short(octets, most):
    shown = printable(octets, most)
    assert shown.isprintable()
    assert len(shown) <= most


def test_what_cannot_be_printed_is_written_out():
    assert printable(b"a\x1b\xff\n") == r"a\x1b\xff\n"
    assert printable("naïve \u202e".encode()) == r"naïve \u202e"


def test_what_is_cut_says_so():
    assert printable(b"abcdef", 4) == "abc…"
    assert printable(b"abcd", 4) == "abcd"
