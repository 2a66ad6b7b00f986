"""Aligned PER: bits and types."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.endpoints.h323.per import (
    Bits,
    Broken,
    boolean,
    characters,
    choice,
    integer,
    list_of,
    noted,
    octets,
    opened,
    optional,
    sequence,
    unreadable,
)


def found(type_, data: bytes) -> list[tuple[str, object]]:
    bits = Bits(data)
    type_(bits)
    return bits.found


@pytest.mark.parametrize(
    ("low", "high", "data", "expected"),
    [
        (1, 1, b"", 1),
        (1, 4, b"\x80", 3),
        (0, 254, b"\x80", 128),
        (0, 255, b"\x80", 128),
        (1, 256, b"\xff", 256),
        (0, 65_535, b"\x12\x34", 0x1234),
        (1, 192_400, b"\x40\x12\x33", 0x1234),
        (0, 4_294_967_295, b"\xc0\x01\x02\x03\x04", 0x01020304),
    ],
)
def test_numbers_take_as_much_as_their_range_needs(low, high, data, expected):
    assert Bits(data).number(low, high) == expected


def test_numbers_of_an_octet_begin_with_one():
    assert found(sequence(boolean, noted("n", integer(0, 255))), b"\x80\x07") == [("n", 7)]
    assert found(sequence(boolean, noted("n", integer(0, 254))), b"\x83\x80") == [("n", 7)]


def test_lengths_are_of_one_octet_or_two():
    assert Bits(b"\x7f").length() == 127
    assert Bits(b"\x81\x02").length() == 258
    with pytest.raises(Broken):
        Bits(b"\xc1").length()


def test_components_may_be_missing_and_more_may_follow():
    number = integer(0, 255)
    type_ = sequence(optional(noted("a", number)), noted("b", number), more=(noted("c", number),))
    assert found(type_, b"\x00\x05") == [("b", 5)]
    assert found(type_, b"\x40\x04\x05") == [("a", 4), ("b", 5)]
    assert found(type_, b"\x80\x05\x01\x01\x06") == [("b", 5), ("c", 6)]
    # Two more, of which the second is not known.
    assert found(type_, b"\x80\x05\x03\x80\x01\x06\x01\x07") == [("b", 5), ("c", 6)]


def test_alternatives_are_numbered():
    number = integer(0, 255)
    type_ = choice((boolean, noted("b", number), boolean), more=(noted("d", number), None))
    assert found(type_, b"\x20\x07") == [("b", 7)]
    assert found(type_, b"\x80\x01\x08") == [("d", 8)]
    assert found(type_, b"\x85\x01\x08") == []
    with pytest.raises(Broken):
        found(type_, b"\x60\x07")


def test_lists_strings_and_what_is_within_strings():
    assert found(list_of(noted("o", octets(1, 4))), b"\x02\x40ab\x00c") == [
        ("o", b"ab"),
        ("o", b"c"),
    ]
    assert found(sequence(characters(4, 1, 128), noted("b", boolean)), b"\x04\x12\x38") == [
        ("b", True)
    ]
    assert found(opened(noted("n", integer(0, 255))), b"\x01\x05") == [("n", 5)]


def test_what_is_broken_within_a_string_spoils_nothing_behind_it():
    type_ = sequence(opened(unreadable), noted("n", integer(0, 255)))
    assert found(type_, b"\x01\x05\x06") == [("broken", None), ("n", 6)]


@pytest.mark.parametrize("type_", [octets(), octets(3), octets(1, 9), integer(0, 65_535), boolean])
def test_what_ends_too_early_is_broken(type_):
    with pytest.raises(Broken):
        type_(Bits(b""))


@given(st.binary(max_size=9), st.lists(st.integers(0, 20)))
def test_bits_are_read_from_the_left(data, counts):
    bits, text = Bits(data), "".join(f"{octet:08b}" for octet in data)
    for count in counts:
        if count > len(text):
            with pytest.raises(Broken):
                bits.bits(count)
            return
        assert bits.bits(count) == int(text[:count] or "0", 2)
        text = text[count:]
