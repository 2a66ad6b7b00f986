"""IRC: files and chats that users offer each other."""

from __future__ import annotations

import re

import pytest
from conversation import (
    CLIENT,
    CLIENT_IP,
    SERVER,
    SERVER_IP,
    THIRD_IP,
    announced,
    conversation,
    endpoints,
    identified,
    registered,
    said,
    split_everywhere,
)
from hypothesis import given
from hypothesis import strategies as st

from classifier.endpoints.irc import read

OFFER = b"PRIVMSG victim :\x01DCC SEND f0.bin 167772161 20000 1\x01\r\n"
"""167772161 is 10.0.0.1."""


def hear(*turns: tuple[bool, bytes], **rest):
    return said(read, turns=turns, **rest)


def test_an_offer_is_where_the_other_user_connects():
    (one,) = announced(hear((CLIENT, OFFER)))
    assert (one.host, one.port, one.transport) == (CLIENT_IP, 20000, "tcp")
    assert (one.service, one.detail, one.speaker) == ("irc-dcc", "SEND f0.bin", CLIENT_IP)


@pytest.mark.parametrize(
    ("offer", "host", "detail"),
    [
        (b"PRIVMSG a :\x01DCC CHAT chat 167772161 20000\x01", CLIENT_IP, "CHAT chat"),
        (b"privmsg a :\x01DCC SCHAT chat 167772161 20000\x01", CLIENT_IP, "SCHAT chat"),
        (b"NOTICE a :\x01DCC SEND f 10.0.0.1 20000 5\x01", CLIENT_IP, "SEND f"),
        (b"PRIVMSG a :\x01DCC SEND f 2001:db8::1 20000 5\x01", "2001:db8::1", "SEND f"),
        (b'PRIVMSG a :\x01DCC SEND "a b" 167772161 20000 5\x01', CLIENT_IP, "SEND a b"),
        (b"PRIVMSG a :\x01DCC SEND \xff\x1b 167772161 20000 5 7\x01", CLIENT_IP, r"SEND \xff\x1b"),
        (b"PRIVMSG a :\x01DCC SEND f 167772161 20000", CLIENT_IP, "SEND f"),
    ],
)  # fmt: skip
def test_offers_have_many_forms(offer, host, detail):
    (one,) = announced(hear((CLIENT, offer + b"\r\n")))
    assert (one.host, one.port, one.detail) == (host, 20000, detail)


@pytest.mark.parametrize(
    "line",
    [
        b"PRIVMSG a :\x01DCC SEND f 167772161 0 5 77\x01",  # the other side has to listen
        b"PRIVMSG a :\x01DCC SEND f 167772161 65536 5\x01",
        b"PRIVMSG a :\x01DCC SEND f 4294967296 20000 5\x01",
        b"PRIVMSG a :\x01DCC SEND f 0 20000 5\x01",
        b"PRIVMSG a :\x01DCC SEND f 999.1.1.1 20000 5\x01",
        b"PRIVMSG a :\x01DCC RESUME f 20000 5\x01",
        b"PRIVMSG a :\x01DCC ACCEPT f 20000 5\x01",
        b"PRIVMSG a :DCC SEND f 167772161 20000 5",
        b"PRIVMSG a :he sent \x01DCC SEND f 167772161 20000 5\x01",
        b"DCC SEND f 167772161 20000 5",
    ],
)
def test_what_is_no_offer_announces_nothing(line):
    assert not hear((CLIENT, line + b"\r\n"))


def test_what_the_server_passes_on_is_of_a_third_host():
    passed_on = b"@time=1 :bob!b@example.org " + OFFER.replace(b"167772161", b"167772163")
    (one,) = announced(hear((SERVER, passed_on)))
    assert (one.host, one.speaker) == (THIRD_IP, SERVER_IP)


def test_a_private_address_behind_nat_means_both_but_never_the_server():
    assert endpoints(hear((CLIENT, OFFER), client_ip="203.0.114.7")) == [
        (CLIENT_IP, 20000),
        ("203.0.114.7", 20000),
    ]
    passed_on = hear((SERVER, b":bob!b@example.org " + OFFER), server_ip="203.0.114.7")
    assert endpoints(passed_on) == [(CLIENT_IP, 20000)]


def test_both_sides_identify_it_on_any_port():
    heard = hear((CLIENT, b"NICK a\r\nUSER a 0 * :A\r\n"), (SERVER, b":irc.x 001 a :Hello\r\n"))
    assert [(one.service, one.client_is_server) for one in identified(heard)] == [("irc", False)]
    turned = hear((SERVER, b"NICK a\r\n"), (CLIENT, b":irc.x 001 a :Hello\r\n"))
    assert [one.client_is_server for one in identified(turned)] == [True]


@pytest.mark.parametrize(
    "turns",
    [
        [(CLIENT, b"NICK a\r\n")],
        [(SERVER, b":irc.x 001 a :Hello\r\n")],
        [(CLIENT, b"NICK a\r\n:irc.x 001 a :Hello\r\n")],
        [(CLIENT, b"USER bob\r\n"), (SERVER, b"331 password?\r\n")],
        [(CLIENT, b"USER bob\r\n"), (SERVER, b"+OK\r\n")],
    ],
)
def test_half_of_it_identifies_nothing(turns):
    assert not hear(*turns)


def test_segments_may_cut_it_anywhere():
    for segments in split_everywhere(OFFER):
        assert endpoints(hear(*((CLIENT, each) for each in segments))) == [(CLIENT_IP, 20000)]


def test_an_offer_that_is_cut_short_announces_nothing():
    for length in range(len(OFFER)):
        assert not hear((CLIENT, OFFER[:length]))


def test_a_repeated_offer_is_one():
    assert len(hear(*[(CLIENT, OFFER)] * 3)) == 1


PARTS = st.sampled_from([OFFER, b"NICK a\r\n", b":x 001 a b\r\n", b"\x01DCC SEND ", b"\r\n", b":"])


@given(st.lists(st.tuples(st.booleans(), PARTS | st.binary(max_size=5))))
def test_no_bytes_break_it(turns):
    for one in announced(read(conversation(turns=turns))):
        assert one.detail.isprintable()


def test_only_what_looks_like_it_is_read():
    def matches(head: bytes) -> bool:
        return any(re.match(pattern, head) for _, pattern in registered("IRC").patterns)

    assert matches(b"CAP LS 302\r\n")
    assert matches(b"NICK a\r\n")
    assert matches(b"PASS x\r\nNICK a\r\n")
    assert matches(b"USER a 0 * :A\r\n")
    assert matches(b":irc.x NOTICE * :*** Looking up your hostname\r\n")
    assert not matches(b"USER anonymous\r\n")
    assert not matches(b"PASS secret\r\n")
