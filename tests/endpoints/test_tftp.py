"""TFTP requests: where the transfer will be."""

from __future__ import annotations

import re

import pytest
from conversation import (
    CLIENT,
    CLIENT_IP,
    SERVER,
    SERVER_IP,
    announced,
    conversation,
    identified,
    registered,
    said,
)
from hypothesis import given
from hypothesis import strategies as st

from classifier.endpoints.tftp import read

READ = b"\x00\x01rfc1350.txt\x00octet\x00"


def hear(*client: bytes, **rest):
    return said(read, client, **{"transport": "udp", "server_port": 69, **rest})


def test_whoever_answers_the_port_that_asked_serves():
    (one,) = announced(hear(READ))
    assert (one.host, one.port, one.transport) == (CLIENT_IP, 50_000, "udp")
    assert (one.service, one.host_is_client, one.peer) == ("tftp", True, SERVER_IP)
    assert one.detail == "read rfc1350.txt, octet"


def test_the_request_itself_is_identified_on_any_port():
    heard = hear(READ, server_port=6969)
    assert [one.service for one in identified(heard)] == ["tftp"]
    assert len(announced(heard)) == 1


@pytest.mark.parametrize(
    ("request_", "detail"),
    [
        (b"\x00\x02a b.cfg\x00NetASCII\x00", "write a b.cfg, netascii"),
        (b"\x00\x01f\x00octet\x00tsize\x000\x00blksize\x001468\x00", "read f, octet"),
        (b"\x00\x01f\x00octet\x00" + bytes(40), "read f, octet"),
        ("\0\1Übung\0octet\0".encode(), "read Übung, octet"),
        (b"\x00\x01\xff\xfe\x00octet\x00", r"read \xff\xfe, octet"),
        (b"\x00\x01" + b"n" * 400 + b"\x00octet\x00", f"read {'n' * 59}…, octet"),
    ],
)
def test_the_detail_names_file_and_mode(request_, detail):
    assert [one.detail for one in announced(hear(request_))] == [detail]


@pytest.mark.parametrize(
    "payload",
    [
        b"\x00\x03\x00\x01data",
        b"\x00\x01\x00octet\x00",
        b"\x00\x01name\x00telegram\x00",
        b"\x00\x01na\x1bme\x00octet\x00",
        b"\x00\x01name\x00octet\x00\x01\x02\x03",
        b"\x01\x00name\x00octet\x00",
        b"\x00\x01" + b"n" * 501 + b"\x00octet\x00",
    ],
)
def test_what_is_no_request_says_nothing(payload):
    assert not hear(payload)


def test_a_request_that_is_cut_short_says_nothing():
    for length in range(len(READ)):
        assert not hear(READ[:length])


def test_a_repeated_request_is_one():
    assert len(hear(READ, READ, READ)) == 2


def test_any_host_may_answer_a_broadcast():
    for everybody in ("255.255.255.255", "10.0.0.255", "ff02::1"):
        (one,) = announced(hear(READ, server_ip=everybody))
        assert one.peer == ""


def test_sides_taken_the_wrong_way_round_are_turned():
    heard = hear(turns=[(SERVER, READ), (CLIENT, b"\0\3\0\1")])
    assert [one.client_is_server for one in identified(heard)] == [True]
    assert [(one.host, one.port, one.peer) for one in announced(heard)] == [
        (SERVER_IP, 69, CLIENT_IP)
    ]


def test_it_runs_on_udp_only():
    assert not hear(READ, transport="tcp")


@given(st.lists(st.binary() | st.binary().map(READ.__add__)))
def test_no_bytes_break_it(client):
    for one in announced(read(conversation(client, transport="udp"))):
        assert one.detail.isprintable()


def test_requests_are_found_on_any_port():
    ((_, pattern),) = registered("TFTP").patterns
    assert re.match(pattern, READ)
    assert not re.match(pattern, b"\x00\x01\x00\x00\x21\x12\xa4\x42octet\x00")
