"""SQL Server Browser: instances and their ports."""

from __future__ import annotations

import re

import pytest
from conversation import (
    SERVER_IP,
    announced,
    conversation,
    endpoints,
    identified,
    registered,
    said,
)
from hypothesis import given
from hypothesis import strategies as st

from classifier.endpoints.sqlbrowser import read
from classifier.engine.content import Pattern
from classifier.engine.patterns import check

YUKON = (
    b"ServerName;ILSUNG1;InstanceName;YUKONSTD;IsClustered;No;Version;9.00.1399.06;"
    rb"tcp;57137;np;\\ILSUNG1\pipe\MSSQL$YUKONSTD\sql\query;;"
)
SECOND = (
    b"ServerName;ILSUNG1;InstanceName;MSSQLSERVER;IsClustered;No;Version;9.00.1399.06;tcp;1433;;"
)


def response(data, *, size=None):
    return b"\x05" + (len(data) if size is None else size).to_bytes(2, "little") + data


def over_udp(client, server):
    return said(read, client, server, transport="udp", server_port=1434)


def test_an_instance_is_announced_with_version_and_pipe():
    heard = over_udp([b"\x04YUKONSTD\0"], [response(YUKON)])
    (found,) = announced(heard)
    assert (found.host, found.port, found.transport, found.service) == (
        SERVER_IP,
        57137,
        "tcp",
        "mssql",
    )
    assert found.detail == (
        r"instance YUKONSTD, version 9.00.1399.06, pipe \\ILSUNG1\pipe\MSSQL$YUKONSTD\sql\query"
    )
    assert (found.place.frame, found.speaker, found.lifetime) == (2, SERVER_IP, 0)
    (named,) = identified(heard)
    assert (named.service, named.client_is_server) == ("mssql-browser", False)


def test_all_instances_of_a_host_are_announced_once():
    answer = response(YUKON + SECOND)
    heard = over_udp([b"\x02", b"\x03"], [answer, answer])
    assert endpoints(heard) == [(SERVER_IP, 57137), (SERVER_IP, 1433)]
    assert len(identified(heard)) == 1


def test_an_instance_without_tcp_is_no_endpoint_but_proves_the_browser():
    heard = over_udp([b"\x03"], [response(YUKON.replace(b"tcp;57137;", b""))])
    assert not announced(heard)
    assert len(identified(heard)) == 1


def test_the_port_of_the_administrator_is_that_of_the_instance_asked_for():
    heard = over_udp([b"\x0f\x01YUKONSTD\0"], [b"\x05\x06\x00\x01\x9a\x05"])
    (found,) = announced(heard)
    assert (found.port, found.detail) == (
        1434,
        "instance YUKONSTD, dedicated administrator connection",
    )
    assert not over_udp([b"\x03"], [b"\x05\x06\x00\x01\x9a\x05"])


def test_an_answer_to_a_broadcast_is_read_whoever_seems_to_be_the_client():
    heard = over_udp([response(SECOND)], [])
    assert endpoints(heard) == [("10.0.0.1", 1433)]
    assert [it.client_is_server for it in identified(heard)] == [True]


def test_a_question_alone_proves_nothing():
    for asked in (
        b"\x02",
        b"\x03",
        b"\x04YUKONSTD\0",
        b"\x0f\x01YUKONSTD\0",
        b"\x04" + b"\1" * 375,
    ):
        assert not over_udp([asked], [])


@pytest.mark.parametrize("port", [b"0", b"65536", b"-1", b"999999", b"\xc2\xb2", b"", b"14 33"])
def test_a_port_that_is_none_announces_nothing(port):
    assert not announced(over_udp([b"\x03"], [response(YUKON.replace(b"57137", port))]))


def test_lying_lengths_and_truncations_say_the_same_or_less():
    whole = {(SERVER_IP, 57137), (SERVER_IP, 1433)}
    full = response(YUKON + SECOND)
    for size in range(len(full)):
        assert set(endpoints(over_udp([b"\x03"], [full[:size]]))) <= whole
    for size in (0, 10, len(YUKON), 0xFFFF):
        assert set(endpoints(over_udp([b"\x03"], [response(YUKON + SECOND, size=size)]))) <= whole


def test_streams_are_not_read():
    assert not said(read, [b"\x03"], [response(YUKON)])


def test_the_pattern_finds_responses():
    ((protocol, expression),) = registered("SQL Server Browser").patterns
    check([Pattern(1, expression, protocol)])
    assert re.match(expression, response(YUKON))
    assert not re.match(expression, b"\x05\x06\x00\x01\x9a\x05")


@given(st.lists(st.binary(max_size=60)), st.binary(max_size=60))
def test_any_bytes_are_survived(messages, junk):
    list(read(conversation(messages, messages, transport="udp")))
    list(
        read(conversation([b"\x0f\x01" + junk], [response(b"ServerName;" + junk)], transport="udp"))
    )
