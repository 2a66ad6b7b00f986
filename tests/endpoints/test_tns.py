"""Oracle TNS: what a connection is for, and where the listener sends it."""

from __future__ import annotations

import re
from struct import pack

import pytest
from conversation import (
    SERVER_IP,
    announced,
    conversation,
    endpoints,
    identified,
    looked_for,
    registered,
    said,
    split_everywhere,
)
from hypothesis import given
from hypothesis import strategies as st

from classifier.endpoints.tns import read
from classifier.engine.content import Pattern
from classifier.engine.patterns import check

# The first bytes of a real connection by version 314, its text shortened
TEXT = b"(DESCRIPTION=(CONNECT_DATA=(SERVICE_NAME=ckdb)(CID=(PROGRAM=gsql)(HOST=a)(USER=root))))"
HEAD = bytes.fromhex(f"013a012c0c412000ffff7f0800000100 {len(TEXT):04x} 003a000008004141")


def packet(kind, body, *, wide=False, flags=0):
    size = len(body) + 8
    length = pack(">I", size) if wide else pack(">HH", size, 0)
    return length + bytes((kind, flags, 0, 0)) + body


def redirect(text, **how):
    return packet(5, pack(">H", len(text)) + text, **how)


def address(host, port, protocol="tcp"):
    return f"(ADDRESS=(PROTOCOL={protocol})(HOST={host})(PORT={port}))".encode()


CONNECT = packet(1, (HEAD.ljust(50, b"\0")) + TEXT)


def test_a_connection_is_identified_with_what_it_is_for():
    (found,) = said(read, [CONNECT])
    assert (found.service, found.detail, found.place.frame) == ("oracle", "service ckdb", 1)
    (found,) = said(read, [CONNECT.replace(b"SERVICE_NAME=ckdb", b"SID=orclorclorcl2")])
    assert found.detail == "SID orclorclorcl2"


@pytest.mark.parametrize("wide", [False, True])
def test_a_redirect_announces_the_port_in_both_forms_of_the_length(wide):
    heard = said(read, [CONNECT], [redirect(address("10.0.0.2", 49153), wide=wide)])
    (found,) = announced(heard)
    assert (found.host, found.port, found.service) == (SERVER_IP, 49153, "oracle")
    assert found.detail == "service ckdb, redirected to 10.0.0.2"
    assert (found.speaker, found.place.frame) == (SERVER_IP, 2)


def test_a_resent_connection_comes_before_the_redirect():
    heard = said(read, [CONNECT, CONNECT], [packet(11, b""), redirect(address("10.0.0.2", 1600))])
    assert endpoints(heard) == [(SERVER_IP, 1600)]
    assert len(identified(heard)) == 1


@pytest.mark.parametrize(
    ("host", "hosts", "speaker"),
    [
        ("10.0.0.9", ["10.0.0.9"], SERVER_IP),  # another node of the cluster
        ("db7.example.com", [SERVER_IP], SERVER_IP),
        ("0.0.0.0", [SERVER_IP], SERVER_IP),
        ("[fe80::1]", ["fe80::1"], SERVER_IP),
        ("10.0.0.9", ["10.0.0.9", "198.41.0.4"], "198.41.0.4"),  # behind a NAT
    ],
)
def test_where_a_redirect_leads(host, hosts, speaker):
    heard = said(read, [CONNECT], [redirect(address(host, 1600))], server_ip=speaker)
    assert endpoints(heard) == [(one, 1600) for one in hosts]


def test_several_addresses_are_told_once_each_and_tls_by_its_name():
    text = b"(DESCRIPTION=(ADDRESS_LIST=" + address("10.0.0.2", 1600) * 2
    text += address("10.0.0.2", 2484, "tcps") + address("x", 1, "beq") + b"))\0" + TEXT
    heard = said(read, [CONNECT], [redirect(text)])
    assert [(it.port, it.service) for it in announced(heard)] == [
        (1600, "oracle"),
        (2484, "oracle-tls"),
    ]


def test_the_text_may_stand_behind_a_packet_that_tells_its_length_only():
    text = address("10.0.0.2", 1600)
    heard = said(read, [CONNECT], [packet(5, pack(">H", len(text)), flags=4) + packet(6, text)])
    assert endpoints(heard) == [(SERVER_IP, 1600)]
    asked = packet(1, HEAD.ljust(50, b"\0")) + packet(6, b"\0\0" + TEXT)
    assert [it.detail for it in identified(said(read, [asked]))] == ["service ckdb"]


def test_a_refusal_is_what_was_looked_for_in_vain():
    text = b"(DESCRIPTION=(TMP=)(VSNNUM=186647040)(ERR=12514)(ERROR_STACK=(ERROR=(CODE=12514))))"
    heard = said(read, [CONNECT], [packet(4, pack(">BBH", 34, 0, len(text)) + text)])
    assert [it.detail for it in looked_for(heard)] == ["service ckdb refused: ORA-12514"]


def test_the_side_that_connects_is_the_client():
    heard = said(read, [redirect(address("10.0.0.1", 1600))], [CONNECT])
    assert [it.client_is_server for it in identified(heard)] == [True]
    assert endpoints(heard) == [("10.0.0.1", 1600)]


def test_packets_cut_anywhere_say_the_same():
    told = redirect(address("10.0.0.2", 1600))
    for client in split_everywhere(CONNECT):
        assert len(identified(said(read, client))) == 1
    for server in split_everywhere(told):
        assert endpoints(said(read, [CONNECT], server)) == [(SERVER_IP, 1600)]


def test_every_truncation_says_the_same_or_less():
    told = redirect(address("10.0.0.2", 1600))
    for size in range(len(told)):
        assert set(endpoints(said(read, [CONNECT], [told[:size]]))) <= {(SERVER_IP, 1600)}


@pytest.mark.parametrize("port", [0, 65536, "-1", "x", "", "160000"])
def test_a_port_that_is_none_announces_nothing(port):
    assert not announced(said(read, [CONNECT], [redirect(address("10.0.0.2", port))]))


@pytest.mark.parametrize(
    "junk",
    [
        CONNECT.replace(b"\x01\x3a", b"\x00\x3a"),
        CONNECT.replace(b"(", b"<"),
        packet(1, HEAD),
        bytes(100),
    ],
)
def test_what_only_looks_like_a_connection_is_none(junk):
    assert not said(read, [junk])


def test_text_made_to_be_slow_is_not():
    for filler in (b" ", b"(", b"(SID=", b"(ADDRESS=", b"(ADDRESS=(A=", b"(A=)"):
        text = b"(SID=" + filler * 4_000
        list(said(read, [CONNECT[:58] + text], [redirect(text[:60_000])]))


def test_the_patterns_find_what_is_read():
    check(
        [
            Pattern(n, text, proto)
            for n, (proto, text) in enumerate(registered("Oracle TNS").patterns)
        ]
    )
    (_, connect), (_, told) = registered("Oracle TNS").patterns
    assert re.match(connect, CONNECT)
    assert re.match(told, redirect(address("10.0.0.2", 1600)))


@given(st.lists(st.binary(max_size=60)), st.binary(max_size=60))
def test_any_bytes_are_survived(messages, junk):
    list(read(conversation(messages, messages)))
    list(read(conversation([CONNECT[:20] + junk], [redirect(b"(ADDRESS=" + junk)])))
