"""Questions to all: the asker's endpoint is announced, and whoever answers to it serves."""

from __future__ import annotations

import re

import pytest
from conversation import CLIENT_IP, announced, conversation, identified, registered, said
from hypothesis import given
from hypothesis import strategies as st

from classifier.endpoints import dhcp, llmnr, mdns, netbios, snmp, ssdp, wsdiscovery
from classifier.endpoints.everyone import is_everyone
from classifier.endpoints.listen import wanted
from classifier.engine.patterns import check

# Bytes of real frames.
LLMNR_QUESTION = bytes.fromhex("50490000000100000000000004777061640000010001")  # wpad
NETBIOS_QUESTION = bytes.fromhex(  # LOCALHOST<00>, broadcast bit set
    "00b50110000100000000000020454d455045444542454d454945504644464543414341434143414341434143410000200001"
)
SNMP_GET = bytes.fromhex(
    "302902010104067075626c6963a11c02045067d65c020100020100300e300c06082b060102010105000500"
)
SSDP_SEARCH = (
    b"M-SEARCH * HTTP/1.1\r\nHost:239.255.255.250:1900\r\n"
    b"ST:urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\n"
    b'Man:"ssdp:discover"\r\nMX:3\r\n\r\n'
)
PROBE = (
    b'<?xml version="1.0" encoding="utf-8"?><soap:Envelope '
    b'xmlns:soap="http://www.w3.org/2003/05/soap-envelope" '
    b'xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing"><soap:Header>'
    b"<wsa:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</wsa:Action>"
    b"</soap:Header><soap:Body/></soap:Envelope>"
)
MDNS_QUESTION = bytes.fromhex(
    "0000000000010000000000000b4d534544474557494e3130056c6f63616c0000ff0001"
)

ASKING = {
    "llmnr": (llmnr.read, LLMNR_QUESTION, "224.0.0.252", 5355, 10),
    "mdns": (mdns.read, MDNS_QUESTION, "224.0.0.251", 5353, 10),
    "netbios-ns": (netbios.read_names, NETBIOS_QUESTION, "192.168.1.255", 137, 10),
    "snmp": (snmp.read, SNMP_GET, "255.255.255.255", 161, 30),
    "ssdp": (ssdp.read, SSDP_SEARCH, "239.255.255.250", 1900, 13),
    "ws-discovery": (wsdiscovery.read, PROBE, "ff02::c", 3702, 10),
}
EVERY = pytest.mark.parametrize("service", ASKING)


def ask(service, **changed):
    read, question, group, port, _ = ASKING[service]
    rest = {"transport": "udp", "server_ip": group, "server_port": port, **changed}
    return said(read, [question], **rest)


@EVERY
def test_whoever_answers_a_question_to_all_serves(service):
    (one,) = announced(ask(service))
    assert (one.host, one.port, one.transport) == (CLIENT_IP, 50_000, "udp")
    assert (one.service, one.lifetime) == (service, ASKING[service][4])
    assert one.host_is_client
    assert one.speaker == CLIENT_IP


@EVERY
def test_the_question_itself_is_identified(service):
    (one,) = identified(ask(service))
    assert one.service == service
    assert one.place.frame == 1
    assert not one.client_is_server


@EVERY
def test_a_question_to_one_host_announces_nothing(service):
    assert not announced(ask(service, server_ip="10.0.0.2"))


@EVERY
def test_a_question_from_the_port_of_the_servers_announces_nothing(service):
    assert not announced(ask(service, client_port=ASKING[service][3]))


@EVERY
def test_a_question_over_tcp_is_not_read(service):
    assert not ask(service, transport="tcp")


@EVERY
def test_a_question_that_is_asked_again_is_announced_once(service):
    read, question, group, port, _ = ASKING[service]
    heard = said(read, [question] * 3, transport="udp", server_ip=group, server_port=port)
    assert len(announced(heard)) == 1
    assert len(identified(heard)) == 1


@EVERY
def test_a_question_cut_anywhere_never_raises(service):
    read, question, group, port, _ = ASKING[service]
    for length in range(len(question)):
        said(read, [question[:length]], transport="udp", server_ip=group, server_port=port)


@pytest.mark.parametrize("service", ["llmnr", "mdns", "netbios-ns", "snmp"])
def test_a_binary_question_that_is_not_whole_identifies_nothing(service):
    read, question, group, port, _ = ASKING[service]
    where = {"transport": "udp", "server_ip": group, "server_port": port}
    for length in range(len(question)):
        assert not said(read, [question[:length]], **where)
    assert not said(read, [question + b"\x00"], **where)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("224.0.0.251", True),
        ("239.255.255.250", True),
        ("255.255.255.255", True),
        ("10.1.255.255", True),
        ("ff02::c", True),
        ("223.0.0.1", False),
        ("240.0.0.1", False),
        ("fe80::1", False),
        ("", False),
    ],
)
def test_addresses_of_several_hosts_are_known(address, expected):
    assert is_everyone(address) is expected


READERS = (
    dhcp.read, llmnr.read, mdns.read, netbios.read_datagrams, netbios.read_names, snmp.read,
    ssdp.read, wsdiscovery.read,
)  # fmt: skip
PORTS = (67, 137, 138, 161, 162, 1900, 3702, 5353, 5355)
STARTS = (
    b"", LLMNR_QUESTION, MDNS_QUESTION, NETBIOS_QUESTION, SNMP_GET, SSDP_SEARCH, PROBE,
    b"\x01\x01\x06\x00" + bytes(232) + b"\x63\x82\x53\x63",
)  # fmt: skip


@given(
    st.sampled_from(STARTS),
    st.integers(0, 60),
    st.binary(max_size=120),
    st.sampled_from(PORTS),
    st.booleans(),
)
def test_no_bytes_make_a_reader_raise(start, kept, junk, port, from_client):
    data = start[: len(start) - kept] + junk if start else junk
    one = conversation(
        turns=[(from_client, data)], transport="udp", server_ip="224.0.0.251", server_port=port
    )
    for read in READERS:
        for thing in read(one):
            assert thing.place.frame == 1


@pytest.mark.parametrize("service", ["snmp", "ssdp", "ws-discovery"])
def test_what_may_be_on_any_port_is_selected_by_its_first_bytes(service):
    name = {"snmp": "SNMP", "ssdp": "SSDP", "ws-discovery": "WS-Discovery"}[service]
    patterns = [re.compile(expression) for _, expression in registered(name).patterns]
    assert any(pattern.match(ASKING[service][1]) for pattern in patterns)
    assert not any(
        pattern.match(ASKING[other][1]) for other in ("llmnr", "mdns") for pattern in patterns
    )


def test_every_engine_can_use_the_patterns():
    check(wanted()[0])
