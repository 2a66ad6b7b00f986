"""Transport headers: ports, TCP numbers, ICMP queries, GRE keys, and the payload that TShark shows.

TCP and UDP payload is given whole. ICMP and protocols that TShark has no decoder for give what it
calls data. For everything else (SCTP, GRE, ESP, OSPF …) TShark shows no payload bytes: the lengths
are right, the heads are empty. Of an ICMP header that is cut below 6 bytes it shows nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.engine.portable.packet import Incomplete, Undecodable
from classifier.engine.portable.transport import (
    DCCP,
    ICMP,
    ICMP6,
    ICMP6_ANSWERS,
    ICMP_ANSWERS,
    SCTP,
    TCP,
    UDP,
)
from classifier.engine.tshark.frame import Gone

if TYPE_CHECKING:
    from classifier.engine.portable.packet import Packet
    from classifier.engine.tshark.frame import Frame

__all__ = ["GRE", "decode_transport"]

GRE, _UDP_LITE = 47, 136
_LAYERS = {
    TCP: "tcp",
    UDP: "udp",
    DCCP: "dccp",
    SCTP: "sctp",
    _UDP_LITE: "udplite",
    GRE: "gre",
}
_NAMES = {_UDP_LITE: "udp-lite"}
_TCP_HEADER, _UDP_HEADER, _SCTP_HEADER, _DCCP_HEADER, _ICMP_HEADER = 20, 8, 12, 12, 8
_PPTP = 1
_V4, _V6 = 4, 6


def decode_transport(protocol: int, frame: Frame, packet: Packet) -> None:
    """Fill in the transport part of ``packet``.

    Args:
        protocol: IP protocol number.
        frame: At the layer behind IP.
        packet: ``has_ports`` is set as soon as the ports are known, even if the rest is cut.

    Raises:
        Undecodable: The header is cut or contradicts itself; what was read before it stays.
    """
    layer = _LAYERS.get(protocol)
    if protocol == ICMP and packet.version == _V4:
        _icmp(frame, packet, "icmp", ICMP_ANSWERS)
    elif protocol == ICMP6 and packet.version == _V6:
        _icmp(frame, packet, "icmpv6", ICMP6_ANSWERS)
    elif layer is None:
        if frame.layer == "data":
            packet.payload = frame.octets("data_data")[: frame.wire]
    else:
        name = _NAMES.get(protocol, layer)
        if frame.layer != layer:
            raise Incomplete(name)
        frame.enter()
        try:
            if protocol == GRE:
                _gre(frame, packet)
            else:
                _with_ports(protocol, frame, packet, name)
        except Gone:
            raise Incomplete(name) from None


def _with_ports(protocol: int, frame: Frame, packet: Packet, name: str) -> None:
    prefix = "udp" if protocol == _UDP_LITE else name
    source, destination = frame.integer(prefix + "_srcport"), frame.integer(prefix + "_dstport")
    packet.source_port, packet.destination_port = source, destination
    packet.has_ports, packet.payload_length = True, 0
    if protocol == TCP:
        _tcp(frame, packet)
    elif protocol == DCCP:
        _ports_only(frame, packet, max(frame.integer("dccp_data_offset") * 4, _DCCP_HEADER))
    elif protocol == SCTP:
        _ports_only(frame, packet, _SCTP_HEADER)
    else:
        _udp(frame, packet, name)


def _ports_only(frame: Frame, packet: Packet, header: int) -> None:
    if frame.kept < _SCTP_HEADER:
        raise Gone
    frame.advance(header)
    packet.payload_length = max(frame.wire, 0)


def _tcp(frame: Frame, packet: Packet) -> None:
    if frame.kept < _TCP_HEADER:
        raise Gone
    header = frame.integer("tcp_hdr_len")
    if header < _TCP_HEADER:
        raise Undecodable("tcp", "header length below 20")
    sequence, acknowledgement = frame.integer("tcp_seq_raw"), frame.integer("tcp_ack_raw")
    packet.flags = frame.integer("tcp_flags") & 0xFF
    packet.sequence, packet.acknowledgement = sequence, acknowledgement
    if header > frame.wire:
        raise Undecodable("tcp", "header longer than the segment")
    frame.advance(header)
    packet.payload_length = frame.wire
    if frame.kept > 0:
        packet.payload = frame.octets("tcp_payload")[: frame.wire]


def _udp(frame: Frame, packet: Packet, name: str) -> None:
    if frame.kept < _UDP_HEADER:
        raise Gone
    length = frame.integer("udp_length") if name == "udp" else 0
    # 0 is a jumbogram (RFC 2675); a first fragment holds less than the datagram.
    if length and packet.fragment is None:
        if length < _UDP_HEADER:
            raise Undecodable("udp", "length below 8")
        if length > frame.wire:
            packet.partial = ("udp", "length beyond the IP payload")
        frame.limit(length)
    frame.advance(_UDP_HEADER)
    packet.payload_length = max(frame.wire, 0)
    if frame.kept > 0:
        packet.payload = frame.octets("udp_payload")[: frame.wire]


def _icmp(frame: Frame, packet: Packet, layer: str, answers: dict[int, int]) -> None:
    if frame.layer != layer:
        raise Incomplete("icmp")
    frame.enter()
    try:
        kind, packet.icmp_code = frame.integer(layer + "_type"), frame.integer(layer + "_code")
    except Gone:
        raise Incomplete("icmp") from None
    packet.icmp_type = answers.get(kind, kind)
    packet.icmp_answer = kind in answers
    if packet.icmp_type in answers.values():
        for field in ("icmp_ident", "icmpv6_echo_identifier"):
            if frame.has(field):
                packet.key_id = frame.integer(field)
                break
    packet.icmp_rest = 0 if frame.kept >= _ICMP_HEADER else -1
    packet.payload_length = max(packet.payload_length - _ICMP_HEADER, 0)
    if frame.layer == "data":
        packet.payload = frame.octets("data_data")[: packet.payload_length]


def _gre(frame: Frame, packet: Packet) -> None:
    """The key only: what GRE carries is for :mod:`.tunnel`, which finds the flags taken here."""
    flags = frame.integer("gre_flags_and_version")
    if flags & 7 == _PPTP:  # RFC 2637: the call id is the low half of the key field
        if frame.has("gre_key_call_id"):
            packet.key_id = frame.integer("gre_key_call_id")
    elif flags & 0x2000 and frame.has("gre_key"):
        packet.key_id = frame.integer("gre_key")
    frame.gre = flags
