"""TShark's dissectors and the portable decoders make the same rows of the same frames."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from tshark_cases import (
    A4,
    A6,
    B4,
    B6,
    DOT11,
    ETHERNET,
    HDLC,
    NFLOG,
    NULL,
    PPP,
    RAW,
    SLL,
    SLL2,
    USB,
    USER0,
    account,
    block,
    ether,
    icmp,
    ip4,
    ip6,
    option,
    pcap,
    rows,
    tcp,
    udp,
    vlan,
    without_heads,
)

import quotes
from classifier.engine.portable import PortableEngine
from classifier.engine.tshark import TsharkEngine

if TYPE_CHECKING:
    from pathlib import Path

IP4, IP6, ARP, VLAN, QINQ, MPLS = 0x0800, 0x86DD, 0x0806, 0x8100, 0x88A8, 0x8847
SYN, ACK, PSH, FIN, RST = 2, 16, 8, 1, 4
QUERY = bytes.fromhex("1234 0100 0001 0000 0000 0000 0161 0000 0100 01")
INNER_TCP = ip4(6, tcp(40000, 445, SYN, 5), "172.16.0.1", "172.16.0.2")
INNER_UDP = ip4(17, udp(5353, 53, QUERY), "172.16.0.2", "172.16.0.1")
ERSPAN = bytes.fromhex("1001000100000000")
INNER_6 = ip6(17, udp(6000, 6001, b"six"), "fd01::1", "fd01::2")

CONVERSATION = [
    ip4(6, tcp(50000, 80, SYN, 0xFFFFFFF0, options=bytes.fromhex("020405b4"))),
    ip4(6, tcp(80, 50000, SYN | ACK, 77, 0xFFFFFFF1), B4, A4),
    ip4(6, tcp(50000, 80, ACK | PSH, 0xFFFFFFF1, 78, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")),
    ip4(6, tcp(80, 50000, ACK | PSH | 0x40 | 0x80, 78, 10, b"HTTP/1.1 200 OK\r\n\r\n"), B4, A4),
    ip4(6, tcp(50000, 80, FIN | ACK, 10, 97)),
    ip4(6, tcp(80, 50000, RST, 97, 0, b"go away"), B4, A4),
]
DATAGRAMS = [
    ip4(17, udp(53000, 53, QUERY)),
    ip4(17, udp(53, 53000, QUERY + b"answer"), B4, A4),
    ip6(17, udp(546, 547, b"\x01abc")),
    ip4(17, udp(9, 9, b"")),
    ip4(17, udp(40001, 40002, b"padded to sixty bytes"), options=b"\x94\x04\0\0"),
]
OTHER_TRANSPORTS = [
    ip4(132, struct.pack(">HHII", 38412, 38412, 1, 0) + bytes.fromhex("0a00000801020304")),
    ip4(33, struct.pack(">HHBBHBBH", 5001, 5002, 4, 0, 0, 0, 0, 1) + b"\0\0\0\0" + b"dccp"),
    ip4(136, struct.pack(">HHHH", 700, 701, 8, 0) + b"light"),
    ip4(50, bytes.fromhex("00001001 00000001") + b"x" * 32),
    ip4(89, bytes.fromhex("0201002c 0a000001 00000000 0000 0000") + bytes(28)),
    ip4(200, b"no name for this"),
    ip6(59, b""),
]
ICMPS = [
    ip4(1, icmp(8, 0, 4242, b"0123456789abcdef")),
    ip4(1, icmp(0, 0, 4242, b"0123456789abcdef"), B4, A4),
    ip4(1, icmp(3, 3, 0, ip4(17, udp(1, 2, b""), B4, A4))),
    ip4(1, icmp(13, 0, 99, bytes(12))),
    ip6(58, icmp(128, 0, 77, b"ping")),
    ip6(58, icmp(129, 0, 77, b"ping"), B6, A6),
    ip6(58, icmp(135, 0, 0, bytes(16))),
    ip6(58, icmp(139, 0, 2, bytes(24))),
    ip6(58, icmp(1, 4, 0, ip6(6, tcp(1, 2, SYN), B6, A6))),
]
VLANS = [
    ether(VLAN, vlan(0x2064, IP4, DATAGRAMS[0])),
    ether(VLAN, vlan(100, IP4, DATAGRAMS[1])),
    ether(QINQ, vlan(300, VLAN, vlan(20, IP4, DATAGRAMS[0]))),
    ether(QINQ, vlan(300, QINQ, vlan(23, IP4, DATAGRAMS[0]))),
    ether(QINQ, vlan(302, ARP, bytes(28))),
    ether(0x9100, vlan(303, VLAN, vlan(24, IP4, DATAGRAMS[0]))),
    ether(0x9200, vlan(304, IP4, DATAGRAMS[0])),
    ether(VLAN, vlan(301, VLAN, vlan(21, VLAN, vlan(22, IP6, DATAGRAMS[2])))),
    ether(VLAN, vlan(5, ARP, bytes(28))),
    ether(VLAN, vlan(6, 38, bytes.fromhex("424203") + bytes(35))),
]
NOT_IP = [
    ether(ARP, bytes.fromhex("0001080006040001") + bytes(20)),
    ether(0x88CC, bytes.fromhex("0207040200000000a0 0403057031 06020078 0000")),
    ether(0x9999, b"who knows"),
    ether(0x05DD, b"between length and type"),
    ether(38, bytes.fromhex("424203") + bytes(35)),
    ether(32, bytes.fromhex("ffff0022000400000000ffffffffffff04530000000000000000000004530001")),
    ether(60, bytes.fromhex("aaaa0300000c2000 02b40000") + bytes(48)),
    ether(30, bytes.fromhex("f0f003") + bytes(27)),
    ether(48, bytes.fromhex("fefe0383") + bytes(44)),
    ether(60, bytes.fromhex("aaaa03000081 01a2") + bytes(52)),
]
SNAP = [ether(8 + len(DATAGRAMS[0]), bytes.fromhex("aaaa030000000800") + DATAGRAMS[0])]
LOGGED = ip4(17, udp(1, 2, b"bytes of it"))
WIRELESS = bytes(22) + bytes.fromhex("aaaa030000000800") + INNER_UDP
TUNNELS = [
    ip4(4, INNER_TCP),
    ip4(41, INNER_6),
    ip6(4, INNER_TCP),
    ip6(41, INNER_6),
    ip4(47, struct.pack(">HHI", 0x2000, IP4, 4711) + INNER_TCP),
    ip4(47, struct.pack(">HH", 0, IP6) + INNER_6),
    ip4(47, struct.pack(">HHI", 0x1000, 0x6558, 1) + ether(IP4, INNER_UDP)),
    ip4(47, struct.pack(">HHI", 0x1000, 0x88BE, 1) + ERSPAN + ether(VLAN, vlan(9, IP4, INNER_UDP))),
    ip4(47, struct.pack(">HHHHI", 0x3001, 0x880B, 4, 815, 1) + b"\xff\x03\x00\x21" + INNER_UDP),
    ip4(47, struct.pack(">HHHHI", 0x2081, 0x880B, 0, 816, 1)),
    ip4(47, struct.pack(">HHHH", 0, IP4, 0x47, 0) + b"cut inner header"),
    ip4(17, udp(33000, 4789, struct.pack(">II", 0x08000000, 5001 << 8) + ether(IP4, INNER_TCP))),
    ip4(17, udp(33000, 8472, struct.pack(">II", 0x08000000, 77 << 8) + ether(IP6, INNER_6))),
    ip4(17, udp(33000, 4789, struct.pack(">II", 0x08000000, 1 << 8) + ether(ARP, bytes(28)))),
    ip4(17, udp(33000, 6081, struct.pack(">HHI", 0, 0x6558, 99 << 8) + ether(IP4, INNER_TCP))),
    ip4(17, udp(2152, 2152, struct.pack(">BBHI", 0x30, 255, len(INNER_UDP), 1) + INNER_UDP)),
    ip4(
        17,
        udp(2152, 2152, struct.pack(">BBHII", 0x32, 255, len(INNER_6) + 4, 1, 7 << 16) + INNER_6),
    ),
    ip4(17, udp(2152, 2152, struct.pack(">BBHII", 0x32, 1, 4, 0, 7 << 16))),
    ip4(17, udp(3544, 3544, INNER_6)),
    ip4(17, udp(1701, 1701, struct.pack(">HHH", 2, 1, 2) + b"\xff\x03\x00\x21" + INNER_UDP)),
    ip4(17, udp(50123, 6635, struct.pack(">I", 16 << 12 | 0x100 | 64) + INNER_TCP)),
    ip4(51, struct.pack(">BBHII", 6, 4, 0, 1, 1) + bytes(12) + tcp(7000, 7001, SYN)),
    ip4(97, b"\x30\x00" + ether(IP4, INNER_UDP)),
    ip4(47, struct.pack(">HH", 0, 0x8200) + b"\x08\x01" + WIRELESS),
    ip4(17, udp(12380, 5247, bytes.fromhex("0010030000000000") + b"\x01\x08" + WIRELESS)),
    ip4(17, udp(5247, 12380, bytes.fromhex("0010020000000000") + ether(IP4, INNER_UDP))),
    ip4(4, ip4(47, struct.pack(">HHI", 0x2000, IP4, 8) + INNER_UDP, "172.17.0.1", "172.17.0.2")),
]
BELOW_IP = [
    ether(MPLS, struct.pack(">I", 16 << 12 | 0x100 | 64) + DATAGRAMS[0]),
    ether(MPLS, struct.pack(">II", 16 << 12 | 64, 17 << 12 | 0x100 | 64) + DATAGRAMS[2]),
    ether(0x8864, struct.pack(">BBHHH", 0x11, 0, 4242, len(DATAGRAMS[0]) + 2, 0x21) + DATAGRAMS[0]),
    ether(0x8864, struct.pack(">BBHHH", 0x11, 0, 4242, 6, 0xC021) + bytes.fromhex("01010004")),
    ether(0x88E7, struct.pack(">I", 2014000) + ether(IP4, DATAGRAMS[0])),
]
BIG = udp(2049, 800, bytes(range(200)) * 4)
FRAGMENTS = [
    ip4(17, BIG[:400], ident=1, fragment=0x2000),
    ip4(17, BIG[400:], ident=1, fragment=50),
    ip4(17, BIG[400:], ident=2, fragment=50),
    ip4(17, BIG[:400], ident=2, fragment=0x2000),
    ip4(17, BIG[400:], ident=3, fragment=50),
    ip6(44, struct.pack(">BBHI", 17, 0, 1, 9) + BIG[:400]),
    ip6(44, struct.pack(">BBHI", 17, 0, 400, 9) + BIG[400:]),
    ip6(44, struct.pack(">BBHI", 17, 0, 0, 10) + udp(1, 2, b"atomic")),
    ip4(6, tcp(60000, 25, ACK, 100, 1, bytes(380)), ident=4, fragment=0x2000),
    ip4(6, bytes(100), ident=4, fragment=50),
    ip4(1, icmp(8, 0, 31, bytes(392)), ident=5, fragment=0x2000),
    ip4(1, bytes(100), ident=5, fragment=50),
]
EXTENSIONS = [
    ip6(0, bytes.fromhex("1100050200000100") + udp(1000, 2000, b"hop")),
    ip6(60, bytes.fromhex("2b00010400000000 0602000100000000") + bytes(16) + tcp(3, 4, SYN)),
    ip6(0, bytes.fromhex("3a00050200000100") + icmp(143, 0, 0, bytes(20))),
]
BAD = [
    ip4(17, udp(1, 2, b"abc"), length=19),
    ip4(17, udp(1, 2, b"abc"), head=0x44),
    ip4(17, udp(1, 2, b"abc"), length=200),
    ip4(17, udp(1, 2, b"abc"), length=0),
    ip4(17, udp(1, 2, b"abc", length=7)),
    ip4(17, udp(1, 2, b"abc", length=0)),
    ip4(17, udp(1, 2, b"abc", length=100)),
    ip4(17, b"\0\1"),
    ip4(17, b"\0\1\0\2\0"),
    ip4(6, tcp(1, 2, SYN)[:12] + b"\x10" + tcp(1, 2, SYN)[13:]),
    ip4(6, tcp(1, 2, SYN)[:12] + b"\xf0" + tcp(1, 2, SYN)[13:]),
    ip4(6, tcp(1, 2, SYN)[:15]),
    ip4(1, b"\x08"),
    ip4(17, udp(1, 2, b"abc"), head=0x4F),
    ip6(0, b"\x11\x09"),
    ip6(17, b""),
    b"",
]
PADDED = [
    ether(IP4, (CONVERSATION[0] + bytes(60))[:46]),
    ether(IP4, (ip4(17, udp(1, 2, b"x")) + bytes(60))[:46]),
]


def on_ethernet(packets: list[bytes]) -> bytes:
    return pcap([ether(IP6 if packet[:1] > b"\x5f" else IP4, packet) for packet in packets])


def two_interfaces() -> bytes:
    """A pcapng section with Ethernet in µs and raw IP in ns, and a comment."""
    first, second = ether(IP4, DATAGRAMS[0]), DATAGRAMS[1]
    micro = 1_700_000_000_123_456
    nano = 1_700_000_000_123_456_789
    parts = [
        block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + option(4, b"a test")),
        block(1, struct.pack("<HHI", ETHERNET, 0, 0) + option(2, b"eth7") + option(0, b"")),
        block(1, struct.pack("<HHI", RAW, 0, 0) + option(9, b"\x09") + option(0, b"")),
    ]
    for number, time, data in ((0, micro, first), (1, nano, second)):
        head = struct.pack("<IIIII", number, time >> 32, time & 0xFFFFFFFF, len(data), len(data))
        body = head + data + bytes(-len(data) % 4)
        parts.append(block(6, body + option(1, b"look here") + option(0, b"")))
    return b"".join(parts)


# Of 8 bytes of SCTP TShark shows nothing.
QUOTED = {name: frame for name, frame in quotes.FLOWS.items() if name != "sctp"}

CASES = {
    "tcp": on_ethernet(CONVERSATION),
    "udp": on_ethernet(DATAGRAMS),
    "other transports": on_ethernet(OTHER_TRANSPORTS),
    "icmp": on_ethernet(ICMPS),
    "icmp errors": pcap(
        [
            *QUOTED.values(),
            *(it[0] for it in quotes.ERRORS.values() if it[1] in QUOTED),
            *(it for name, it in quotes.NOTHING.items() if name != "another version over IPv6"),
        ]
    ),
    "vlan": pcap(VLANS),
    "not ip": pcap(NOT_IP),
    "snap": pcap(SNAP),
    "tunnels": on_ethernet(TUNNELS),
    "below ip": pcap(BELOW_IP),
    "fragments": on_ethernet(FRAGMENTS),
    "extension headers": on_ethernet(EXTENSIONS),
    "bad": on_ethernet(BAD),
    "padded": pcap(PADDED),
    "raw": pcap([*DATAGRAMS, b"\xf0" + bytes(40)], RAW),
    "null": pcap(
        [b"\2\0\0\0" + DATAGRAMS[0], b"\x1e\0\0\0" + DATAGRAMS[2], b"\x63\0\0\0abcdefgh"], NULL
    ),
    "sll": pcap([bytes(14) + b"\x08\x00" + DATAGRAMS[0], bytes(14) + b"\x08\x06" + bytes(28)], SLL),
    "sll2": pcap([b"\x08\x00" + bytes(18) + DATAGRAMS[0]], SLL2),
    "ppp": pcap(
        [
            b"\xff\x03\x00\x21" + DATAGRAMS[0],
            b"\x00\x57" + DATAGRAMS[2],
            b"\xff\x03\xc0\x21\1\1\0\4",
        ],
        PPP,
    ),
    "hdlc": pcap([b"\x0f\0\x08\0" + DATAGRAMS[0], b"\x8f\0\x80\x35" + bytes(18)], HDLC),
    "802.11": pcap(
        [
            b"\x08\x02" + bytes(22) + bytes.fromhex("aaaa030000000800") + DATAGRAMS[0],
            b"\x80\x00" + bytes(34),
            b"\xd4\x00" + bytes(8),
            b"\x08\x42" + bytes(40),
            b"\x48\x01" + bytes(22),
        ],
        DOT11,
    ),
    "bridge's log": pcap(
        [bytes.fromhex("07000000 0800 0100 0800 0300 2b00 0900") + LOGGED + b"\0"],
        NFLOG,
    ),
    "no such link": pcap([bytes(64), bytes(64)], USB),
    "anybody's link": pcap([bytes(64), bytes(64)], USER0),
    "no frames": pcap([]),
    "two interfaces": two_interfaces(),
}


@pytest.mark.parametrize("case", CASES)
def test_both_engines_make_the_same_rows_and_the_same_account(case: str, tmp_path: Path) -> None:
    path = tmp_path / "case.pcap"
    path.write_bytes(CASES[case])

    expected, expected_health = rows(PortableEngine(), path)
    found, health = rows(TsharkEngine(), path)

    assert without_heads(found) == without_heads(expected)
    assert account(health) == account(expected_health)
    assert health.adds_up
    for ours, theirs in zip(found, expected, strict=True):
        if ours["ip_protocol"] in (6, 17):
            assert ours["heads"] == theirs["heads"]
        else:  # TShark shows the payload of few other protocols, and of those from some byte on
            for our, their in zip(ours["heads"], theirs["heads"], strict=True):
                assert our in their


@pytest.mark.parametrize(
    "packet",
    [
        pytest.param(ether(VLAN, vlan(7, IP4, CONVERSATION[2])), id="vlan tcp"),
        pytest.param(ether(IP6, EXTENSIONS[0]), id="ipv6 udp"),
        pytest.param(ether(IP4, TUNNELS[4]), id="gre"),
        pytest.param(ether(IP4, ICMPS[0]), id="icmp"),
        pytest.param(ether(IP4, TUNNELS[11]), id="vxlan"),
        pytest.param(SNAP[0], id="snap"),
    ],
)
def test_a_frame_cut_anywhere_ends_the_same_in_both_engines(packet: bytes, tmp_path: Path) -> None:
    path = tmp_path / "cut.pcap"
    # TShark shows nothing of an ICMP header that is cut below 6 bytes.
    kept = [size for size in range(len(packet)) if packet[23] != 1 or not 36 <= size < 40]
    path.write_bytes(pcap([packet] * len(kept), kept=kept))

    expected, expected_health = rows(PortableEngine(), path)
    found, health = rows(TsharkEngine(), path)

    assert account(health) == account(expected_health)
    assert without_heads(found) == without_heads(expected)


def test_times_are_exact_to_the_nanosecond(tmp_path: Path) -> None:
    times = [1, 999_999_999, 1_700_000_000_123_456_789, 4_294_967_295_999_999_999]
    frames = [ether(IP4, ip4(17, udp(port, 9, b""))) for port in range(1, 5)]
    path = tmp_path / "times.pcap"
    path.write_bytes(pcap(frames, times=times))

    found, _ = rows(TsharkEngine(), path)

    assert sorted(row["first_seen"] for row in found) == times


def test_frames_with_one_time_or_running_backward_are_counted_as_such(tmp_path: Path) -> None:
    path = tmp_path / "back.pcap"
    path.write_bytes(pcap([ether(IP4, DATAGRAMS[0])] * 3, times=[5_000_000_000, 4, 4]))

    _, health = rows(TsharkEngine(), path)

    file = health.captures[0]
    assert (file.first_seen, file.last_seen, file.backward_steps) == (4, 5_000_000_000, 1)
