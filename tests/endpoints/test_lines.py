"""A conversation in lines."""

from __future__ import annotations

from conversation import CLIENT, SERVER, conversation, split_everywhere

from classifier.endpoints.lines import LONGEST, lines


def heard(*turns: tuple[bool, bytes | int]) -> list[tuple[bool, bytes, int]]:
    found = lines(conversation(turns=turns))
    return [(line.client, line.text, line.place.frame) for line in found]


def test_lines_of_both_sides_come_in_order():
    assert heard((CLIENT, b"one\r\ntwo\n"), (SERVER, b"three\r\n"), (CLIENT, b"\nfour")) == [
        (CLIENT, b"one", 1),
        (CLIENT, b"two", 1),
        (SERVER, b"three", 2),
        (CLIENT, b"", 3),
    ]


def test_a_line_is_where_its_first_byte_is():
    for segments in split_everywhere(b"line\r\n"):
        assert heard(*((CLIENT, each) for each in segments)) == [(CLIENT, b"line", 1)]


def test_a_line_with_bytes_missing_is_passed_over():
    assert heard((CLIENT, b"on"), (CLIENT, 2), (CLIENT, b"e\ntwo\n")) == [(CLIENT, b"two", 3)]


def test_a_line_that_never_ends_is_passed_over():
    turns = [(CLIENT, b"x" * 1000)] * 20
    assert not heard(*turns)
    assert heard(*turns, (CLIENT, b"\nshort\n")) == [(CLIENT, b"short", 21)]
    assert not heard((CLIENT, b"x" * (LONGEST + 1) + b"\n"))
