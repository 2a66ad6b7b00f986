"""ICMP errors and what they quote, honest and hostile: for tests of every engine."""

from __future__ import annotations

from struct import pack, pack_into

from wire import (
    A4,
    A6,
    B4,
    B6,
    dccp,
    ethernet,
    ethernet6,
    extension,
    fragment6,
    gre,
    icmp,
    ipv4,
    ipv6,
    sctp,
    tcp,
    udp,
    vxlan,
)

ROUTER4, ROUTER6 = "192.0.2.254", "2001:db8::fe"
UDP, TCP, ICMP, IPIP, GRE, ICMP6, DCCP, SCTP = 17, 6, 1, 4, 47, 58, 33, 132
PORT_UNREACHABLE = 3 << 8 | 3
PORT_UNREACHABLE6 = 1 << 8 | 4
EXTENSION = pack(">BBHHBB4s", 0x20, 0, 0, 8, 1, 1, b"\x00\x01\x01\x01")  # RFC 4950


def error4(quote: bytes, kind: int = 3, code: int = 3, rest: int = 0) -> bytes:
    """An IPv4 packet with an ICMP error from a router."""
    message = bytearray(icmp(kind, code) + quote)
    pack_into(">I", message, 4, rest)
    return ipv4(bytes(message), ROUTER4, A4, protocol=ICMP)


def error6(quote: bytes, kind: int = 1, code: int = 4, rest: int = 0) -> bytes:
    """The same of IPv6."""
    message = bytearray(icmp(kind, code) + quote)
    pack_into(">I", message, 4, rest)
    return ipv6(bytes(message), ROUTER6, A6, next_header=ICMP6)


ASKED = ipv4(udp(5000, 53, b"question" * 20), A4, B4)
ASKED6 = ipv6(udp(5000, 53, b"question" * 20), A6, B6)
OPENED = ipv4(tcp(4000, 80, b"", seq=7), A4, B4, protocol=TCP)
PINGED = ipv4(icmp(8, ident=9, payload=b"ping"), A4, B4, protocol=ICMP)
PINGED6 = ipv6(icmp(128, ident=9, payload=b"ping"), A6, B6, next_header=ICMP6)
STREAMED = ipv4(sctp(9, 8, b"x" * 20), A4, B4, protocol=SCTP)
CALLED = ipv4(dccp(9, 8, b"x"), A4, B4, protocol=DCCP)
HEAD = ipv4(udp(6000, 53, b"x" * 40)[:24], A4, B4, more=True, ident=5)
TAIL = ipv4(udp(6000, 53, b"x" * 40)[24:], A4, B4, offset=24, ident=5)
LABELLED = ipv6(extension(UDP, udp(5001, 53, b"x"), b"\1\4\0\0\0\0"), A6, B6, next_header=0)
HEAD6 = ipv6(fragment6(UDP, udp(6001, 53, b"x" * 40), more=True), A6, B6, next_header=44)
TUNNELLED = ipv4(udp(40000, 4789, vxlan(7, ethernet(ASKED))), "10.9.0.1", "10.9.0.2")
IN_IP = ipv4(OPENED, "10.9.0.1", "10.9.0.2", protocol=IPIP)
KEYED = ipv4(gre(0x1234, b"", key=77), A4, B4, protocol=GRE)

FLOWS = {
    "udp": ethernet(ASKED),
    "udp over ipv6": ethernet6(ASKED6),
    "tcp": ethernet(OPENED),
    "ping": ethernet(PINGED),
    "ping over ipv6": ethernet6(PINGED6),
    "sctp": ethernet(STREAMED),
    "dccp": ethernet(CALLED),
    "head": ethernet(HEAD),
    "extension": ethernet6(LABELLED),
    "head over ipv6": ethernet6(HEAD6),
    "in vxlan": ethernet(TUNNELLED),
    "in ip": ethernet(IN_IP),
    "gre": ethernet(KEYED),
    "in vlan": ethernet(ASKED, 0x0800, (0x8100, 7)),
}
"""Name of a flow -> its only frame"""

PADDED = ASKED[:128].ljust(128, b"\0")
SHORT_QUOTE = ipv4(udp(5000, 53, b"hi"), A4, B4)
ERRORS: dict[str, tuple[bytes, str, int]] = {
    "header and 8 bytes": (ethernet(error4(ASKED[:28])), "udp", PORT_UNREACHABLE),
    "the whole packet": (ethernet(error4(ASKED)), "udp", PORT_UNREACHABLE),
    "of TCP 8 bytes": (ethernet(error4(OPENED[:28], 3, 1)), "tcp", 3 << 8 | 1),
    "of SCTP 8 bytes": (ethernet(error4(STREAMED[:28], 3, 2)), "sctp", 3 << 8 | 2),
    "of DCCP 8 bytes": (ethernet(error4(CALLED[:28], 12)), "dccp", 12 << 8 | 3),
    "of a ping 8 bytes": (ethernet(error4(PINGED[:28], 11, 0)), "ping", 11 << 8),
    "of an answered ping": (
        ethernet(error4(ipv4(icmp(0, ident=9), B4, A4, protocol=ICMP), 5, 1, 0x0A000001)),
        "ping",
        5 << 8 | 1,
    ),
    "source quench": (ethernet(error4(ASKED[:28], 4, 0)), "udp", 4 << 8),
    "fragmentation needed": (ethernet(error4(ASKED[:28], 3, 4, 1400)), "udp", 3 << 8 | 4),
    "a head": (ethernet(error4(HEAD[:28], 11, 1)), "head", 11 << 8 | 1),
    "with a length and what follows": (
        ethernet(error4(PADDED + EXTENSION, 11, 0, 32 << 16)),
        "udp",
        11 << 8,
    ),
    "a length beyond the end": (ethernet(error4(ASKED[:60], 11, 0, 255 << 16)), "udp", 11 << 8),
    "a length that is none": (ethernet(error4(ASKED[:60], 11, 0, 1 << 16)), "udp", 11 << 8),
    "a quote that claims more": (
        ethernet(error4(ipv4(udp(5000, 53), A4, B4, lie_total=60_000), 3, 3)),
        "udp",
        PORT_UNREACHABLE,
    ),
    "in the same VLAN": (
        ethernet(error4(ASKED[:28]), 0x0800, (0x8100, 7)),
        "in vlan",
        PORT_UNREACHABLE,
    ),
    "of a tunnel, with what is inside": (
        ethernet(error4(TUNNELLED, 3, 1)),
        "in vxlan",
        3 << 8 | 1,
    ),
    "of IP in IP": (ethernet(error4(IN_IP, 11, 0)), "in ip", 11 << 8),
    "inside a tunnel": (
        ethernet(ipv4(udp(40001, 4789, vxlan(7, ethernet(error4(ASKED[:28])))), "10.9.0.1", B4)),
        "in vxlan",
        PORT_UNREACHABLE,
    ),
    "of GRE with its key": (ethernet(error4(KEYED, 3, 2)), "gre", 3 << 8 | 2),
    "over IPv6": (ethernet6(error6(ASKED6)), "udp over ipv6", PORT_UNREACHABLE6),
    "over IPv6, cut": (ethernet6(error6(ASKED6[:48], 2, 0, 1280)), "udp over ipv6", 2 << 8),
    "over IPv6, a ping": (ethernet6(error6(PINGED6, 3, 0)), "ping over ipv6", 3 << 8),
    "over IPv6, an extension": (ethernet6(error6(LABELLED, 4, 1)), "extension", 4 << 8 | 1),
    "over IPv6, a head": (ethernet6(error6(HEAD6, 3, 1)), "head over ipv6", 3 << 8 | 1),
    "over IPv6, with a length": (
        ethernet6(error6(ASKED6[:128] + EXTENSION, 1, 0, 16 << 24)),
        "udp over ipv6",
        1 << 8,
    ),
    "as a fragment": (
        ethernet(ipv4(icmp(3, 3) + ASKED[:28], ROUTER4, A4, protocol=ICMP, more=True, ident=8)),
        "udp",
        PORT_UNREACHABLE,
    ),
}
"""What is quoted -> an error about a flow: its frame, the flow, type * 256 + code"""

NOTHING: dict[str, bytes] = {
    "no quote": ethernet(error4(b"")),
    "half a header": ethernet(error4(ASKED[:19])),
    "no ports": ethernet(error4(ASKED[:23])),
    "a ping without its id": ethernet(error4(PINGED[:25])),
    "a header of 60 bytes that are not there": ethernet(
        error4(ipv4(udp(5000, 53), A4, B4, lie_words=15)[:28])
    ),
    "a total length below the header": ethernet(error4(ipv4(udp(5000, 53), A4, B4, lie_total=7))),
    "another version": ethernet(error4(ASKED6)),
    "another version over IPv6": ethernet6(error6(ASKED)),
    "a later fragment": ethernet(error4(TAIL)),
    "an error": ethernet(error4(error4(ASKED[:28]))),
    "an error that quotes an error over IPv6": ethernet6(error6(error6(ASKED6))),
    "another VLAN": ethernet(error4(ASKED[:28]), 0x0800, (0x8100, 8)),
    "another flow": ethernet(error4(ipv4(udp(5000, 54), A4, B4))),
    "a tunnel that is cut before what is inside": ethernet(error4(TUNNELLED[:40])),
    "GRE without its key": ethernet(error4(KEYED[:24])),
    "no error but an answer": ethernet(error4(ASKED[:28], 0, 0)),
    "no error but a router's word": ethernet(error4(ASKED[:28], 9, 0)),
    "no error but a neighbour's word": ethernet6(error6(ASKED6, 135, 0)),
    "extensions without end": ethernet6(
        error6(ipv6((b"\0\0" + bytes(6)) * 40, A6, B6, next_header=0))
    ),
    "noise": ethernet(error4(bytes(range(0x45, 0x45 + 60)))),
}
"""What is quoted -> a frame that speaks of none of the flows"""
