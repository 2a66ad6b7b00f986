"""mDNS, LLMNR, NetBIOS and DHCP: who answers, what runs where, what hosts are called."""

from __future__ import annotations

from conversation import announced, endpoints, identified, said
from test_dnsmessage import ANSWER, named

from classifier.endpoints import HostName, HostRole, dhcp, llmnr, mdns, netbios

UDP = {"transport": "udp"}
MDNS = {**UDP, "client_port": 5353, "server_ip": "224.0.0.251", "server_port": 5353}


def names(heard):
    return [(one.host, one.name, one.basis) for one in heard if isinstance(one, HostName)]


def record(name, kind, data, ttl=120):
    return name + kind.to_bytes(2) + b"\x00\x01" + ttl.to_bytes(4) + len(data).to_bytes(2) + data


def answers(*records):
    return b"\x00\x00\x84\x00\x00\x00" + len(records).to_bytes(2) + bytes(4) + b"".join(records)


# mDNS


def test_a_service_is_announced_at_the_addresses_of_its_host():
    heard = said(mdns.read, [ANSWER], **MDNS)
    assert endpoints(heard) == [("fe80::829:b8e7:3737:6dbe", 52721), ("192.168.1.121", 52721)]
    one = announced(heard)[1]
    assert (one.transport, one.service) == ("tcp", "unknown")
    assert one.detail == "_companion-link._tcp by mDNS"
    assert one.lifetime == 120
    assert one.speaker == "10.0.0.1"
    assert ("192.168.1.121", "MBPro.local", "mDNS") in names(heard)


def srv(service, port=631, target=(b"printer", b"local"), ttl=120):
    data = bytes(4) + port.to_bytes(2) + named(*target) + b"\x00"
    return record(named(b"My printer", *service, b"local") + b"\x00", 33, data, ttl)


def test_a_known_service_has_its_id_and_serves_at_the_speaker_where_no_address_is_said():
    (one,) = announced(said(mdns.read, [answers(srv((b"_ipp", b"_tcp")))], **MDNS))
    assert (one.host, one.port, one.service) == ("10.0.0.1", 631, "ipp")


def test_a_service_that_is_taken_back_is_not_announced():
    assert not announced(said(mdns.read, [answers(srv((b"_ipp", b"_tcp"), ttl=0))], **MDNS))


def test_a_record_that_is_no_service_is_passed_over():
    broken = record(named(b"x", b"_ipp", b"_tcp", b"local") + b"\x00", 33, bytes(6))
    for one in (srv((b"_ipp",)), srv((b"_ipp", b"_sctp")), srv((b"_ipp", b"_tcp"), port=0), broken):
        assert not announced(said(mdns.read, [answers(one)], **MDNS))


def test_the_same_service_is_announced_once():
    message = answers(srv((b"_ipp", b"_tcp")), srv((b"_ipp", b"_tcp")))
    assert len(announced(said(mdns.read, [message, message], **MDNS))) == 1


def test_another_dns_question_to_port_5353_is_no_multicast_dns():
    query = (
        b"\x00\x01\x01\x00\x00\x01" + bytes(6) + named(b"example", b"com") + b"\x00\x00\x01\x00\x01"
    )
    assert not said(mdns.read, [query], **UDP, server_port=5353)
    assert said(mdns.read, [query], **MDNS)


def test_an_answer_by_the_client_shows_who_serves():
    (one,) = identified(said(mdns.read, [ANSWER], **UDP, client_port=5353))
    assert one.client_is_server


# LLMNR

REVERSE = bytes.fromhex(  # a real answer: 36.66.16.172.in-addr.arpa is 01566s-win16-ir
    "5131800000010001000000000233360236360231360331373207696e2d61646472046172706100000c0001"
    "0233360236360231360331373207696e2d61646472046172706100000c00010000001e00110f3031353636732d"
    "77696e31362d697200"
)


def test_an_llmnr_answer_is_identified_and_an_address_in_it_names_a_host():
    heard = said(llmnr.read, (), [REVERSE], **UDP, server_port=5355)
    assert identified(heard)[0].detail == "36.66.16.172.in-addr.arpa"
    answer = (
        b"\x00\x01\x80\x00\x00\x01\x00\x01\x00\x00\x00\x00"
        + named(b"wpad")
        + b"\x00\x00\x01\x00\x01"
    ) + record(named(b"wpad") + b"\x00", 1, bytes([10, 0, 0, 9]))
    heard = said(llmnr.read, (), [answer], **UDP, server_port=5355)
    assert names(heard) == [("10.0.0.9", "wpad", "LLMNR")]


def test_an_llmnr_message_without_its_one_question_is_none():
    assert not said(llmnr.read, (), [b"\x00\x01\x80\x00" + bytes(8)], **UDP, server_port=5355)


# NetBIOS

STATUS = bytes.fromhex(  # a real node status: 01566S-WIN16-IR and the group 3B
    "81c58400000000010000000020434b41414141414141414141414141414141414141414141414141414141414100"
    "00210001000000000089053342202020202020202020202020200084003031353636532d57494e31362d49520004"
    "003342202020202020202020202020201c84003031353636532d57494e31362d4952200400334220202020202020"
    "2020202020201b040000505623455900000000000000000000000000000000000000000000000000000000000000"
    "000000000000000000"
)
POSITIVE = bytes.fromhex(  # a real answer: THOMSON<20> is at 192.168.1.253
    "2df48580000000010000000020464545494550454e46444550454f43414341434143414341434143414341434100"
    "002000010003f48000064000c0a801fd"
)
DATAGRAM = bytes.fromhex(  # a real host announcement to \\MAILSLOT\\BROWSE by ZRASMUSSEN
    "110ef0230afe9f4b008a00bb000020464b464345424644454e4646464446444546454f4341434143414341434143"
    "410020464145464648454d45424341434143414341434143414341434143414341424e00"
)


def test_a_node_status_names_the_speaker():
    heard = said(netbios.read_names, (), [STATUS], **UDP, client_port=137, server_port=137)
    assert names(heard) == [("10.0.0.2", "01566S-WIN16-IR", "NetBIOS")]
    assert identified(heard)[0].service == "netbios-ns"


def test_an_answer_names_the_owner_whoever_speaks():
    heard = said(netbios.read_names, (), [POSITIVE], **UDP, server_port=137)
    assert names(heard) == [("192.168.1.253", "THOMSON", "NetBIOS")]
    assert identified(heard)[0].detail == "THOMSON<20>"


def test_the_name_of_a_group_is_no_host():
    group = POSITIVE[:-6] + b"\x80\x00" + POSITIVE[-4:]
    assert not names(said(netbios.read_names, (), [group], **UDP, server_port=137))


def test_a_dns_question_on_port_137_is_no_netbios():
    query = b"\x00\x01\x01\x00\x00\x01" + bytes(6) + named(b"example") + b"\x00\x00\x01\x00\x01"
    assert not said(netbios.read_names, [query], **UDP, server_port=137)


def test_a_datagram_names_its_sender_if_the_address_is_its_own():
    ports = {**UDP, "client_port": 138, "server_port": 138, "server_ip": "10.254.159.255"}
    heard = said(netbios.read_datagrams, [DATAGRAM], client_ip="10.254.159.75", **ports)
    assert identified(heard)[0].detail == "PEWLA<1D>"
    assert names(heard) == [("10.254.159.75", "ZRASMUSSEN", "NetBIOS")]
    assert not names(said(netbios.read_datagrams, [DATAGRAM], **ports))


def test_a_datagram_cut_in_its_names_is_none():
    for length in range(82):
        ports = {**UDP, "client_port": 138, "server_port": 138}
        assert not said(netbios.read_datagrams, [DATAGRAM[:length]], **ports)


# DHCP


def dhcp_message(op, *options, client=bytes(4), yours=bytes(4)):
    fixed = bytes([op, 1, 6, 0]) + b"\xb1\x55\x61\x69" + bytes(4) + client + yours
    coded = b"".join(bytes([code, len(value)]) + value for code, value in options)
    return fixed.ljust(236, b"\x00") + b"\x63\x82\x53\x63" + coded + b"\xff"


REQUEST = dhcp_message(1, (53, b"\x03"), (50, bytes([192, 168, 15, 250])), (12, b"pop-os"))
ACK = dhcp_message(
    2, (53, b"\x05"), (54, bytes([192, 168, 15, 1])), (51, b"\x00\x01\x51\x80"),
    yours=bytes([192, 168, 15, 250]),
)  # fmt: skip
ASKED = {**UDP, "client_port": 68, "server_port": 67}


def test_a_request_names_the_address_that_it_wants():
    heard = said(dhcp.read, [REQUEST], client_ip="0.0.0.0", server_ip="255.255.255.255", **ASKED)
    assert names(heard) == [("192.168.15.250", "pop-os", "DHCP")]
    (one,) = identified(heard)
    assert (one.service, one.detail, one.client_is_server) == ("dhcp", "request", False)


def test_a_server_taken_for_the_client_is_found_out():
    (one,) = identified(said(dhcp.read, [ACK], **UDP, client_port=67, server_port=68))
    assert (one.detail, one.client_is_server) == ("ack", True)


def test_a_server_behind_a_relay_is_announced_as_a_third_host():
    (one,) = announced(said(dhcp.read, [REQUEST], [ACK], **ASKED))
    assert (one.host, one.port, one.transport, one.service) == ("192.168.15.1", 67, "udp", "dhcp")
    assert (one.speaker, one.lifetime) == ("10.0.0.2", 86_400)
    assert not announced(said(dhcp.read, [REQUEST], [ACK], server_ip="192.168.15.1", **ASKED))


def test_an_answer_says_who_is_the_gateway():
    message = dhcp_message(2, (53, b"\x05"), (3, bytes([10, 0, 0, 254, 10, 0, 0, 253])))
    heard = said(dhcp.read, (), [message, message], **ASKED)
    roles = [(one.host, one.role, one.basis) for one in heard if isinstance(one, HostRole)]
    assert roles == [("10.0.0.254", "gateway", "DHCP")]


def test_a_full_name_counts_where_there_is_no_other_in_both_of_its_forms():
    plain = dhcp_message(1, (81, b"\x00\x00\x00PC7.example"), client=bytes([10, 0, 0, 7]))
    coded = dhcp_message(
        1, (81, b"\x04\x00\x00" + named(b"PC7", b"example") + b"\x00"), client=bytes([10, 0, 0, 7])
    )
    for message in (plain, coded):
        assert names(said(dhcp.read, [message], **ASKED)) == [("10.0.0.7", "PC7.example", "DHCP")]


def test_a_request_of_an_unknown_address_names_nobody():
    message = dhcp_message(1, (53, b"\x01"), (12, b"pc"))
    heard = said(dhcp.read, [message], client_ip="0.0.0.0", **ASKED)
    assert identified(heard)
    assert not names(heard)


def test_options_that_lie_about_their_length_make_it_no_message():
    for length in range(len(REQUEST)):
        heard = said(dhcp.read, [REQUEST[:length]], **ASKED)
        assert not names(heard) or length >= len(REQUEST) - 1  # only the end mark may be missing
    assert not said(dhcp.read, [REQUEST[:-2]], **ASKED)
    assert not said(dhcp.read, [REQUEST[:239]], **ASKED)
    assert not said(dhcp.read, [REQUEST.replace(b"\x63\x82\x53\x63", b"\x00" * 4)], **ASKED)
