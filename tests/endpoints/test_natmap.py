"""NAT-PMP and PCP: the ports that a router opened, whatever they are for."""

from __future__ import annotations

from ipaddress import ip_address
from struct import pack

import pytest
from conversation import (
    CLIENT_IP,
    SERVER_IP,
    announced,
    conversation,
    endpoints,
    identified,
    looked_for,
    said,
)
from hypothesis import given
from hypothesis import strategies as st

from classifier.endpoints.natmap import read

# A torrent program and its router, four messages of a recording
ASK_ADDRESS, TELL_ADDRESS = bytes(2), bytes.fromhex("00800000002b3add0ac9d5ae")
ASK_TCP, TELL_TCP = (
    bytes.fromhex("00020000c8d5c8d500000e10"),
    bytes.fromhex("00820000002b3ae5c8d5c8d500000e10"),
)
OUTER = "10.201.213.174"


def over_udp(client, server, **rest):
    return said(read, client, server, transport="udp", server_port=5351, **rest)


def six(address):
    found = ip_address(address)
    return found.packed if found.version == 6 else bytes(10) + b"\xff\xff" + found.packed


def pcp(code, body=b"", *, response=True, result=0, lifetime=7200):
    head = pack(">BBBBI", 2, code | (0x80 if response else 0), 0, result, lifetime)
    return head + bytes(16) + body


def mapping(*, protocol=6, port=8080, outer_port=18080, outer="203.0.113.5", peer="", options=b""):
    body = bytes(range(12)) + bytes((protocol, 0, 0, 0)) + pack(">HH", port, outer_port)
    body += six(outer)
    if peer:
        body += pack(">HH", 443, 0) + six(peer)
    return body + options


def option(code, value):
    return pack(">BBH", code, 0, len(value)) + value + bytes(-len(value) % 4)


def test_a_mapping_announces_the_inner_and_the_outer_end():
    heard = over_udp([ASK_ADDRESS, ASK_TCP], [TELL_ADDRESS, TELL_TCP])
    inner, outer = announced(heard)
    assert (inner.host, inner.port, inner.transport, inner.service) == (
        CLIENT_IP,
        51413,
        "tcp",
        "unknown",
    )
    assert inner.detail == f"mapped from outer {OUTER} port 51413"
    assert (inner.lifetime, inner.place.frame, inner.speaker) == (3600, 4, CLIENT_IP)
    assert (outer.host, outer.port, outer.speaker) == (OUTER, 51413, SERVER_IP)
    assert outer.detail == f"mapped to inner {CLIENT_IP} port 51413"
    assert [(it.service, it.place.frame) for it in identified(heard)] == [("nat-pmp", 1)]


def test_without_the_outer_address_only_the_inner_end_is_announced():
    heard = over_udp([ASK_TCP], [TELL_TCP, TELL_TCP])
    assert [it.detail for it in announced(heard)] == ["mapped from outer port 51413"]


def test_a_mapping_that_is_taken_away_or_was_not_answered_is_none():
    assert not announced(over_udp([ASK_TCP], [TELL_TCP[:12] + bytes(4)]))
    assert not announced(over_udp([ASK_TCP], []))
    assert len(identified(over_udp([ASK_TCP], []))) == 1


def test_a_refused_mapping_is_looked_for_in_vain():
    heard = over_udp([ASK_TCP], [TELL_TCP[:3] + b"\2" + TELL_TCP[4:]])
    assert not announced(heard)
    assert [it.detail for it in looked_for(heard)] == [
        "mapping of a tcp port refused: NAT-PMP result 2"
    ]


@pytest.mark.parametrize(
    ("protocol", "transports"), [(6, ["tcp"]), (17, ["udp"]), (0, ["tcp", "udp"]), (50, [])]
)
def test_pcp_maps_too(protocol, transports):
    heard = over_udp([pcp(1, mapping(), response=False)], [pcp(1, mapping(protocol=protocol))])
    assert [(it.host, it.port, it.transport) for it in announced(heard)] == [
        one
        for transport in transports
        for one in ((CLIENT_IP, 8080, transport), ("203.0.113.5", 18080, transport))
    ]
    assert {it.lifetime for it in announced(heard)} <= {7200}


def test_options_tell_for_whom_else_and_what_for():
    options = option(1, six("10.0.0.77")) + option(128, b"my game")
    inner, _ = announced(over_udp([], [pcp(1, mapping(options=options))]))
    assert (inner.host, inner.speaker) == ("10.0.0.77", CLIENT_IP)
    assert inner.detail == "mapped from outer 203.0.113.5 port 18080: my game"


def test_a_peer_mapping_is_for_that_peer_only():
    heard = over_udp([], [pcp(2, mapping(peer="198.51.100.9", outer="2001:db8::5"))])
    assert {it.peer for it in announced(heard)} == {"198.51.100.9"}
    assert endpoints(heard)[1] == ("2001:db8::5", 18080)


def test_a_refused_pcp_mapping_is_looked_for_in_vain():
    heard = over_udp([], [pcp(1, mapping(), result=8)])
    assert not announced(heard)
    assert [it.detail for it in looked_for(heard)] == [
        "mapping of tcp port 8080 refused: PCP result 8"
    ]


def test_the_router_is_the_server_whoever_seems_to_be():
    heard = said(read, [TELL_TCP], [ASK_TCP], transport="udp", client_port=5351, server_port=40_000)
    assert {it.client_is_server for it in identified(heard)} == {True}
    assert endpoints(heard) == [(SERVER_IP, 51413)]


@pytest.mark.parametrize("junk", [b"", b"\0", b"\0\1", bytes(12), b"\2\1" + bytes(10), bytes(60)])
def test_what_only_stands_on_the_port_is_not_it(junk):
    assert not over_udp([junk], [junk])


def test_every_truncation_says_nothing_of_a_mapping():
    for whole in (TELL_TCP, pcp(1, mapping())):
        for size in range(len(whole)):
            assert not announced(over_udp([ASK_TCP], [whole[:size]]))


def test_an_option_that_is_longer_than_the_message_is_left_out():
    lie = pack(">BBH", 128, 0, 500) + b"abcd"
    inner, _ = announced(over_udp([], [pcp(1, mapping(options=lie))]))
    assert inner.detail == "mapped from outer 203.0.113.5 port 18080"


@given(st.lists(st.binary(max_size=90)), st.binary(max_size=90))
def test_any_bytes_are_survived(messages, junk):
    list(read(conversation(messages, messages, transport="udp", server_port=5351)))
    answers = [pcp(1, mapping() + junk), pcp(2, junk), b"\0\x81\0\0" + junk]
    list(read(conversation([], answers, transport="udp", server_port=5351)))
