"""IP of both versions and what rides on it."""

from __future__ import annotations

from socket import AF_INET, AF_INET6, inet_pton
from typing import TYPE_CHECKING

from classifier.engine.portable.network import MAX_LAYERS
from classifier.engine.portable.packet import Incomplete, Undecodable
from classifier.engine.portable.transport import WITH_PORTS
from classifier.engine.tshark import transport
from classifier.engine.tshark.frame import Gone

if TYPE_CHECKING:
    from classifier.engine.portable.packet import Packet
    from classifier.engine.tshark.frame import Frame

__all__ = ["IP_LAYERS", "decode_ip"]

IP_LAYERS = ("ip", "ipv6")
_V4, _V6 = 4, 6
_V4_HEADER, _V6_HEADER, _FRAGMENT_HEADER, _AH_FIXED = 20, 40, 8, 12
_UNIT = 8  # fragment offsets and extension headers are counted in 8 bytes
_AH = 51
_FRAGMENT = 44
_EXTENSIONS = {0: "ipv6.hopopts", 43: "ipv6.routing", 60: "ipv6.dstopts"}


def decode_ip(frame: Frame, packet: Packet) -> None:
    """Decode from IP up to the ports, without looking into tunnels.

    Raises:
        Undecodable: A layer does not hold what it must.
    """
    name = frame.layer
    frame.enter()
    try:
        if name == "ip":
            _ipv4(frame, packet)
        else:
            _ipv6(frame, packet)
    except Gone:
        raise Incomplete("ipv4" if name == "ip" else "ipv6") from None


def _ipv4(frame: Frame, packet: Packet) -> None:
    if not frame.has("ip_hdr_len") and frame.kept >= _V4_HEADER:
        raise Undecodable("ipv4", "version is not 4")
    header = frame.integer("ip_hdr_len")
    if header < _V4_HEADER:
        raise Undecodable("ipv4", "header length below 20")
    total = frame.integer("ip_len")
    if total < header:
        raise Undecodable("ipv4", "total length below the header length")
    ident, more = frame.text("ip_id"), frame.integer("ip_flags_mf")
    offset = frame.integer("ip_frag_offset") * _UNIT
    protocol = frame.integer("ip_proto")
    source = inet_pton(AF_INET, frame.text("ip_src"))
    destination = inet_pton(AF_INET, frame.text("ip_dst"))
    if frame.kept < header:
        raise Gone
    frame.limit(total)
    packet.version, packet.ip_bytes, packet.protocol = _V4, frame.wire, protocol
    packet.source, packet.destination = source, destination
    if offset or more:
        packet.fragment = offset
        # RFC 791: reassembly is by addresses, protocol and identification.
        packet.datagram = (source, destination, protocol, ident, packet.vlan, packet.tunnels)
    frame.advance(header)
    _protocol(protocol, frame, packet)


def _ipv6(frame: Frame, packet: Packet) -> None:
    if not frame.has("ipv6_plen") and frame.kept >= _V6_HEADER:
        raise Undecodable("ipv6", "version is not 6")
    length = frame.integer("ipv6_plen")
    protocol = frame.integer("ipv6_nxt")
    packet.source = inet_pton(AF_INET6, frame.text("ipv6_src"))
    packet.destination = inet_pton(AF_INET6, frame.text("ipv6_dst"))
    packet.version = _V6
    # 0 is a jumbogram (RFC 2675) or segmentation offload: the frame says how long it is.
    frame.limit(length + _V6_HEADER if length else frame.wire)
    packet.ip_bytes = frame.wire
    frame.advance(_V6_HEADER)
    for _ in range(MAX_LAYERS):
        if protocol == _FRAGMENT:
            protocol = _fragment(frame, packet)
        elif protocol in _EXTENSIONS:
            protocol = _extension(_EXTENSIONS[protocol], frame)
        else:
            break
        if frame.kept < 0:
            raise Incomplete("ipv6 extension header")
        if packet.fragment:
            break
    else:
        raise Undecodable("ipv6", "too many extension headers")
    packet.protocol = protocol
    _protocol(protocol, frame, packet)


def _extension(name: str, frame: Frame) -> int:
    """Pass over an extension header; returns what follows it."""
    if frame.layer != name:
        raise Incomplete("ipv6 extension header")
    frame.enter()
    key = name.replace(".", "_")
    try:
        following = frame.integer(key + "_nxt")
        frame.advance((frame.integer(key + "_len") + 1) * _UNIT)
    except Gone:
        raise Incomplete("ipv6 extension header") from None
    return following


def _fragment(frame: Frame, packet: Packet) -> int:
    if frame.layer != "ipv6.fraghdr":
        raise Incomplete("ipv6 fragment header")
    frame.enter()
    try:
        following = frame.integer("ipv6_fraghdr_nxt")
        offset = frame.integer("ipv6_fraghdr_offset") * _UNIT
        more = frame.integer("ipv6_fraghdr_more")
        ident = frame.text("ipv6_fraghdr_ident")
    except Gone:
        raise Incomplete("ipv6 fragment header") from None
    if offset or more:  # else an atomic fragment (RFC 6946), which is a whole packet
        packet.fragment = offset
        ends = packet.source, packet.destination
        packet.datagram = (*ends, ident, packet.vlan, packet.tunnels)
    frame.advance(_FRAGMENT_HEADER)
    return following


def _protocol(protocol: int, frame: Frame, packet: Packet) -> None:
    """What follows the IP header: a transport, a tunnel, or just the protocol number."""
    packet.payload_length = packet.fragment_length = frame.wire
    if packet.fragment:
        return  # not the head of the datagram: the flow is the head's
    if protocol == _AH and _authenticated(frame, packet):
        return
    try:
        transport.decode_transport(protocol, frame, packet)
    except Undecodable as error:
        packet.partial = (error.layer, error.reason)
        if not packet.has_ports and protocol in WITH_PORTS:
            raise


def _authenticated(frame: Frame, packet: Packet) -> bool:
    """Look behind an authentication header (RFC 4302), which hides nothing."""
    if frame.layer != "ah" or frame.kept < _AH_FIXED:
        return False
    try:
        following, size = frame.integer("ah_next_header"), (frame.integer("ah_length") + 2) * 4
    except Gone:
        return False
    if size > frame.kept or following == _AH:
        return False
    frame.enter()
    frame.advance(size)
    if "ah" not in packet.tunnels:
        packet.tunnels += ("ah",)
    packet.protocol = following
    _protocol(following, frame, packet)
    return True
