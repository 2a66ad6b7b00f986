"""Messages of a start line, headers and a body."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from classifier.endpoints.headed import messages

BEGIN = re.compile(rb"GO [0-9]+\r?\n")
SHORT = {b"l": b"content-length"}


def heard(data: bytes) -> list[tuple[bytes, bytes, bool]]:
    found = messages(data, BEGIN, SHORT)
    return [(one.start[0].rstrip(), one.body, one.complete) for one in found]


def headers(data: bytes) -> dict[bytes, bytes]:
    (one,) = messages(data, BEGIN, SHORT)
    return one.headers


def test_one_message_follows_the_other_without_anything_between():
    data = b"GO 1\r\nContent-Length: 3\r\n\r\noneGO 2\r\nl:0\r\n\r\nGO 3\nl: 1\n\nx"
    assert heard(data) == [(b"GO 1", b"one", True), (b"GO 2", b"", True), (b"GO 3", b"x", True)]


def test_what_looks_like_a_message_within_a_body_is_none():
    assert heard(b"GO 1\r\nl: 6\r\n\r\nGO 7\r\nGO 2\r\n\r\n") == [
        (b"GO 1", b"GO 7\r\n", True),
        (b"GO 2", b"", False),
    ]


def test_a_length_too_long_takes_nothing_from_the_next_message():
    assert heard(b"GO 1\r\nl: 999\r\n\r\noneGO 2\r\nl: 0\r\n\r\n") == [
        (b"GO 1", b"one", False),
        (b"GO 2", b"", True),
    ]


def test_without_a_length_the_body_reaches_to_the_next_message():
    assert heard(b"GO 1\r\n\r\noneGO 2\r\nl: x\r\n\r\ntwo") == [
        (b"GO 1", b"one", False),
        (b"GO 2", b"two", False),
    ]


def test_other_bytes_may_stand_between():
    assert heard(b"junk GO 1\r\nl: 1\r\n\r\nx$\0\1junkGO 2\r\nl: 1\r\n\r\ny") == [
        (b"GO 1", b"x", True),
        (b"GO 2", b"y", True),
    ]


def test_headers_have_long_names_and_may_be_folded():
    assert headers(b"GO 1\r\nL: 0\r\nVia : a,\r\n  b\r\nVIA: c\r\nEmpty:\r\n\r\n") == {
        b"content-length": b"0",
        b"via": b"a, b",
        b"empty": b"",
    }


def test_headers_that_do_not_end_have_no_body():
    assert heard(b"GO 1\r\nVia: a\r\nno header\r\n\r\nbody") == [(b"GO 1", b"", False)]


def test_a_header_of_blanks_without_end_is_passed_over():
    # Were each of them tried as the end of the name, this test would take hours.
    assert heard(b"GO 1\r\nVia" + b" " * 250_000) == [(b"GO 1", b"", False)]
    assert heard(b"GO 1\r\nVia:" + b" " * 250_000) == [(b"GO 1", b"", False)]
    assert heard(b"GO 1\r\nVia: x\r\n" + b" " * 250_000) == [(b"GO 1", b"", False)]


@given(st.lists(st.sampled_from(b"GO 1\r\n|l: 3\r\n|\r\n|l: 99999999\r\n|x|GO |$".split(b"|"))))
def test_every_message_begins_behind_the_one_before(parts):
    data = b"".join(parts)
    starts = [one.start.start() for one in messages(data, BEGIN, SHORT)]
    assert starts == sorted(set(starts))
    assert bool(starts) == bool(BEGIN.search(data))
