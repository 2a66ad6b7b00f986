"""Bytes of frames and capture files, for tests: one small function a layer, innermost first.

A frame is read from the inside out: ``ethernet(ipv4(udp(53, 4000, b"hello")))``. Every function
returns bytes; lengths and checksums that no reader checks are left 0. Arguments that begin with
``lie_`` replace a field with a wrong value.
"""

from __future__ import annotations

from ipaddress import ip_address
from struct import pack
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

A4, B4, C4 = "10.0.0.1", "10.0.0.2", "10.0.0.3"
A6, B6 = "fd00::1", "fd00::2"
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
SECOND = 1_000_000_000
START = 1_700_000_000 * SECOND
"""A time that is a round number of seconds: November 2023."""


# Transports


def tcp(
    source: int,
    destination: int,
    payload: bytes = b"",
    *,
    flags: int = ACK,
    seq: int = 1,
    ack: int = 1,
    options: bytes = b"",
    lie_offset: int | None = None,
) -> bytes:
    """A TCP segment (RFC 9293)."""
    options = options.ljust(len(options) + -len(options) % 4, b"\1")
    words = 5 + len(options) // 4 if lie_offset is None else lie_offset
    head = pack(
        ">HHIIBBHHH", source, destination, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF,
        words << 4, flags, 8192, 0, 0,
    )  # fmt: skip
    return head + options + payload


def udp(
    source: int, destination: int, payload: bytes = b"", *, lie_length: int | None = None
) -> bytes:
    """A UDP datagram (RFC 768); UDP-Lite has the same form."""
    length = 8 + len(payload) if lie_length is None else lie_length
    return pack(">HHHH", source, destination, length & 0xFFFF, 0) + payload


def sctp(source: int, destination: int, chunks: bytes = b"") -> bytes:
    """An SCTP packet (RFC 9260)."""
    return pack(">HHII", source, destination, 1, 0) + chunks


def dccp(source: int, destination: int, payload: bytes = b"") -> bytes:
    """A DCCP packet with the short header of three words (RFC 4340)."""
    return pack(">HHBBHB3x", source, destination, 3, 0, 0, 0) + payload


def icmp(kind: int, code: int = 0, ident: int = 0, payload: bytes = b"") -> bytes:
    """An ICMP or ICMPv6 message (RFC 792, RFC 4443)."""
    return pack(">BBHHH", kind, code, 0, ident, 1) + payload


# IP


def ipv4(
    payload: bytes,
    source: str = A4,
    destination: str = B4,
    *,
    protocol: int = 17,
    options: bytes = b"",
    ident: int = 1,
    offset: int = 0,
    more: bool = False,
    lie_total: int | None = None,
    lie_words: int | None = None,
) -> bytes:
    """An IPv4 packet (RFC 791); ``offset`` in bytes."""
    options = options.ljust(len(options) + -len(options) % 4, b"\0")
    words = 5 + len(options) // 4 if lie_words is None else lie_words
    total = 20 + len(options) + len(payload) if lie_total is None else lie_total
    head = pack(
        ">BBHHHBBH4s4s", 0x40 | words, 0, total, ident, more << 13 | offset // 8, 64, protocol, 0,
        ip_address(source).packed, ip_address(destination).packed,
    )  # fmt: skip
    return head + options + payload


def ipv6(
    payload: bytes,
    source: str = A6,
    destination: str = B6,
    *,
    next_header: int = 17,
    lie_length: int | None = None,
) -> bytes:
    """An IPv6 packet (RFC 8200); extension headers are part of the payload."""
    length = len(payload) if lie_length is None else lie_length
    addresses = ip_address(source).packed + ip_address(destination).packed
    return pack(">IHBB", 6 << 28, length, next_header, 64) + addresses + payload


def extension(next_header: int, payload: bytes, body: bytes = b"\1\4\0\0\0\0") -> bytes:
    """A hop-by-hop, routing or destination options header of 8 bytes or more."""
    size = (len(body) + 2 + 7) // 8
    return bytes((next_header, size - 1)) + body.ljust(size * 8 - 2, b"\0") + payload


def fragment6(
    next_header: int, payload: bytes, *, offset: int = 0, more: bool = False, ident: int = 1
) -> bytes:
    """An IPv6 fragment header."""
    return pack(">BBHI", next_header, 0, offset | more, ident) + payload


def authentication(next_header: int, payload: bytes) -> bytes:
    """An authentication header with 12 bytes of check value (RFC 4302)."""
    return pack(">BBHII12x", next_header, 4, 0, 7, 1) + payload


def fragments4(
    datagram: bytes, size: int, source: str = A4, destination: str = B4, *, protocol: int = 17
) -> list[bytes]:
    """The IPv4 fragments of a datagram, ``size`` bytes each (a multiple of 8)."""
    return [
        ipv4(
            datagram[place : place + size],
            source,
            destination,
            protocol=protocol,
            ident=77,
            offset=place,
            more=place + size < len(datagram),
        )
        for place in range(0, len(datagram), size)
    ]


# Tunnels


def gre(
    protocol: int, payload: bytes, *, key: int | None = None, sequence: int | None = None
) -> bytes:
    """GRE (RFC 2784, 2890)."""
    flags = (0x2000 if key is not None else 0) | (0x1000 if sequence is not None else 0)
    head = pack(">HH", flags, protocol)
    for value in (key, sequence):
        head += b"" if value is None else pack(">I", value)
    return head + payload


def pptp_gre(call: int, payload: bytes) -> bytes:
    """Enhanced GRE with a PPP frame (RFC 2637)."""
    return pack(">HHHHI", 0x3001, 0x880B, len(payload), call, 1) + payload


def erspan2(payload: bytes) -> bytes:
    """GRE with ERSPAN type II around an Ethernet frame."""
    return gre(0x88BE, pack(">II", 1 << 28, 0) + payload, sequence=1)


def erspan3(payload: bytes) -> bytes:
    """GRE with ERSPAN type III around an Ethernet frame."""
    return gre(0x22EB, pack(">IIHH", 2 << 28, 0, 0, 0) + payload, sequence=1)


def vxlan(vni: int, frame: bytes) -> bytes:
    """VXLAN (RFC 7348)."""
    return pack(">II", 0x0800_0000, vni << 8) + frame


def geneve(vni: int, payload: bytes, *, protocol: int = 0x6558, options: bytes = b"") -> bytes:
    """GENEVE (RFC 8926)."""
    return pack(">BBHI", len(options) // 4, 0, protocol, vni << 8) + options + payload


def gtp_user(payload: bytes, *, teid: int = 9, extended: bool = False) -> bytes:
    """GTP-U G-PDU (3GPP TS 29.281), with a PDU session extension header if ``extended``."""
    extra = pack(">HBB", 0, 0, 0x85) + b"\1\0\0\0" if extended else b""
    flags = 0x34 if extended else 0x30
    return pack(">BBHI", flags, 0xFF, len(extra) + len(payload), teid) + extra + payload


def l2tp(payload: bytes) -> bytes:
    """An L2TPv2 data message without optional fields (RFC 2661)."""
    return pack(">HHH", 2, 5, 6) + payload


def ppp(protocol: int, payload: bytes) -> bytes:
    """PPP with address and control bytes."""
    return b"\xff\x03" + pack(">H", protocol) + payload


def mpls(payload: bytes, *labels: int, bottom: bool = True) -> bytes:
    """A label stack (RFC 3032); without ``bottom`` no label says that it is the last."""
    last = len(labels) - 1
    return (
        b"".join(
            pack(">I", label << 12 | (bottom and number == last) << 8 | 64)
            for number, label in enumerate(labels)
        )
        + payload
    )


def pppoe(session: int, payload: bytes, *, protocol: int = 0x0021) -> bytes:
    """A PPPoE session packet (RFC 2516)."""
    return pack(">BBHHH", 0x11, 0, session, len(payload) + 2, protocol) + payload


# Links


def ethernet(payload: bytes, ethertype: int = 0x0800, *tags: tuple[int, int]) -> bytes:
    """Ethernet II; ``tags`` are (tag type, VLAN id), outermost first."""
    types = [kind for kind, _ in tags] + [ethertype]
    head = b"\2\0\0\0\0\2" + b"\2\0\0\0\0\1" + pack(">H", types[0])
    for (_, vlan), following in zip(tags, types[1:], strict=True):
        head += pack(">HH", vlan, following)
    return head + payload


def ethernet6(payload: bytes) -> bytes:
    """Ethernet with IPv6."""
    return ethernet(payload, 0x86DD)


def llc_snap(payload: bytes, ethertype: int = 0x0800) -> bytes:
    """802.2 LLC with SNAP."""
    return b"\xaa\xaa\x03\0\0\0" + pack(">H", ethertype) + payload


def ieee_802_3(payload: bytes) -> bytes:
    """802.3: a length where Ethernet II has a type."""
    return ethernet(payload, len(payload))


def sll(payload: bytes, ethertype: int = 0x0800) -> bytes:
    """Linux cooked capture."""
    return pack(">HHH8sH", 0, 1, 6, b"\2\0\0\0\0\1", ethertype) + payload


def sll2(payload: bytes, ethertype: int = 0x0800) -> bytes:
    """Linux cooked capture, version 2."""
    return pack(">HHIHBB8s", ethertype, 0, 3, 1, 0, 6, b"\2\0\0\0\0\1") + payload


def null(payload: bytes, family: int = 2, order: str = "<") -> bytes:
    """BSD loopback."""
    return pack(order + "I", family) + payload


def macsec(payload: bytes, ethertype: int = 0x0800, *, channel: bool = False) -> bytes:
    """A security tag (IEEE 802.1AE) around what is not encrypted, and its check value."""
    tag = pack(">BBI", 0x20 * channel, 0, 1) + bytes(8 * channel)
    return tag + pack(">H", ethertype) + payload + bytes(16)


def capwap(frame: bytes, *, dot11: bool = False, fragment: int = 0, words: int = 2) -> bytes:
    """CAPWAP data (RFC 5415) around an Ethernet or 802.11 frame; ``words`` is its length."""
    bits = words << 19 | 1 << 9 | dot11 << 8 | bool(fragment) << 7
    return pack(">IHH", bits, 7, fragment << 3) + bytes(max(0, 4 * words - 8)) + frame


def dot11(payload: bytes, *, qos: bool = False) -> bytes:
    """An 802.11 data frame to the distribution system."""
    return bytes((0x88 if qos else 0x08, 1)) + bytes(22) + bytes(2 * qos) + payload


def radiotap(frame: bytes, *, fcs: bool = False) -> bytes:
    """A radiotap header with a flags field, and a check sequence behind the frame if told."""
    return pack("<BBHIB", 0, 0, 9, 2, 0x10 if fcs else 0) + frame + (b"FCS!" if fcs else b"")


def ppi(frame: bytes, link_type: int) -> bytes:
    """A PPI header without fields."""
    return pack("<BBHI", 0, 0, 8, link_type) + frame


def pktap(frame: bytes, link_type: int) -> bytes:
    """Apple's PKTAP header, its first fields only."""
    return pack("<III", 108, 1, link_type) + bytes(96) + frame


def nflog(payload: bytes, family: int = 2, ethertype: int | None = None) -> bytes:
    """Netfilter's log: a prefix, then the packet; a bridge tells the EtherType before."""
    prefix = pack("<HH", 4 + 3, 10) + b"ab\0" + b"\0"
    if ethertype is not None:
        prefix = pack("<HH", 8, 1) + pack(">HBB", ethertype, 3, 0) + prefix
    return pack(">BBH", family, 0, 0) + prefix + pack("<HH", 4 + len(payload), 9) + payload


# pcap


def pcap_header(
    *,
    link_type: int = 1,
    order: str = "<",
    magic: int = 0xA1B2C3D4,
    version: tuple[int, int] = (2, 4),
    snap_length: int = 262_144,
) -> bytes:
    """The file header."""
    return pack(order + "IHHiIII", magic, *version, 0, 0, snap_length, link_type)


def pcap_record(
    time: int,
    data: bytes,
    *,
    order: str = "<",
    tick: int = 1000,
    wire: int | None = None,
    captured: int | None = None,
    modified: bool = False,
) -> bytes:
    """One record; ``time`` in ns, ``tick`` ns a fraction."""
    captured = len(data) if captured is None else captured
    wire = len(data) if wire is None else wire
    head = pack(order + "IIII", time // SECOND, time % SECOND // tick, captured, wire)
    return head + (pack(order + "IHBB", 3, 0, 0, 0) if modified else b"") + data


def pcap(
    packets: Iterable[tuple[int, bytes]], *, link_type: int = 1, nanoseconds: bool = True
) -> bytes:
    """A whole file of (time in ns, frame)."""
    magic, tick = (0xA1B23C4D, 1) if nanoseconds else (0xA1B2C3D4, 1000)
    return pcap_header(link_type=link_type, magic=magic) + b"".join(
        pcap_record(time, data, tick=tick) for time, data in packets
    )


def pcap_of(*frames: bytes, link_type: int = 1) -> bytes:
    """A whole file of frames, one a second from :data:`START`."""
    return pcap(
        [(START + number * SECOND, frame) for number, frame in enumerate(frames)],
        link_type=link_type,
    )


# pcapng


def option(code: int, value: bytes, order: str = "<") -> bytes:
    """One option, padded to 32 bits."""
    return pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def block(kind: int, body: bytes, order: str = "<", *, lie_length: int | None = None) -> bytes:
    """A block around a body, padded to 32 bits."""
    body += bytes(-len(body) % 4)
    length = pack(order + "I", len(body) + 12 if lie_length is None else lie_length)
    return pack(order + "I", kind) + length + body + length


def section(order: str = "<", options: bytes = b"") -> bytes:
    """A section header block."""
    return block(0x0A0D0D0A, pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1) + options, order)


def interface(
    link_type: int = 1, order: str = "<", options: bytes = b"", *, snap_length: int = 0
) -> bytes:
    """An interface description block."""
    return block(1, pack(order + "HHI", link_type, 0, snap_length) + options, order)


def resolution(value: int, order: str = "<") -> bytes:
    """The if_tsresol option."""
    return option(9, bytes((value,)), order)


def time_offset(seconds: int, order: str = "<") -> bytes:
    """The if_tsoffset option."""
    return option(14, pack(order + "q", seconds), order)


def packet(
    data: bytes,
    ticks: int,
    *,
    number: int = 0,
    order: str = "<",
    options: bytes = b"",
    wire: int | None = None,
    captured: int | None = None,
) -> bytes:
    """An enhanced packet block."""
    captured = len(data) if captured is None else captured
    wire = len(data) if wire is None else wire
    head = pack(order + "IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, captured, wire)
    return block(6, head + data + bytes(-len(data) % 4) + options, order)


def simple_packet(data: bytes, order: str = "<", *, wire: int | None = None) -> bytes:
    """A simple packet block."""
    return block(3, pack(order + "I", len(data) if wire is None else wire) + data, order)


def old_packet(
    data: bytes, ticks: int, *, number: int = 0, order: str = "<", options: bytes = b""
) -> bytes:
    """An obsolete packet block."""
    head = pack(
        order + "HHIIII", number, 0xFFFF, ticks >> 32, ticks & 0xFFFFFFFF, len(data), len(data)
    )
    return block(2, head + data + bytes(-len(data) % 4) + options, order)


def statistics(number: int = 0, order: str = "<", options: bytes = b"") -> bytes:
    """An interface statistics block."""
    return block(5, pack(order + "III", number, 0, 0) + options, order)
