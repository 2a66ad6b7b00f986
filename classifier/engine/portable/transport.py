"""Transport headers: ports, TCP numbers, ICMP queries, GRE keys."""

from __future__ import annotations

from struct import unpack_from

import dpkt

from classifier.engine.portable.packet import Incomplete, Packet, Undecodable, need

__all__ = [
    "DCCP",
    "GRE",
    "ICMP",
    "ICMP6",
    "ICMP_ERRORS",
    "ICMP_QUERIES",
    "SCTP",
    "TCP",
    "UDP",
    "WITH_PORTS",
    "decode_transport",
]

ICMP, TCP, UDP, DCCP, GRE, ICMP6, SCTP, UDP_LITE = 1, 6, 17, 33, 47, 58, 132, 136
WITH_PORTS = frozenset((TCP, UDP, DCCP, SCTP, UDP_LITE))

ICMP_ANSWERS = {0: 8, 14: 13, 16: 15, 18: 17}
ICMP6_ANSWERS = {129: 128}
"""Answer type -> asking type, of the queries with an identifier (RFC 792, 950, 4443)

Node information (RFC 4620) is not among them: its query and its answer share neither an
identifier (a Qtype stands in its place) nor a code.
"""
ICMP_QUERIES = frozenset((*ICMP_ANSWERS.values(), *ICMP6_ANSWERS.values()))
ICMP_ERRORS = {4: frozenset((3, 4, 5, 11, 12)), 6: frozenset((1, 2, 3, 4))}
"""IP version -> types of the messages that quote the packet they are about (RFC 792, 4443)"""

_HEADER_LENGTHS = {UDP: 8, DCCP: 12, SCTP: 12, UDP_LITE: 8}
_NAMES = {UDP: "udp", DCCP: "dccp", SCTP: "sctp", UDP_LITE: "udp-lite"}


class _UDP(dpkt.Packet):  # type: ignore[misc]  # dpkt has no types
    """dpkt's UDP header, which UDP-Lite shares."""

    __hdr__ = dpkt.udp.UDP.__hdr__


def decode_transport(protocol: int, data: bytes, wire_length: int, packet: Packet) -> None:
    """Fill in the transport part of ``packet``.

    Args:
        protocol: IP protocol number.
        data: Captured bytes from the transport header on.
        wire_length: How long they were on the wire.
        packet: ``has_ports`` is set as soon as the ports are known, even if the rest is cut.

    Raises:
        Undecodable: The header is cut or contradicts itself; what was read before it stays.
    """
    if protocol in WITH_PORTS:
        need(data, 4, _NAMES.get(protocol, "tcp"))
        packet.has_ports = True
        packet.source_port, packet.destination_port = unpack_from(">HH", data)
        packet.payload, packet.payload_length = b"", 0
        if protocol == TCP:
            _tcp(data, wire_length, packet)
        else:
            _ports_only(protocol, data, wire_length, packet)
    elif protocol == ICMP and packet.version == 4:
        _icmp(data, packet, ICMP_ANSWERS)
    elif protocol == ICMP6 and packet.version == 6:
        _icmp(data, packet, ICMP6_ANSWERS)
    elif protocol == GRE:
        _gre(data, packet)


def _tcp(data: bytes, wire_length: int, packet: Packet) -> None:
    try:
        head = dpkt.tcp.TCP(data)
    except dpkt.NeedData as error:
        raise Incomplete("tcp") from error
    except (dpkt.Error, IndexError, ValueError) as error:
        raise Undecodable("tcp", "header length below 20") from error
    packet.flags = head.flags & 0xFF
    packet.sequence, packet.acknowledgement = head.seq, head.ack
    header_length = head.off * 4
    if header_length > wire_length:
        raise Undecodable("tcp", "header longer than the segment")
    packet.payload_length = wire_length - header_length
    packet.payload = data[header_length:wire_length]


def _ports_only(protocol: int, data: bytes, wire_length: int, packet: Packet) -> None:
    header_length = _HEADER_LENGTHS[protocol]
    if len(data) < header_length:
        raise Incomplete(_NAMES[protocol])
    if protocol == DCCP:
        header_length = max(data[4] * 4, header_length)
    elif protocol == UDP:
        length = _UDP(data).ulen
        # 0 is a jumbogram (RFC 2675); a first fragment holds less than the datagram.
        if length and packet.fragment is None:
            if length < header_length:
                raise Undecodable("udp", "length below 8")
            if length > wire_length:
                packet.partial = ("udp", "length beyond the IP payload")
            wire_length = min(wire_length, length)
    packet.payload_length = max(wire_length - header_length, 0)
    packet.payload = data[header_length : max(wire_length, header_length)]


def _icmp(data: bytes, packet: Packet, answers: dict[int, int]) -> None:
    if len(data) < 2:
        raise Incomplete("icmp")
    kind, packet.icmp_code = data[0], data[1]
    packet.icmp_type = answers.get(kind, kind)
    packet.icmp_answer = kind in answers
    if packet.icmp_type in answers.values() and len(data) >= 6:
        packet.key_id = unpack_from(">H", data, 4)[0]
    if len(data) >= 8:
        packet.icmp_rest = unpack_from(">I", data, 4)[0]
    packet.payload = data[8:]
    packet.payload_length = max(packet.payload_length - 8, 0)


def _gre(data: bytes, packet: Packet) -> None:
    if len(data) < 4:
        raise Incomplete("gre")
    flags = unpack_from(">H", data)[0]
    if flags & 7 == 1:  # RFC 2637: the call id is the low half of the key field
        if len(data) >= 8:
            packet.key_id = unpack_from(">H", data, 6)[0]
        return
    place = 4 + (4 if flags & 0xC000 else 0)
    if flags & 0x2000 and len(data) >= place + 4:
        packet.key_id = unpack_from(">I", data, place)[0]
