"""UPnP internet gateways: mappings that a router agreed to."""

from __future__ import annotations

import re

import pytest
from conversation import (
    CLIENT_IP,
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

from classifier.endpoints.igd import read
from classifier.engine.content import Pattern
from classifier.engine.patterns import check

WAN = "urn:schemas-upnp-org:service:WANIPConnection:1"


def envelope(action, **fields):
    inside = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    return (
        '<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">'
        f'<s:Body><u:{action} xmlns:u="{WAN}">{inside}</u:{action}></s:Body></s:Envelope>'
    )


def post(action, **fields):
    body = envelope(action, **fields)
    return (
        f"POST /ctl/IPConn HTTP/1.1\r\nHost: 10.0.0.2:5000\r\nContent-Length: {len(body)}\r\n"
        f'SOAPAction: "{WAN}#{action}"\r\n\r\n{body}'
    ).encode()


def answer(action, status="200 OK", **fields):
    body = envelope(f"{action}Response", **fields)
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


def add(port=51413, outer=51413, protocol="TCP", host=CLIENT_IP, action="AddPortMapping", **more):
    return post(
        action,
        NewRemoteHost="",
        NewExternalPort=outer,
        NewProtocol=protocol,
        NewInternalPort=port,
        NewInternalClient=host,
        NewEnabled=1,
        NewPortMappingDescription="Torrents &amp; more",
        **{"NewLeaseDuration": 3600, **more},
    )


DONE = answer("AddPortMapping")


def test_an_accepted_mapping_is_announced_with_its_description():
    heard = said(read, [add(outer=9)], [DONE])
    (found,) = announced(heard)
    assert (found.host, found.port, found.transport) == (CLIENT_IP, 51413, "tcp")
    assert (found.service, found.lifetime) == ("unknown", 3600)
    assert found.detail == "mapped from outer port 9: Torrents & more"
    assert (found.place.frame, found.speaker) == (2, CLIENT_IP)
    assert [(it.service, it.detail) for it in identified(heard)] == [("upnp", "AddPortMapping")]


def test_the_outer_end_is_announced_where_its_address_was_told():
    heard = said(
        read,
        [post("GetExternalIPAddress"), add()],
        [answer("GetExternalIPAddress", NewExternalIPAddress="203.0.113.5"), DONE],
    )
    assert endpoints(heard) == [(CLIENT_IP, 51413), ("203.0.113.5", 51413)]
    assert announced(heard)[1].speaker == SERVER_IP


def test_a_mapping_for_a_third_host_says_so():
    (found,) = announced(said(read, [add(host="10.0.0.9")], [DONE]))
    assert (found.host, found.speaker) == ("10.0.0.9", CLIENT_IP)


def test_a_name_instead_of_an_address_is_taken_for_who_asked():
    assert endpoints(said(read, [add(host="nas")], [DONE])) == [(CLIENT_IP, 51413)]


def test_the_router_may_choose_another_port():
    heard = said(
        read,
        [add(action="AddAnyPortMapping")],
        [answer("AddAnyPortMapping", NewReservedPort=60000)],
    )
    assert [it.detail for it in announced(heard)] == [
        "mapped from outer port 60000: Torrents & more"
    ]


def test_mappings_that_exist_are_announced_when_they_are_listed():
    listed = answer(
        "GetGenericPortMappingEntry",
        NewRemoteHost="198.51.100.7",
        NewExternalPort=80,
        NewProtocol="UDP",
        NewInternalPort=8080,
        NewInternalClient="10.0.0.8",
        NewPortMappingDescription="web",
        NewLeaseDuration=0,
    )
    (found,) = announced(said(read, [post("GetGenericPortMappingEntry")], [listed]))
    assert (found.host, found.port, found.transport, found.peer, found.lifetime) == (
        "10.0.0.8",
        8080,
        "udp",
        "198.51.100.7",
        0,
    )


def test_a_refused_mapping_is_looked_for_in_vain():
    fault = b"HTTP/1.1 500 Internal Server Error\r\n\r\n<UPnPError><errorCode>718</errorCode>"
    heard = said(read, [add()], [fault])
    assert not announced(heard)
    assert [it.detail for it in looked_for(heard)] == [
        "mapping of tcp port 51413 refused: UPnP error 718"
    ]


def test_each_answer_belongs_to_its_question():
    get = b"GET /rootDesc.xml HTTP/1.1\r\nHost: 10.0.0.2\r\n\r\n"
    page = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n<root/>"
    heard = said(
        read,
        [get, add(port=1), add(port=2), post("DeletePortMapping", NewExternalPort=1)],
        [page, answer("AddPortMapping", "500 no"), b"HTTP/1.1 100 Continue\r\n\r\n" + DONE],
    )
    assert endpoints(heard) == [(CLIENT_IP, 2)]
    assert len(looked_for(heard)) == 1


def test_without_an_answer_nothing_is_announced():
    assert not said(read, [add()], [])
    assert not announced(said(read, [add()], [b"HTTP/1.1 200 OK\r\n\r\nhello"]))


def test_messages_cut_anywhere_say_the_same():
    for client in split_everywhere(add()):
        assert endpoints(said(read, client, [DONE])) == [(CLIENT_IP, 51413)]
    for server in split_everywhere(DONE):
        assert endpoints(said(read, [add()], server)) == [(CLIENT_IP, 51413)]


@pytest.mark.parametrize("port", [0, 65536, "-1", "²", "", "http"])
def test_a_port_that_is_none_announces_nothing(port):
    assert not announced(said(read, [add(port=port)], [DONE]))


def test_text_made_to_be_slow_is_not():
    for filler in (b"AAA ", b"AAA x HTTP/1.1\r\n", b"<u:Get", b"<NewA ", b"<NewA>", b"POST "):
        list(said(read, [add()[:-40] + filler * 20_000], [DONE + filler * 20_000]))


def test_the_patterns_find_control_and_not_every_form():
    check(
        [Pattern(n, text, proto) for n, (proto, text) in enumerate(registered("UPnP IGD").patterns)]
    )
    assert all(re.match(text, add()) for _, text in registered("UPnP IGD").patterns)
    form = b"POST /login HTTP/1.1\r\nHost: www.example.com\r\n\r\nuser=control"
    assert not any(re.match(text, form) for _, text in registered("UPnP IGD").patterns)


@given(st.lists(st.binary(max_size=60)), st.text(max_size=60))
def test_any_bytes_are_survived(messages, junk):
    list(read(conversation(messages, messages)))
    list(read(conversation([add(port=junk, host=junk, NewLeaseDuration=junk)], [DONE])))
