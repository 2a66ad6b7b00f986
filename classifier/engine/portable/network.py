"""From the network layer to the ports: tags, labels, IP and its extension headers.

Headers are dpkt's; where each ends, what follows it and what a lying length means is decided
here. dpkt leaks IndexError, UnicodeDecodeError and struct.error on bad bytes: all of them become
:class:`Undecodable`, so that one bad packet is counted and the run goes on.
"""

from __future__ import annotations

import struct
from struct import unpack_from
from typing import TYPE_CHECKING, TypeVar

import dpkt

from classifier.engine.names import ethertype_name
from classifier.engine.portable import transport
from classifier.engine.portable.link import ethernet, llc, ppp
from classifier.engine.portable.packet import Incomplete, NotIP, Packet, Undecodable, need

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MAX_LAYERS", "decode_network"]

MAX_LAYERS = 16
"""Most VLAN tags, labels and headers in headers that are followed, so that bytes cannot loop."""

_IPV4, _IPV6 = 0x0800, 0x86DD
_VLAN_TYPES = (0x8100, 0x88A8, 0x9100, 0x9200)
_MPLS_TYPES = (0x8847, 0x8848)
_PPPOE_SESSION = 0x8864
_PROVIDER_BACKBONE = 0x88E7  # 802.1ah: a service id, then a whole Ethernet frame
_MACSEC = 0x88E5  # IEEE 802.1AE
_MACSEC_CLOSED, _MACSEC_WITH_CHANNEL = 0x8C, 0x20  # another version, encrypted or changed
_HOP_BY_HOP, _ROUTING, _FRAGMENT, _DESTINATION, _NO_NEXT, _AH = 0, 43, 44, 60, 59, 51

_DPKT_ERRORS = (dpkt.Error, IndexError, UnicodeDecodeError, struct.error, ValueError)


class _IPv4(dpkt.Packet):  # type: ignore[misc]  # dpkt has no types
    """dpkt's IPv4 header without its eager decoding of everything above."""

    __hdr__ = dpkt.ip.IP.__hdr__


class _IPv6(dpkt.Packet):  # type: ignore[misc]  # dpkt has no types
    """dpkt's IPv6 header; its extension header loop trusts lengths, so it is not used."""

    __hdr__ = dpkt.ip6.IP6.__hdr__


_Header = TypeVar("_Header", bound=dpkt.Packet)


def header(kind: Callable[[bytes], _Header], data: bytes, layer: str) -> _Header:
    """Decode a header with dpkt, whatever dpkt may raise.

    Raises:
        Undecodable: The bytes are too few or not such a header.
    """
    try:
        return kind(data)
    except dpkt.NeedData as error:
        raise Incomplete(layer) from error
    except _DPKT_ERRORS as error:
        raise Undecodable(layer, "malformed") from error


def decode_network(
    ethertype: int, data: bytes, wire_length: int, packet: Packet, layers: int = 0
) -> None:
    """Decode from the network layer up to the ports, without looking into tunnels.

    Args:
        ethertype: What ``data`` is; 0 is IP by its version nibble.
        data: Captured bytes from the network layer on.
        wire_length: How long they were on the wire.
        packet: Filled in.
        layers: How deep we are already.

    Raises:
        NotIP: It is recognised and is not IP.
        Undecodable: A layer does not hold what it must.
    """
    while True:
        layers += 1
        if layers > MAX_LAYERS:
            raise Undecodable("network", "too many layers")
        if ethertype in _VLAN_TYPES:
            need(data, 4, "vlan")
            tag, ethertype = unpack_from(">HH", data)
            if packet.vlan >= 0 and packet.outer_vlan < 0:
                packet.outer_vlan = packet.vlan
            packet.vlan = tag & 0x0FFF
            data, wire_length = data[4:], wire_length - 4
            if ethertype <= 1500:
                ethertype, rest = llc(data, packet)
                data, wire_length = rest, wire_length - (len(data) - len(rest))
        elif ethertype in _MPLS_TYPES:
            ethertype, data, wire_length = _mpls(data, wire_length, packet)
        elif ethertype == _PPPOE_SESSION:
            need(data, 6, "pppoe")
            ethertype, rest = ppp(data[6:], packet)
            packet.tunnels += (f"pppoe:{unpack_from('>H', data, 2)[0]}",)
            data, wire_length = rest, wire_length - (len(data) - len(rest))
        elif ethertype == _PROVIDER_BACKBONE:
            need(data, 4, "802.1ah")
            packet.tunnels += (f"pbb:{int.from_bytes(data[1:4])}",)
            packet.vlan = packet.outer_vlan = -1
            ethertype, rest = ethernet(data[4:], packet)
            data, wire_length = rest, wire_length - (len(data) - len(rest))
        elif ethertype == _MACSEC:
            need(data, 6, "macsec")
            if data[0] & _MACSEC_CLOSED:
                raise NotIP(ethertype_name(_MACSEC))
            size = 16 if data[0] & _MACSEC_WITH_CHANNEL else 8
            need(data, size, "macsec")
            ethertype = unpack_from(">H", data, size - 2)[0]
            data, wire_length = data[size:], wire_length - size
            if ethertype <= 1500:
                ethertype, rest = llc(data, packet)
                data, wire_length = rest, wire_length - (len(data) - len(rest))
        elif ethertype == 0:
            need(data, 1, "ip")
            version = data[0] >> 4
            if version not in (4, 6):
                raise Undecodable("ip", f"version {version}")
            ethertype = _IPV4 if version == 4 else _IPV6
        elif ethertype in (_IPV4, _IPV6):
            # Some taps write one EtherType for both: a whole other header is believed instead.
            nibble = data[0] >> 4 if len(data) >= 20 else 0
            if nibble == 6 or (ethertype == _IPV6 and nibble != 4):
                return _ipv6(data, wire_length, packet, layers)
            return _ipv4(data, wire_length, packet, layers)
        else:
            raise NotIP(ethertype_name(ethertype))


def _mpls(data: bytes, wire_length: int, packet: Packet) -> tuple[int, bytes, int]:
    """Labels up to the bottom of the stack; what follows is told by its first nibble."""
    for _ in range(MAX_LAYERS):
        need(data, 4, "mpls")
        bottom = data[2] & 1
        data, wire_length = data[4:], wire_length - 4
        if bottom:
            break
    else:
        raise Undecodable("mpls", "no bottom of the stack")
    packet.tunnels += ("mpls",)
    need(data, 1, "mpls")
    if data[0] >> 4 in (4, 6):
        return 0, data, wire_length
    if data[0] >> 4 == 0 and len(data) > 18:
        ethertype, rest = ethernet(data[4:], packet)
        return ethertype, rest, wire_length - (len(data) - len(rest))
    if data[0] >> 4 == 1:
        raise NotIP("MPLS OAM")
    ethertype, rest = ethernet(data, packet)
    return ethertype, rest, wire_length - (len(data) - len(rest))


def _ipv4(data: bytes, wire_length: int, packet: Packet, layers: int) -> None:
    head = header(_IPv4, data, "ipv4")
    if head._v_hl >> 4 != 4:  # noqa: SLF001  (dpkt names the field so)
        raise Undecodable("ipv4", "version is not 4")
    header_length = (head._v_hl & 15) * 4  # noqa: SLF001
    if header_length < 20:
        raise Undecodable("ipv4", "header length below 20")
    total = head.len or wire_length  # 0: segmentation offload, the recorder saw it before the cut
    if total < header_length:
        raise Undecodable("ipv4", "total length below the header length")
    need(data, header_length, "ipv4")
    total = min(total, wire_length)
    packet.version = 4
    packet.source, packet.destination = head.src, head.dst
    packet.ip_bytes = total
    packet.protocol = head.p
    flags_offset = head._flags_offset  # noqa: SLF001
    offset, more = (flags_offset & 0x1FFF) * 8, bool(flags_offset & 0x2000)
    if offset or more:
        packet.fragment = offset
        # RFC 791: reassembly is by addresses, protocol and identification.
        packet.datagram = (head.src, head.dst, head.p, head.id, packet.vlan, packet.tunnels)
    payload = data[header_length:total]
    _protocol(head.p, payload, total - header_length, packet, layers)


def _ipv6(data: bytes, wire_length: int, packet: Packet, layers: int) -> None:
    head = header(_IPv6, data, "ipv6")
    if data[0] >> 4 != 6:
        raise Undecodable("ipv6", "version is not 6")
    packet.version = 6
    packet.source, packet.destination = head.src, head.dst
    # 0 is a jumbogram (RFC 2675) or segmentation offload: the frame says how long it is.
    length = min(head.plen or wire_length - 40, wire_length - 40)
    packet.ip_bytes = 40 + length
    rest, protocol = data[40 : 40 + length], head.nxt
    for _ in range(MAX_LAYERS):
        if protocol in (_HOP_BY_HOP, _ROUTING, _DESTINATION):
            need(rest, 2, "ipv6 extension header")
            size = (rest[1] + 1) * 8
        elif protocol == _FRAGMENT:
            need(rest, 8, "ipv6 fragment header")
            offset_more, ident = unpack_from(">HI", rest, 2)
            if offset_more & 0xFFF9:  # an atomic fragment (RFC 6946) is a whole packet
                packet.fragment = offset_more & 0xFFF8
                packet.datagram = (head.src, head.dst, ident, packet.vlan, packet.tunnels)
            size = 8
        else:
            break
        protocol = rest[0]
        need(rest, size, "ipv6 extension header")
        rest, length = rest[size:], length - size
        if packet.fragment:
            break
    else:
        raise Undecodable("ipv6", "too many extension headers")
    packet.protocol = protocol
    _protocol(protocol, rest, length, packet, layers)


def _protocol(protocol: int, data: bytes, wire_length: int, packet: Packet, layers: int) -> None:
    """What follows the IP header: a transport, a tunnel, or just the protocol number."""
    packet.payload, packet.payload_length = data, wire_length
    packet.fragment_length = wire_length
    if packet.fragment:
        return  # not the head of the datagram: the flow is the head's
    if protocol == _AH and _authenticated(data, wire_length, packet, layers):
        return
    try:
        transport.decode_transport(protocol, data, wire_length, packet)
    except Undecodable as error:
        packet.partial = (error.layer, error.reason)
        if not packet.has_ports and protocol in transport.WITH_PORTS:
            raise


def _authenticated(data: bytes, wire_length: int, packet: Packet, layers: int) -> bool:
    """Look behind an authentication header (RFC 4302), which hides nothing."""
    if len(data) < 12:
        return False
    size = (data[1] + 2) * 4
    if size > len(data) or data[0] == _AH or layers >= MAX_LAYERS:
        return False
    if "ah" not in packet.tunnels:
        packet.tunnels += ("ah",)
    packet.protocol = data[0]
    _protocol(data[0], data[size:], wire_length - size, packet, layers + 1)
    return True
