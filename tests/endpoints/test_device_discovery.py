"""SSDP, WS-Discovery and the URLs in them; SNMP to the last byte."""

from __future__ import annotations

import pytest
from conversation import announced, endpoints, identified, said
from test_asking_all import PROBE, SNMP_GET, SSDP_SEARCH

from classifier.endpoints import HostRole, snmp, ssdp, wsdiscovery
from classifier.endpoints.weburl import web_place

UDP = {"transport": "udp"}
ANSWER = (
    b"HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=120\r\nST: upnp:rootdevice\r\n"
    b"USN: uuid:1::upnp:rootdevice\r\nLOCATION: http://10.0.0.2:5678/desc.xml\r\n\r\n"
)
NOTIFY = (  # of a real router, as sent
    b"NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nCACHE-CONTROL: max-age=60\r\n"
    b"lOCATION: http://192.168.1.254:57052/rootDesc0.xml\r\nSERVER: EPICENTRO UPnP/1.0\r\n"
    b"NT: uuid:11266736-fa59-11e4-9c9f-8426153e75c4\r\nNTS: ssdp:alive\r\n\r\n"
)


def test_an_answer_announces_the_description_of_the_device():
    heard = said(ssdp.read, [SSDP_SEARCH], [ANSWER], **UDP)
    (one,) = announced(heard)
    assert (one.host, one.port, one.transport, one.service) == ("10.0.0.2", 5678, "tcp", "upnp")
    assert (one.speaker, one.lifetime) == ("10.0.0.2", 120)
    assert one.place.frame == 2
    assert one.detail == "description of a device by SSDP"


def test_a_description_at_a_third_host_says_who_spoke():
    heard = said(ssdp.read, [NOTIFY], **UDP, server_ip="239.255.255.250", server_port=1900)
    (one,) = announced(heard)
    assert (one.host, one.port, one.speaker) == ("192.168.1.254", 57052, "10.0.0.1")
    assert one.lifetime == 60


def test_an_answer_from_any_port_is_identified_and_shows_who_serves():
    (one,) = identified(said(ssdp.read, [ANSWER], **UDP))
    assert (one.service, one.detail, one.client_is_server) == ("ssdp", "upnp:rootdevice", True)
    (one,) = identified(said(ssdp.read, (), [ANSWER], **UDP))
    assert not one.client_is_server


def test_a_device_that_leaves_announces_nothing():
    leaves = NOTIFY.replace(b"ssdp:alive", b"ssdp:byebye")
    assert not announced(said(ssdp.read, [leaves], **UDP))


def test_a_gateway_says_what_it_is():
    notify = NOTIFY.replace(
        b"uuid:11266", b"urn:schemas-upnp-org:device:InternetGatewayDevice:1 uuid:11266"
    )
    roles = [one for one in said(ssdp.read, [notify] * 2, **UDP) if isinstance(one, HostRole)]
    assert [(one.host, one.role, one.basis) for one in roles] == [("10.0.0.1", "gateway", "SSDP")]
    # A search for one says nothing about who asks.
    assert not [one for one in said(ssdp.read, [SSDP_SEARCH], **UDP) if isinstance(one, HostRole)]


def test_the_same_description_is_announced_once():
    assert len(announced(said(ssdp.read, [NOTIFY] * 3, **UDP))) == 1


@pytest.mark.parametrize("kept", [b"ST: upnp:rootdevice\r\n", b"USN: uuid:1::upnp:rootdevice\r\n"])
def test_an_http_answer_that_is_no_ssdp_is_passed_over(kept):
    assert not said(ssdp.read, (), [b"HTTP/1.1 200 OK\r\n" + kept + b"\r\n"], **UDP)


@pytest.mark.parametrize(
    ("mx", "lifetime"), [("3", 13), ("0", 11), ("99999", 130), ("-1", 11), ("x" * 30, 11)]
)
def test_answers_may_come_as_long_as_the_search_says(mx, lifetime):
    search = SSDP_SEARCH.replace(b"MX:3", b"MX:" + mx.encode())
    heard = said(ssdp.read, [search], **UDP, server_ip="239.255.255.250", server_port=1900)
    assert announced(heard)[0].lifetime == lifetime


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://10.0.0.2:5678/d", ("10.0.0.2", 5678, "http")),
        ("HTTP://10.0.0.2", ("10.0.0.2", 80, "http")),
        ("https://user@10.0.0.2?x", ("10.0.0.2", 443, "https")),
        ("http://[FE80::1%25eth0]:80/", ("fe80::1", 80, "http")),
        ("http://[2001:db8::1]", ("2001:db8::1", 80, "http")),
    ],
)
def test_a_url_leads_to_an_endpoint(url, expected):
    assert web_place(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "", "http://", "ftp://10.0.0.2/", "http://printer.local/", "http://10.0.0.2:0/",
        "http://10.0.0.2:65536/", "http://10.0.0.2:99999999999/", "http://10.0.0.2:\u0661/",
        "http://0.0.0.0/", "http://127.0.0.1/", "http://[::1]/", "http://239.255.255.250/",
        "http://[fe80::1", "http://[fe80::1]x/", "http://10.0.0.2\x00/", "http://10.2/",
        "http://\\udc80/", "10.0.0.2:80",
    ],
)  # fmt: skip
def test_a_url_that_leads_nowhere_is_none(url):
    assert web_place(url) is None


MATCH = (
    PROBE.replace(b"/Probe<", b"/ProbeMatches<")
    .replace(b"<wsa:Action>", b'<wsa:Action soap:mustUnderstand="true">')
    .replace(
        b"<soap:Body/>",
        b"<soap:Body><d:XAddrs>http://10.0.0.2:5357/x https://10.0.0.2:5358/x "
        b"http://10.0.0.9:80/</d:XAddrs></soap:Body>",
    )
)


def test_a_probe_match_announces_the_transports_of_the_device():
    heard = said(wsdiscovery.read, [PROBE], [MATCH], **UDP)
    assert endpoints(heard) == [("10.0.0.2", 5357), ("10.0.0.2", 5358), ("10.0.0.9", 80)]
    assert {(one.service, one.speaker) for one in announced(heard)} == {("wsd", "10.0.0.2")}
    assert identified(heard)[0].detail == "Probe"


def test_a_match_by_the_client_shows_who_serves():
    assert identified(said(wsdiscovery.read, [MATCH], **UDP))[0].client_is_server


def test_xml_that_is_no_ws_discovery_is_passed_over():
    other = MATCH.replace(b"ws/2005/04/discovery", b"ws/2004/09/transfer")
    assert not said(wsdiscovery.read, [other], **UDP)
    assert not said(wsdiscovery.read, [MATCH.replace(b"Envelope", b"Body")], **UDP)


def test_a_match_cut_anywhere_says_no_address_that_was_not_there():
    whole = endpoints(said(wsdiscovery.read, (), [MATCH], **UDP))
    for length in range(len(MATCH)):
        found = endpoints(said(wsdiscovery.read, (), [MATCH[:length]], **UDP))
        assert found in ([], whole)


# SNMP

RESPONSE = bytes.fromhex(
    "303702010104067075626c6963a22a02045067d65c020100020100301c301a06082b06010201010600040e476c"
    "6f626f6d616e746963734851"
)


def test_a_response_by_the_client_shows_who_serves():
    (one,) = identified(said(snmp.read, [RESPONSE], **UDP))
    assert (one.service, one.detail, one.client_is_server) == ("snmp", "v2c", True)
    (one,) = identified(said(snmp.read, [SNMP_GET], [RESPONSE], **UDP))
    assert not one.client_is_server


def tlv(tag, *parts):
    body = b"".join(parts)
    return bytes([tag, len(body)]) + body


NUMBER = tlv(2, b"\x01")
VARIABLES = tlv(0x30, tlv(0x30, tlv(6, b"\x2b\x06\x01"), tlv(5)))


def test_a_trap_is_one_in_every_version():
    old = tlv(
        0xA4,
        tlv(6, b"\x2b\x06"),
        tlv(0x40, bytes(4)),
        NUMBER,
        NUMBER,
        tlv(0x43, b"\x01"),
        VARIABLES,
    )
    new = tlv(0xA7, NUMBER, NUMBER, NUMBER, VARIABLES)
    for version, pdu in ((0, old), (1, new)):
        message = tlv(0x30, tlv(2, bytes([version])), tlv(4, b"c"), pdu)
        (one,) = identified(said(snmp.read, [message], **UDP, server_port=162))
        assert (one.service, one.client_is_server) == ("snmp-trap", False)


def version_3(body):
    header = tlv(0x30, NUMBER, NUMBER, tlv(4, b"\x04"), NUMBER)
    return tlv(0x30, tlv(2, b"\x03"), header, tlv(4, b"engine"), body)


def test_version_3_is_known_encrypted_or_not():
    clear = version_3(tlv(0x30, tlv(4), tlv(4), tlv(0xA0, NUMBER, NUMBER, NUMBER, VARIABLES)))
    for message in (clear, version_3(tlv(4, b"secret"))):
        assert identified(said(snmp.read, [message], **UDP))[0].detail == "v3"
    assert not said(snmp.read, [version_3(tlv(5))], **UDP)
    assert identified(said(snmp.read, [version_3(tlv(4))], **UDP, server_port=162))[0].service == (
        "snmp-trap"
    )


@pytest.mark.parametrize("at", [1, 3, 6, 14, 16, 22, 25, 28, 30, 32, 42])
@pytest.mark.parametrize("by", [1, -1])
def test_a_length_that_lies_makes_it_no_snmp(at, by):
    assert said(snmp.read, [SNMP_GET], **UDP)
    changed = SNMP_GET[:at] + bytes([(SNMP_GET[at] + by) % 256]) + SNMP_GET[at + 1 :]
    assert not said(snmp.read, [changed], **UDP)


def test_ldap_begins_alike_and_is_no_snmp():
    search = tlv(0x30, tlv(2, b"\x01"), tlv(0x63, b"\x04\x00"))
    assert not said(snmp.read, [search], **UDP)


def test_the_community_is_a_secret_and_never_repeated():
    for one in said(snmp.read, [SNMP_GET], **UDP, server_ip="255.255.255.255"):
        assert "public" not in repr(one)
