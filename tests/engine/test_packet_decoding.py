"""Frames of every link type and tunnel, and what becomes of those that lie or end early."""

from __future__ import annotations

from struct import pack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.engine.portable.link import _DECODERS
from reading import Result, read
from wire import (
    A4,
    A6,
    ACK,
    B4,
    B6,
    START,
    SYN,
    authentication,
    capwap,
    dccp,
    dot11,
    erspan2,
    erspan3,
    ethernet,
    ethernet6,
    extension,
    fragment6,
    fragments4,
    geneve,
    gre,
    gtp_user,
    icmp,
    ieee_802_3,
    ipv4,
    ipv6,
    l2tp,
    llc_snap,
    macsec,
    mpls,
    nflog,
    null,
    pcap,
    pcap_header,
    pcap_of,
    pcap_record,
    pktap,
    ppi,
    ppp,
    pppoe,
    pptp_gre,
    radiotap,
    sctp,
    sll,
    sll2,
    tcp,
    udp,
    vxlan,
)

DATAGRAM = udp(40000, 53, b"question")
IP4, IP6 = ipv4(DATAGRAM), ipv6(DATAGRAM)
INNER = ipv4(DATAGRAM, "192.168.7.1", "192.168.7.2")
INNER6 = ipv6(DATAGRAM, "fd77::1", "fd77::2")
INNER_FRAME = ethernet(INNER)


def one(frame: bytes, link_type: int = 1) -> Result:
    """Read one frame."""
    return read(pcap_of(frame, link_type=link_type))


# Link layers

LINKS = [
    (1, ethernet(IP4)),
    (1, ieee_802_3(llc_snap(IP4))),
    (1, ethernet(macsec(IP4), 0x88E5)),
    (1, ethernet(macsec(IP4, channel=True), 0x88E5)),
    (1, ethernet(macsec(llc_snap(IP4), len(IP4) + 8), 0x88E5)),
    (1, ieee_802_3(b"\x06\x06\x03" + IP4)),
    (0, null(IP4)),
    (0, null(IP4, order=">")),
    (108, null(IP4, order=">")),
    (9, ppp(0x0021, IP4)),
    (9, b"\x00\x21" + IP4),
    (9, b"\x21" + IP4),
    (9, b"\x0f\x00\x08\x00" + IP4),
    (50, ppp(0x0021, IP4)),
    (166, ppp(0x0021, IP4)),
    (204, b"\0" + ppp(0x0021, IP4)),
    (12, IP4),
    (14, IP4),
    (101, IP4),
    (228, IP4),
    (51, pppoe(7, IP4)),
    (100, llc_snap(IP4)),
    (104, b"\x0f\x00\x08\x00" + IP4),
    (205, b"\1\x0f\x00\x08\x00" + IP4),
    (105, dot11(llc_snap(IP4))),
    (105, dot11(llc_snap(IP4), qos=True)),
    (127, radiotap(dot11(llc_snap(IP4)))),
    (127, radiotap(dot11(llc_snap(IP4), qos=True), fcs=True)),
    (107, b"\x18\x41\x03\xcc" + IP4),
    (107, b"\x18\x41\x03\0\x80\0\0\0\x08\0" + IP4),
    (206, b"\0\x18\x41\x08\0" + IP4),
    (113, sll(IP4)),
    (113, sll(llc_snap(IP4), 4)),
    (276, sll2(IP4)),
    (129, b"\1\2\0\0\xd4\0\0\1" + IP4),
    (138, bytes(16) + b"\x08\x00" + IP4),
    (192, ppi(ethernet(IP4), 1)),
    (192, ppi(dot11(llc_snap(IP4)), 105)),
    (239, nflog(IP4)),
    (239, nflog(IP4, 7, 0x0800)),
    (242, bytes(40) + b"\x08\x00\0\0" + IP4),
    (258, pktap(ethernet(IP4), 1)),
    (258, pktap(IP4, 12)),
]
LINKS6 = [
    (1, ethernet6(IP6)),
    (0, null(IP6, 10)),
    (0, null(IP6, 24)),
    (0, null(IP6, 28)),
    (0, null(IP6, 30)),
    (9, ppp(0x0057, IP6)),
    (101, IP6),
    (229, IP6),
    (113, sll(IP6, 0x86DD)),
    (276, sll2(IP6, 0x86DD)),
    (107, b"\x18\x41\x03\x8e" + IP6),
    (129, b"\1\2\0\0\xc4\0\0\1" + IP6),
    (239, nflog(IP6, 10)),
    (239, nflog(IP6, 7, 0x86DD)),
]


@pytest.mark.parametrize(("link_type", "frame"), LINKS)
def test_ipv4_is_found_behind_every_link_layer(link_type: int, frame: bytes) -> None:
    row = one(frame, link_type).row
    assert (row.a, row.b, row.ip_protocol) == ((A4, 40000), (B4, 53), 17)
    assert (row.bytes, row.payload, row.heads) == ((36, 0), (8, 0), (b"question", b""))


@pytest.mark.parametrize(("link_type", "frame"), LINKS6)
def test_ipv6_is_found_behind_every_link_layer_that_has_it(link_type: int, frame: bytes) -> None:
    row = one(frame, link_type).row
    assert (row.a, row.b, row.ip_version) == ((A6, 40000), (B6, 53), 6)
    assert (row.bytes, row.payload) == ((56, 0), (8, 0))


def test_every_link_type_that_is_decoded_has_a_case_here() -> None:
    assert {link_type for link_type, _ in LINKS + LINKS6} == set(_DECODERS)


def test_other_link_types_are_counted_by_name() -> None:
    assert one(bytes(40), 187).outcomes == {("link type not supported", "BLUETOOTH_HCI_H4"): 1}
    assert one(bytes(40), 65000).outcomes == {("link type not supported", "LINKTYPE_65000"): 1}


@pytest.mark.parametrize(
    ("frame", "name"),
    [
        (ethernet(bytes(28), 0x0806), "ARP"),
        (ethernet(bytes(28), 0x88CC), "LLDP"),
        (ethernet(b"\x08" + macsec(IP4)[1:], 0x88E5), "MACsec"),
        (ethernet(b"\x80" + macsec(IP4)[1:], 0x88E5), "MACsec"),
        (ethernet(bytes(28), 0x888E), "EAPOL"),
        (ethernet(bytes(28), 0x8892), "PROFINET"),
        (ethernet(bytes(28), 0xABCD), "EtherType 0xabcd"),
        (ethernet(bytes(28), 0x0806, (0x8100, 5)), "ARP"),
        (ieee_802_3(b"\x42\x42\x03" + bytes(35)), "STP"),
        (ieee_802_3(b"\xff\xff" + bytes(30)), "IPX"),
        (ieee_802_3(b"\xaa\xaa\x03\0\0\x0c\x20\0" + bytes(30)), "CDP"),
        (ethernet(pppoe(1, bytes(4), protocol=0xC021), 0x8864), "PPP LCP"),
    ],
)
def test_what_is_not_ip_is_counted_by_name(frame: bytes, name: str) -> None:
    result = one(frame)
    assert result.outcomes == {("not IP", name): 1}
    assert result.health.first_frames["not IP", name] == (0, 1)


@pytest.mark.parametrize(
    ("frame", "name"),
    [
        (b"\x80\0" + bytes(30), "802.11 management"),
        (b"\xd4\0" + bytes(10), "802.11 control"),
        (b"\x48\1" + bytes(22), "802.11 data frame without data"),
        (b"\x08\x41" + bytes(40), "802.11 protected data"),
        (b"\x88\1" + bytes(22) + b"\x80\0" + bytes(20), "802.11 aggregate"),
    ],
)
def test_wireless_frames_that_hold_no_readable_data_are_named(frame: bytes, name: str) -> None:
    assert one(frame, 105).outcomes == {("not IP", name): 1}


def test_wrappers_in_wrappers_do_not_go_on_for_ever() -> None:
    frame = b""
    for _ in range(6000):
        frame = ppi(pack("<III", 12, 1, 192) + frame, 258)
    result = one(frame, 192)
    assert result.outcomes == {("not IP", "PPI in PPI"): 1}


# Tags and labels


@pytest.mark.parametrize(
    ("tags", "vlan", "outer"),
    [
        ([], -1, -1),
        ([(0x8100, 5)], 5, -1),
        ([(0x8100, 0xE005)], 5, -1),  # priority bits are not the id
        ([(0x88A8, 100), (0x8100, 5)], 5, 100),
        ([(0x9100, 100), (0x8100, 7), (0x8100, 5)], 5, 100),
    ],
)
def test_vlan_tags_are_noted_innermost_and_outermost(
    tags: list[tuple[int, int]], vlan: int, outer: int
) -> None:
    row = one(ethernet(IP4, 0x0800, *tags)).row
    assert (row.vlan, row.outer_vlan, row.b) == (vlan, outer, (B4, 53))


def test_one_conversation_in_two_vlans_is_two_flows() -> None:
    frames = [ethernet(IP4, 0x0800, (0x8100, vlan)) for vlan in (5, 6, 5)]
    rows = read(pcap_of(*frames)).rows
    assert [(row.vlan, row.packets) for row in rows] == [(5, (2, 0)), (6, (1, 0))]


def test_too_many_tags_are_undecodable() -> None:
    frame = ethernet(IP4, 0x0800, *[(0x8100, 1)] * 40)
    assert one(frame).outcomes == {("undecodable", "network: too many layers"): 1}


@pytest.mark.parametrize(
    "inner",
    [IP4, bytes(4) + ethernet(IP4), b"\x22" + ethernet(IP4)[1:]],
    ids=["IP", "Ethernet behind a control word", "Ethernet"],
)
def test_labels_are_followed_to_the_bottom(inner: bytes) -> None:
    row = one(ethernet(mpls(inner, 100, 200, 300), 0x8847)).row
    assert (row.b, row.tunnels) == ((B4, 53), "mpls")


def test_labels_without_a_bottom_are_undecodable() -> None:
    frame = ethernet(mpls(b"", *range(100), bottom=False), 0x8847)
    assert one(frame).outcomes == {("undecodable", "mpls: no bottom of the stack"): 1}


def test_a_provider_backbone_frame_is_entered() -> None:
    frame = ethernet(pack(">I", 0x00_012345) + ethernet(IP4, 0x0800, (0x8100, 9)), 0x88E7)
    row = one(frame).row
    assert (row.tunnels, row.vlan, row.outer_vlan) == (f"pbb:{0x012345}", 9, -1)


# Transports


def test_every_transport_with_ports_gives_them() -> None:
    cases = [
        (6, tcp(1, 2, b"abc", options=b"\2\4\5\xb4")),
        (17, udp(1, 2, b"abc")),
        (132, sctp(1, 2, b"abc")),
        (33, dccp(1, 2, b"abc")),
        (136, udp(1, 2, b"abc")),
    ]
    for protocol, segment in cases:
        for frame in (
            ethernet(ipv4(segment, protocol=protocol)),
            ethernet6(ipv6(segment, next_header=protocol)),
        ):
            row = one(frame).row
            assert (row.has_ports, row.a_port, row.b_port) == (True, 1, 2), protocol
            assert (row.payload, row.heads[0]) == ((3, 0), b"abc"), protocol


def test_other_protocols_are_flows_without_ports() -> None:
    for protocol in (2, 50, 89, 112, 200, 255):
        row = one(ethernet(ipv4(b"12345678", protocol=protocol))).row
        assert (row.has_ports, row.a_port, row.ip_protocol) == (False, 0, protocol)
        assert row.payload == (8, 0)


def test_icmp_in_the_wrong_ip_version_is_just_a_number() -> None:
    assert one(ethernet(ipv4(icmp(128), protocol=58))).row.icmp_type == -1
    assert one(ethernet6(ipv6(icmp(8), next_header=1))).row.icmp_type == -1


def test_ip_options_are_passed_over() -> None:
    row = one(ethernet(ipv4(DATAGRAM, options=b"\x07" * 40))).row
    assert (row.b, row.bytes, row.payload) == ((B4, 53), (76, 0), (8, 0))


def test_padding_behind_the_packet_is_not_payload() -> None:
    row = one(ethernet(ipv4(udp(1, 2, b"x"))).ljust(60, b"\0")).row
    assert (row.bytes, row.payload, row.heads[0]) == ((29, 0), (1, 0), b"x")


def test_the_authentication_header_hides_nothing() -> None:
    row = one(ethernet(ipv4(authentication(17, DATAGRAM), protocol=51))).row
    assert (row.ip_protocol, row.b, row.tunnels) == (17, (B4, 53), "ah")


def test_authentication_headers_in_each_other_do_not_loop() -> None:
    inner = DATAGRAM
    for _ in range(50):
        inner = authentication(51, inner)
    assert one(ethernet(ipv4(inner, protocol=51))).row.ip_protocol == 51


# IPv6 extension headers


def test_extension_headers_are_followed_to_the_transport() -> None:
    chain = extension(43, extension(60, extension(17, DATAGRAM), bytes(14)))
    row = one(ethernet6(ipv6(chain, next_header=0))).row
    assert (row.b, row.ip_protocol, row.bytes, row.payload) == (
        (B6, 53), 17, (40 + 32 + 16, 0), (8, 0),
    )  # fmt: skip


def test_too_many_extension_headers_are_undecodable() -> None:
    chain = DATAGRAM
    for number in range(100):
        chain = extension(60 if number else 17, chain)
    outcomes = one(ethernet6(ipv6(chain, next_header=60))).outcomes
    assert outcomes == {("undecodable", "ipv6: too many extension headers"): 1}


def test_an_extension_header_that_is_longer_than_the_packet_is_undecodable() -> None:
    lying = bytes((17, 255)) + bytes(6) + DATAGRAM
    outcomes = one(ethernet6(ipv6(lying, next_header=0))).outcomes
    assert outcomes == {("undecodable", "ipv6 extension header: cut short"): 1}


def test_no_next_header_is_a_flow_of_protocol_59() -> None:
    assert one(ethernet6(ipv6(b"", next_header=59))).row.ip_protocol == 59


def test_an_atomic_fragment_is_a_whole_packet() -> None:
    row = one(ethernet6(ipv6(fragment6(17, DATAGRAM), next_header=44))).row
    assert (row.b, row.heads[0]) == ((B6, 53), b"question")


# Lengths that lie


def test_total_length_0_is_segmentation_offload_and_the_frame_says_how_long_it_is() -> None:
    segment = tcp(1, 2, bytes(3000))
    row = one(ethernet(ipv4(segment, protocol=6, lie_total=0))).row
    assert (row.bytes, row.payload) == ((3040, 0), (3000, 0))


def test_payload_length_0_is_a_jumbogram_and_the_frame_says_how_long_it_is() -> None:
    segment = tcp(1, 2, bytes(70_000))
    row = one(ethernet6(ipv6(segment, next_header=6, lie_length=0))).row
    assert (row.bytes, row.payload) == ((40 + 20 + 70_000, 0), (70_000, 0))


def test_a_length_beyond_the_frame_is_bounded_by_what_was_on_the_wire() -> None:
    row = one(ethernet(ipv4(DATAGRAM, lie_total=65_535))).row
    assert (row.bytes, row.payload) == ((36, 0), (8, 0))
    row = one(ethernet6(ipv6(DATAGRAM, lie_length=65_535))).row
    assert (row.bytes, row.payload) == ((56, 0), (8, 0))


def test_a_length_below_the_frame_ends_the_packet() -> None:
    row = one(ethernet(ipv4(DATAGRAM, lie_total=32))).row
    assert (row.bytes, row.payload, row.heads[0]) == ((32, 0), (4, 0), b"ques")


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (ipv4(DATAGRAM, lie_total=19), "ipv4: total length below the header length"),
        (ipv4(DATAGRAM, lie_words=4), "ipv4: header length below 20"),
        (ipv4(DATAGRAM, lie_words=15, lie_total=60), "ipv4: cut short"),
        (b"\x55" + IP4[1:], "ipv4: version is not 4"),
        (IP4[:19], "ipv4: cut short"),
        (b"", "ipv4: cut short"),
        (ipv4(DATAGRAM[:3]), "udp: cut short"),
        (ipv4(tcp(1, 2)[:2], protocol=6), "tcp: cut short"),
    ],
)
def test_what_cannot_be_decoded_is_counted_by_layer_and_reason(frame: bytes, reason: str) -> None:
    assert one(ethernet(frame)).outcomes == {("undecodable", reason): 1}


def test_a_whole_header_is_believed_over_the_ethertype() -> None:
    assert one(ethernet(IP6, 0x0800)).row.b == (B6, 53)
    assert one(ethernet(IP4, 0x86DD)).row.b == (B4, 53)


def test_raw_ip_of_another_version_is_undecodable() -> None:
    assert one(b"\x50" + bytes(30), 101).outcomes == {("undecodable", "ip: version 5"): 1}


@pytest.mark.parametrize(
    ("segment", "protocol", "partial"),
    [
        (udp(1, 2, b"abc", lie_length=7), 17, ("udp", "length below 8")),
        (udp(1, 2, b"abc", lie_length=900), 17, ("udp", "length beyond the IP payload")),
        (tcp(1, 2, lie_offset=4), 6, ("tcp", "header length below 20")),
        (tcp(1, 2, lie_offset=15), 6, ("tcp", "header longer than the segment")),
        (tcp(1, 2)[:13], 6, ("tcp", "cut short")),
        (udp(1, 2)[:6], 17, ("udp", "cut short")),
        (sctp(1, 2)[:6], 132, ("sctp", "cut short")),
    ],
)
def test_a_flow_is_kept_as_soon_as_its_ports_are_known(
    segment: bytes, protocol: int, partial: tuple[str, str]
) -> None:
    result = one(ethernet(ipv4(segment, protocol=protocol)))
    assert (result.row.a_port, result.row.b_port) == (1, 2)
    assert dict(result.health.partial) == {partial: 1}


def test_udp_length_0_is_a_jumbogram() -> None:
    assert one(ethernet(ipv4(udp(1, 2, b"abc", lie_length=0)))).row.payload == (3, 0)


def test_padding_behind_the_datagram_inside_ip_is_not_payload() -> None:
    row = one(ethernet(ipv4(udp(1, 2, b"abcdef", lie_length=11)))).row
    assert (row.payload, row.heads[0]) == ((3, 0), b"abc")


# Tunnels

SWAPPED = b"\1\x88" + dot11(llc_snap(INNER), qos=True)[2:]  # frame control of Cisco's
TUNNELS = [
    (ipv4(INNER, protocol=4), "ipip"),
    (ipv4(INNER6, protocol=41), "6in4"),
    (ipv6(INNER6, next_header=41), "ip6ip6"),
    (ipv6(INNER, next_header=4), "ipip"),
    (ipv4(b"\x30\0" + INNER_FRAME, protocol=97), "etherip"),
    (ipv4(gre(0x0800, INNER), protocol=47), "gre"),
    (ipv4(gre(0x0800, INNER, key=77, sequence=1), protocol=47), "gre:77"),
    (ipv4(gre(0x86DD, INNER6), protocol=47), "gre"),
    (ipv4(gre(0x6558, INNER_FRAME, key=5), protocol=47), "gre:5"),
    (ipv4(gre(0x8847, mpls(INNER, 3)), protocol=47), "gre/mpls"),
    (ipv4(gre(0x8200, dot11(llc_snap(INNER), qos=True)), protocol=47), "gre"),
    (ipv4(gre(0x8370, dot11(llc_snap(INNER6, 0x86DD)), key=4), protocol=47), "gre:4"),
    (ipv4(gre(0x883E, INNER), protocol=47), "gre"),
    (ipv4(gre(0x883E, bytes(4) + INNER), protocol=47), "gre"),
    (ipv4(pptp_gre(9, ppp(0x21, INNER)), protocol=47), "pptp"),
    (ipv4(gre(0x88BE, INNER_FRAME), protocol=47), "erspan"),
    (ipv4(erspan2(INNER_FRAME), protocol=47), "erspan"),
    (ipv4(erspan3(INNER_FRAME), protocol=47), "erspan"),
    (ipv4(udp(50000, 4789, vxlan(42, INNER_FRAME))), "vxlan:42"),
    (ipv4(udp(50000, 8472, vxlan(42, INNER_FRAME))), "vxlan:42"),
    (ipv4(udp(50000, 6081, geneve(43, INNER_FRAME, options=bytes(8)))), "geneve:43"),
    (ipv4(udp(50000, 6081, geneve(43, INNER, protocol=0x0800))), "geneve:43"),
    (ipv4(udp(2152, 2152, gtp_user(INNER))), "gtp-u"),
    (ipv4(udp(2152, 2152, gtp_user(INNER6, extended=True))), "gtp-u"),
    (ipv4(udp(1701, 1701, l2tp(ppp(0x21, INNER)))), "l2tp"),
    (ipv4(udp(3544, 40000, INNER6)), "teredo"),
    (ipv4(udp(3544, 40000, bytes(8) + INNER6)), "teredo"),
    (ipv4(udp(50000, 6635, mpls(INNER, 8))), "mpls-udp/mpls"),
    (ipv4(udp(5247, 12380, capwap(INNER_FRAME))), "capwap"),
    (ipv4(udp(12380, 5247, capwap(dot11(llc_snap(INNER)), dot11=True, words=4))), "capwap"),
    (ipv4(udp(12380, 5247, capwap(SWAPPED, dot11=True))), "capwap"),
    (ipv4(authentication(4, INNER), protocol=51), "ah/ipip"),
    (ipv4(udp(50000, 4789, vxlan(1, ethernet(ipv4(gre(0x0800, INNER), protocol=47))))),
     "vxlan:1/gre"),
]  # fmt: skip
FAILING = [
    (ipv4(b"\x45" + bytes(10), protocol=4), 4, "ipv4"),
    (ipv4(gre(0x0800, INNER[:10]), protocol=47), 47, "ipv4"),
    (ipv4(gre(0x0800, b"\x95" + bytes(40)), protocol=47), 47, "ipv4"),
    (ipv4(gre(0x88CC, bytes(40)), protocol=47), 47, ""),
    (ipv4(pptp_gre(9, ppp(0xC021, bytes(10))), protocol=47), 47, ""),
    (ipv4(gre(0x0800, INNER)[:3], protocol=47), 47, ""),
    (ipv4(udp(50000, 4789, vxlan(42, INNER_FRAME[:30]))), 17, ""),
    (ipv4(udp(50000, 4789, vxlan(42, ethernet(bytes(28), 0x0806)))), 17, ""),
    (ipv4(udp(50000, 4789, b"not a tunnel")), 17, ""),
    (ipv4(udp(50000, 6081, b"not a tunnel at all")), 17, ""),
    (ipv4(udp(2152, 2152, b"\x32\x01\0\4\0\0\0\0\0\0\0\0")), 17, ""),
    (ipv4(udp(1701, 1701, b"\xc8\x02\0\x0c" + bytes(8))), 17, ""),
    (ipv4(udp(3544, 40000, b"solicitation")), 17, ""),
    (ipv4(gre(0x8205, dot11(llc_snap(INNER))), protocol=47), 47, ""),
    (ipv4(gre(0x8200, b"\x80" + dot11(llc_snap(INNER))[1:]), protocol=47), 47, ""),
    (ipv4(gre(0x8200, b"\x08"), protocol=47), 47, "802.11"),
    (ipv4(udp(12380, 5247, b"\1\0\0\0" + bytes(60))), 17, ""),
    (ipv4(udp(12380, 5247, capwap(INNER_FRAME, words=1)[:8] + INNER_FRAME)), 17, ""),
    (ipv4(udp(12380, 5247, capwap(INNER_FRAME, fragment=8))), 17, ""),
    (ipv4(udp(12380, 5247, capwap(INNER_FRAME, words=31)[:40])), 17, ""),
    (ipv4(udp(12380, 5247, capwap(b"\x08", dot11=True))), 17, ""),
    (ipv4(udp(12380, 5247, b"\0\x10\2\x08" + bytes(4) + INNER_FRAME)), 17, ""),
    (ipv4(udp(12380, 5247, b"\0\x10\5\0" + bytes(4) + dot11(llc_snap(INNER)))), 17, ""),
]


@pytest.mark.parametrize(("packet", "name"), TUNNELS)
def test_tunnels_are_decoded_to_the_innermost_and_recorded(packet: bytes, name: str) -> None:
    frame = ethernet(packet) if packet[0] >> 4 == 4 else ethernet6(packet)
    row = one(ethernet(packet, 0x0800, (0x8100, 3)) if packet[0] >> 4 == 4 else frame).row
    assert row.tunnels == name
    assert row.a[0] in ("192.168.7.1", "fd77::1")
    assert (row.a_port, row.b_port, row.payload, row.heads[0]) == (40000, 53, (8, 0), b"question")


@pytest.mark.parametrize(("packet", "protocol", "layer"), FAILING)
def test_if_the_inner_packet_cannot_be_decoded_the_outer_flow_stays(
    packet: bytes, protocol: int, layer: str
) -> None:
    result = one(ethernet(packet, 0x0800, (0x8100, 3)))
    row = result.row
    assert (row.a[0], row.b[0], row.ip_protocol, row.vlan) == (A4, B4, protocol, 3)
    assert (row.tunnels, row.bytes[0]) == ("", len(packet))
    if layer:
        assert [key[0] for key in result.health.partial] == [f"inside tunnel: {layer}"]


def test_a_tunnel_whose_second_inner_packet_fails_is_entered_as_far_as_it_goes() -> None:
    inner = ipv4(b"\x45" + bytes(8), "192.168.7.1", "192.168.7.2", protocol=4)
    row = one(ethernet(ipv4(gre(0x0800, inner, key=1), protocol=47))).row
    assert (row.tunnels, row.a[0], row.ip_protocol) == ("gre:1", "192.168.7.1", 4)


def test_the_inner_vlan_counts_not_the_outer_one() -> None:
    inner = ethernet(INNER, 0x0800, (0x8100, 77))
    frame = ethernet(ipv4(udp(50000, 4789, vxlan(42, inner))), 0x0800, (0x8100, 3))
    assert one(frame).row.vlan == 77


def test_both_directions_of_a_tunnel_are_one_flow() -> None:
    back = ipv4(udp(53, 40000, b"answer"), "192.168.7.2", "192.168.7.1")
    frames = [
        ethernet(ipv4(udp(50000, 4789, vxlan(42, ethernet(INNER))))),
        ethernet(ipv4(udp(50001, 4789, vxlan(42, ethernet(back))), B4, A4)),
    ]
    assert read(pcap_of(*frames)).row.packets == (1, 1)


def test_tunnels_in_tunnels_end_somewhere() -> None:
    packet = INNER
    for _ in range(200):
        packet = ipv4(packet, protocol=4)
    row = one(ethernet(packet)).row
    assert row.ip_protocol == 4
    assert row.tunnels.count("ipip") == 15


# Fragments


def pieces(number: int = 3) -> list[bytes]:
    """A datagram of 24 * number bytes in fragments of 24."""
    return fragments4(udp(40000, 53, bytes(n % 256 for n in range(24 * number - 8))), 24)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (1, 2, 0)])
def test_fragments_follow_the_flow_of_their_head_whatever_their_order(
    order: tuple[int, int, int],
) -> None:
    parts = pieces()
    result = read(pcap_of(*[ethernet(parts[place]) for place in order]))
    row = result.row
    assert (row.b, row.packets, row.bytes) == ((B4, 53), (3, 0), (72 + 60, 0))
    assert row.payload == (64, 0)
    assert row.heads[0] == bytes(range(16))
    assert result.outcomes == {("in flow", ""): 3}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_ipv6_fragments_follow_the_flow_of_their_head(order: tuple[int, int]) -> None:
    datagram = udp(40000, 53, bytes(40))
    parts = [
        ipv6(fragment6(17, datagram[:24], more=True), next_header=44),
        ipv6(fragment6(17, datagram[24:], offset=24), next_header=44),
    ]
    row = read(pcap_of(*[ethernet6(parts[place]) for place in order])).row
    assert (row.b, row.packets, row.payload) == ((B6, 53), (2, 0), (40, 0))


def test_fragments_without_a_head_are_counted_so() -> None:
    result = read(pcap_of(*[ethernet(part) for part in pieces(4)[1:]]))
    assert not result.rows
    assert result.outcomes == {("fragment without head", ""): 3}
    assert result.health.first_frames["fragment without head", ""] == (0, 1)


def test_fragments_wait_for_a_head_only_in_bounds() -> None:
    parts = pieces(200)
    result = read(pcap([(START, ethernet(part)) for part in [*parts[1:], parts[0]]]))
    assert result.row.packets == (65, 0)
    assert result.outcomes == {("in flow", ""): 65, ("fragment without head", ""): 135}


def test_many_datagrams_without_heads_are_bounded_and_still_add_up() -> None:
    tail = pieces()[1]
    frames = [
        ethernet(tail[:4] + pack(">H", ident) + tail[6:12] + bytes((10, host, 0, 1)) + tail[16:])
        for host in range(3)
        for ident in range(2000)
    ]
    assert read(pcap_of(*frames)).outcomes == {("fragment without head", ""): 6000}


def test_fragments_of_two_hosts_with_one_identification_are_kept_apart() -> None:
    datagram = udp(40000, 53, bytes(40))
    both = [fragments4(datagram, 24, source) for source in ("10.0.0.1", "10.0.0.3")]
    frames = [ethernet(part) for pair in zip(*both, strict=True) for part in pair]
    rows = read(pcap_of(*frames)).rows
    assert sorted((row.a[0], sum(row.packets)) for row in rows) == [
        ("10.0.0.1", 2),
        ("10.0.0.2", 2),
    ]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_fragments_of_a_tunnel_follow_the_inner_flow(order: tuple[int, int]) -> None:
    inner = ipv4(udp(40000, 53, bytes(100)), "192.168.7.1", "192.168.7.2")
    parts = fragments4(gre(0x0800, inner, key=4), 64, protocol=47)[:2]
    row = read(pcap_of(*[ethernet(parts[place]) for place in order])).row
    assert (row.tunnels, row.a, row.packets) == ("gre:4", ("192.168.7.1", 40000), (2, 0))


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
def test_fragments_of_a_tcp_segment_are_in_its_sequence_space(
    order: tuple[int, int, int],
) -> None:
    segment = tcp(40000, 80, bytes(100), seq=5000, options=b"\1" * 4)
    parts = fragments4(segment, 48, protocol=6)
    later = ipv4(tcp(40000, 80, bytes(10), seq=5100), protocol=6)
    again = ipv4(tcp(40000, 80, bytes(100), seq=5000), protocol=6)
    frames = [parts[place] for place in order] + [later, again]
    row = read(pcap_of(*[ethernet(frame) for frame in frames])).row
    assert (row.a_seq, row.a_span, row.a_payload) == (5000, 110, 210)


def test_a_first_fragment_that_ends_before_the_ports_is_undecodable() -> None:
    head = ipv4(b"\0\1", more=True)
    assert one(ethernet(head)).outcomes == {("undecodable", "udp: cut short"): 1}


# Whatever the bytes are


def outcome_of(frame: bytes, link_type: int, wire: int) -> None:
    """``read`` asserts that the counters add up; nothing may be raised."""
    data = pcap_header(link_type=link_type, magic=0xA1B23C4D)
    result = read(data + pcap_record(0, frame, tick=1, wire=max(wire, len(frame))))
    assert result.health.frames == 1
    assert len(result.rows) == result.outcomes.get(("in flow", ""), 0)


@settings(max_examples=25)
@pytest.mark.parametrize("link_type", sorted(_DECODERS))
@given(frame=st.binary(max_size=120), wire=st.integers(0, 2000))
def test_random_bytes_end_in_exactly_one_counter(link_type: int, frame: bytes, wire: int) -> None:
    outcome_of(frame, link_type, wire)


VALID = (
    LINKS
    + LINKS6
    + [(101, packet) for packet, _ in TUNNELS]
    + [(101, packet) for packet, _, _ in FAILING]
    + [(101, part) for part in pieces()]
    + [
        (1, ethernet(mpls(ethernet(IP4), 1, 2), 0x8847)),
        (101, ipv6(extension(43, fragment6(17, DATAGRAM, more=True)), next_header=0)),
        (101, ipv4(tcp(1, 2, b"x" * 30, flags=SYN | ACK, options=b"\2\4\5\xb4"), protocol=6)),
        (101, ipv6(icmp(128, ident=4), next_header=58)),
    ]
)


@pytest.mark.parametrize("wire_is_whole", [True, False])
def test_frames_cut_at_every_length_end_in_exactly_one_counter(*, wire_is_whole: bool) -> None:
    cuts = 0
    for link_type, frame in VALID:
        data = pcap_header(link_type=link_type, magic=0xA1B23C4D)
        for length in range(len(frame)):
            wire = len(frame) if wire_is_whole else length
            data += pcap_record(0, frame[:length], tick=1, wire=wire)
            cuts += 1
        assert read(data).health.frames == len(frame)
    assert cuts > 4000


def test_a_frame_cut_behind_its_ports_is_in_the_flow_of_the_whole_frame() -> None:
    for link_type, frame in LINKS:
        whole = one(frame, link_type).row
        size = len(frame) - (4 if frame.endswith(b"FCS!") else 0)
        for length in range(size - 8, size):
            data = pcap_header(link_type=link_type, magic=0xA1B23C4D)
            row = read(data + pcap_record(0, frame[:length], tick=1, wire=len(frame))).rows[0]
            if not frame.endswith(b"FCS!"):
                assert (row.a, row.b, row.bytes) == (whole.a, whole.b, whole.bytes)
                assert row.payload == whole.payload


@settings(max_examples=400)
@given(
    case=st.sampled_from(VALID),
    changes=st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), min_size=1, max_size=6),
    cut=st.integers(0, 30),
)
def test_damaged_frames_end_in_exactly_one_counter(
    case: tuple[int, bytes], changes: list[tuple[int, int]], cut: int
) -> None:
    link_type, frame = case
    damaged = bytearray(frame)
    for place, value in changes:
        damaged[place % len(damaged)] = value
    outcome_of(bytes(damaged[: len(damaged) - cut]), link_type, len(frame))
