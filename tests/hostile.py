"""Captures that try to make a reader remember without end, one function each."""

from __future__ import annotations

import bz2
import lzma
import zlib

from wire import (
    A4,
    ACK,
    B4,
    SECOND,
    START,
    block,
    ethernet,
    interface,
    ipv4,
    old_packet,
    packet,
    pcap,
    pcap_header,
    pcap_of,
    pcap_record,
    section,
    simple_packet,
    tcp,
)


def ethertypes(count: int) -> bytes:
    """Frames with as many EtherTypes without a name, each twice; one with a name at the end."""
    strangers = [bytes(12) + (0xA000 + number).to_bytes(2) for number in range(count)]
    return pcap_of(*strangers, *strangers, bytes(12) + b"\x08\x06" + bytes(28))


def families(count: int) -> bytes:
    """Loopback frames with as many address families."""
    return pcap_of(*((number + 1000).to_bytes(4) for number in range(count)), link_type=0)


def link_types(count: int) -> bytes:
    """A frame of each of as many link types that nobody knows."""
    interfaces = b"".join(interface(60_000 - number) for number in range(count))
    return (
        section() + interfaces + b"".join(packet(b"x", 1, number=number) for number in range(count))
    )


def fragment(ident: int, offset: int, *, more: bool = True) -> bytes:
    """A fragment of a datagram whose head holds port numbers."""
    payload = b"\x13\x88\x00\x35\x00\x40\x00\x00" + bytes(8)
    return ethernet(ipv4(payload, A4, B4, ident=ident, offset=offset, more=more))


def waiting_fragments(datagrams: int, each: int) -> bytes:
    """Tails without heads; then the heads of the first datagram and of the last."""
    tails = [
        fragment(ident, 16 * place)
        for ident in range(1, datagrams + 1)
        for place in range(1, each + 1)
    ]
    return pcap([(START, it) for it in (*tails, fragment(1, 0), fragment(datagrams, 0))])


def old_fragments(pause: float) -> bytes:
    """A head with a tail so many seconds behind it, and a tail with its head behind it."""
    later = START + round(pause * SECOND)
    return pcap(
        [
            (START, fragment(1, 0)),
            (START, fragment(2, 16)),
            (later, fragment(1, 16)),
            (later, fragment(2, 0)),
        ]
    )


def held_pieces(flows: int, length: int = 60_000) -> bytes:
    """Connections of which the first bytes are missing; the last one gets them after all."""
    frames = []
    for number in range(flows):
        segment = tcp(1000 + number, 80, bytes(length), flags=ACK, seq=600)
        first = tcp(1000 + number, 80, b"", flags=2, seq=499)
        frames += [ethernet(ipv4(part, A4, B4, protocol=6)) for part in (first, segment)]
    rest = tcp(1000 + flows - 1, 80, bytes(100), flags=ACK, seq=500)
    return pcap_of(*frames, ethernet(ipv4(rest, A4, B4, protocol=6)))


def bomb(records: int = 300, length: int = 256 * 1024) -> bytes:
    """A pcap file of zeros, not compressed yet; some 80 MB by default."""
    record = pcap_record(START, bytes(length))
    return pcap_header() + record * records


COMPRESSIONS = {
    "bzip2": bz2.compress,
    "xz": lambda data: lzma.compress(data, preset=0),
}
"""Those that pack zeros far better than a thousand times"""


def gzip_of(data: bytes) -> bytes:
    """A gzip file, which cannot be much of a bomb."""
    packer = zlib.compressobj(9, wbits=31)
    return packer.compress(data) + packer.flush()


def short_packets() -> bytes:
    """Packet blocks of each kind that hold less than they claim, among whole ones."""
    lying = block(6, bytes(12) + (400).to_bytes(4, "little") * 2 + b"only a few bytes")
    return b"".join(
        [
            section(),
            interface(1),
            lying,
            packet(bytes(12) + b"\x08\x06" + bytes(28), 7),
            block(6, bytes(8)),
            block(3, b""),
            block(2, bytes(12)),
            simple_packet(bytes(12) + b"\x08\x06" + bytes(28)),
            old_packet(bytes(12) + b"\x08\x06" + bytes(28), 8),
            block(1, b""),
        ]
    )
