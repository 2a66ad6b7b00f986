"""STUN, TURN and ICE: what is told of relays, and what a flow carries."""

from __future__ import annotations

import re
from ipaddress import ip_address
from struct import pack

import pytest
from conversation import (
    CLIENT,
    CLIENT_IP,
    SERVER,
    SERVER_IP,
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

from classifier.endpoints.stun import read
from classifier.engine.content import Pattern
from classifier.engine.patterns import check

COOKIE = b"\x21\x12\xa4\x42"
TRANSACTION = bytes(range(12))
BINDING, BOUND, ALLOCATE, ALLOCATED = 0x0001, 0x0101, 0x0003, 0x0103
REFRESHED, CHANNEL, CHANNEL_BOUND, SEND, DATA = 0x0104, 0x0009, 0x0109, 0x0016, 0x0017
LIFETIME, PEER, RELAYED, TRANSPORT, PRIORITY = 0x0D, 0x12, 0x16, 0x19, 0x24


def attribute(kind, value):
    return pack(">HH", kind, len(value)) + value + bytes(-len(value) % 4)


def hidden(host, port):
    address = ip_address(host)
    mask = COOKIE + TRANSACTION
    octets = bytes(a ^ b for a, b in zip(address.packed, mask, strict=False))
    return bytes((0, 1 if address.version == 4 else 2)) + pack(">H", port ^ 0x2112) + octets


def message(kind, *attributes):
    body = b"".join(attributes)
    return pack(">HH", kind, len(body)) + COOKIE + TRANSACTION + body


def over_udp(client, server=(), **rest):
    return said(read, client, server, transport="udp", **rest)


def words(heard):
    return [(it.service, it.detail) for it in identified(heard)]


def rtp(number, source=7):
    return pack(">BBHII", 0x80, 96, number, number * 160, source) + bytes(40)


ASK = message(ALLOCATE, attribute(TRANSPORT, b"\x11\0\0\0"))
RELAY = message(
    ALLOCATED, attribute(RELAYED, hidden(SERVER_IP, 61000)), attribute(LIFETIME, pack(">I", 600))
)
CHECK = message(BINDING, attribute(6, b"ab:cd"), attribute(PRIORITY, b"\x6e\0\1\xff"))
DTLS = b"\x16\xfe\xfd" + bytes(8) + b"\0\x04\1\0\0\0"


def test_a_real_binding_is_stun():
    # Question and answer of a public server
    asked = bytes.fromhex("000100002112a442" + "00" * 12)
    assert words(over_udp([asked], [message(BOUND, attribute(0x20, hidden(CLIENT_IP, 9)))])) == [
        ("stun", "")
    ]


def test_the_relayed_endpoint_is_announced():
    heard = over_udp([ASK], [RELAY])
    (found,) = announced(heard)
    assert (found.host, found.port, found.transport) == (SERVER_IP, 61000, "udp")
    assert (found.service, found.detail) == ("stun", f"TURN relay for {CLIENT_IP}")
    assert (found.speaker, found.lifetime, found.place.frame) == (SERVER_IP, 600, 2)
    assert words(heard) == [("stun", "TURN")]


def test_an_allocation_over_tcp_and_at_another_address_says_so():
    asked = message(ALLOCATE, attribute(TRANSPORT, b"\x06\0\0\0"))
    (found,) = announced(
        over_udp([asked], [message(ALLOCATED, attribute(RELAYED, hidden("2001:db8::9", 700)))])
    )
    assert (found.host, found.port, found.transport) == ("2001:db8::9", 700, "tcp")
    assert found.speaker == SERVER_IP


def test_an_allocation_lives_as_long_as_it_is_refreshed():
    refreshed = message(REFRESHED, attribute(LIFETIME, pack(">I", 300)))
    turns = [(CLIENT, ASK), (SERVER, RELAY)] + [(SERVER, refreshed)] * 400
    (found,) = announced(over_udp((), turns=turns))
    assert found.lifetime == 700


def test_peers_of_a_relay_are_announced_as_third_hosts():
    peer = attribute(PEER, hidden("198.51.100.7", 40000))
    other = attribute(PEER, hidden("198.51.100.8", 40001))
    heard = over_udp(
        [message(CHANNEL, peer), message(SEND, peer)],
        [message(CHANNEL_BOUND), message(DATA, other)],
    )
    assert [(it.host, it.port, it.speaker) for it in announced(heard)] == [
        ("198.51.100.7", 40000, CLIENT_IP),
        ("198.51.100.8", 40001, SERVER_IP),
    ]


def test_connectivity_checks_alone_are_stun():
    assert words(over_udp([CHECK], [message(BOUND)])) == [("stun", "ICE connectivity checks")]


def test_media_on_a_checked_path_is_media():
    heard = over_udp([CHECK, DTLS, rtp(1), rtp(2)], [CHECK])
    assert words(heard) == [("rtp", "WebRTC media (ICE, DTLS)")]
    assert identified(heard)[0].place.frame == 5
    assert words(over_udp([CHECK, rtp(0xFFFF), rtp(0)])) == [("rtp", "media on a path of ICE")]


def test_dtls_behind_the_checks_may_carry_data_only():
    assert words(over_udp([CHECK, DTLS])) == [("stun", "ICE, then DTLS")]


@pytest.mark.parametrize(
    "packets",
    [
        [rtp(1)],  # one proves nothing
        [rtp(1), rtp(1)],
        [rtp(1), rtp(5000)],
        [rtp(1), rtp(2, source=8)],
        [rtp(1)[:11], rtp(2)[:11]],
        [pack(">BBHI", 0x80, 200, n, 7) + bytes(20) for n in (1, 2)],  # RTCP
        [DTLS[:-1] + b"", b"\x16\xfe\xfd", b"\x16\x03\x01" + DTLS[3:]],
    ],
)
def test_what_only_looks_like_media_is_none(packets):
    lies = [packet if packet != DTLS[:-1] else DTLS[:12] + b"\xff" for packet in packets]
    assert words(over_udp([CHECK, *lies])) == [("stun", "ICE connectivity checks")]


def test_who_only_answers_is_the_server():
    assert [it.client_is_server for it in identified(over_udp([message(BOUND)]))] == [True]
    assert [it.client_is_server for it in identified(over_udp([RELAY], [ASK]))] == [True]
    both = over_udp([message(BOUND), CHECK], [CHECK])
    assert [it.client_is_server for it in identified(both)] == [False]


def test_streams_carry_it_plain_or_behind_lengths():
    channel = b"\x40\x01\0\x05hello\0\0\0"
    for told in split_everywhere(channel + RELAY + channel):
        assert endpoints(said(read, [ASK], told)) == [(SERVER_IP, 61000)]
    framed = b"".join(pack(">H", len(one)) + one for one in (ASK, b"media", CHECK))
    assert words(said(read, [framed])) == [("stun", "TURN")]


@pytest.mark.parametrize(
    "junk",
    [
        CHECK[:-1],
        CHECK + b"\0",
        CHECK.replace(COOKIE, b"\x21\x12\xa4\x43"),
        b"\x80" + CHECK[1:],
        message(BINDING, b"\0\x06\0\x09abcd"),  # an attribute that is longer than the message
        message(BINDING, b"abc"),
        b"",
    ],
)
def test_what_only_looks_like_stun_is_none(junk):
    assert not over_udp([junk])


def test_every_truncation_says_nothing():
    for size in range(len(RELAY)):
        assert not over_udp([RELAY[:size]])
    for size in range(len(RELAY)):
        assert not said(read, [], [RELAY[:size]])


@pytest.mark.parametrize(
    "value", [b"", b"\0", b"\0\1\0", b"\0\1\0\0abc", b"\0\2\0\0abcd", b"\0\3ab"]
)
def test_an_address_that_is_none_announces_nothing(value):
    heard = over_udp([ASK], [message(ALLOCATED, attribute(RELAYED, value))])
    assert not announced(heard)


def test_the_patterns_find_it_over_both():
    check([Pattern(n, text, proto) for n, (proto, text) in enumerate(registered("STUN").patterns)])
    (_, datagram), (_, stream) = registered("STUN").patterns
    assert re.match(datagram, CHECK)
    assert re.match(stream, CHECK)
    assert re.match(stream, pack(">H", len(CHECK)) + CHECK)
    assert not re.match(datagram, rtp(1))


@given(st.lists(st.binary(min_size=1, max_size=60)), st.sampled_from(["tcp", "udp"]), st.binary())
def test_any_bytes_are_survived(messages, transport, junk):
    told = [*messages, message(ALLOCATED, junk + bytes(-len(junk) % 4)), CHECK + junk]
    list(read(conversation(messages, told, transport=transport)))
    list(read(conversation([b"".join(told)], messages, transport=transport)))
