"""Tunnels: when a decoded packet carries another one, the innermost is what counts.

Each tunnel function returns the name to record, the EtherType of the inner packet and its bytes,
or None if this is not such a tunnel after all. Only identifiers that are the same in both
directions (VNI, GRE key) go into the name, because the name is part of the flow's key; TEIDs,
PPTP call ids and L2TP session ids differ by direction.

If the inner packet cannot be decoded, the outer one stays: nothing that was known is lost.
"""

from __future__ import annotations

from struct import unpack_from
from typing import TYPE_CHECKING

from classifier.engine.portable import link, network
from classifier.engine.portable.packet import LinkNotSupported, NotIP, Packet, Undecodable

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["enter"]

_Inner = tuple[str, int, bytes]
_IPV4, _IPV6, _TEB, _MPLS = 0x0800, 0x86DD, 0x6558, 0x8847
_KEPT = (
    "version", "source", "destination", "protocol", "ip_bytes", "fragment", "fragment_length",
    "datagram", "has_ports", "source_port", "destination_port", "payload_length", "payload",
    "flags", "sequence", "acknowledgement", "icmp_type", "icmp_code", "icmp_answer",
    "icmp_rest", "key_id",
    "vlan", "outer_vlan", "tunnels", "partial",
)  # fmt: skip


def enter(packet: Packet, layers: int = 1) -> None:
    """Decode what ``packet`` carries if it is a tunnel; leave it as it is if it is not.

    Args:
        packet: Decoded up to its ports.
        layers: How many tunnels we are inside already, for the bound.
    """
    if packet.fragment:  # not the head of its datagram: its flow is the head's
        return
    opener = _BY_PROTOCOL.get(packet.protocol)
    if opener is None and packet.has_ports and packet.protocol == 17:
        opener = _BY_UDP_PORT.get(packet.destination_port) or _BY_UDP_PORT.get(packet.source_port)
    if opener is None or layers >= network.MAX_LAYERS:
        return
    kept = tuple(getattr(packet, name) for name in _KEPT)
    missing = packet.payload_length - len(packet.payload)
    try:
        inner = opener(packet.payload, packet)
        if inner is None:
            return
        name, ethertype, data = inner
        packet.tunnels += (name,)
        partial, packet.partial = packet.partial, None
        outer = packet.fragment, packet.fragment_length, packet.datagram
        packet.reset_network()
        if ethertype == _TEB:
            packet.vlan = packet.outer_vlan = -1
            ethertype, data = link.ethernet(data, packet)
        network.decode_network(ethertype, data, len(data) + missing, packet)
        enter(packet, layers + 1)
        if packet.fragment is None:  # the outer datagram's tail will follow this flow
            packet.fragment, packet.fragment_length, packet.datagram = outer
        packet.partial = packet.partial or partial
    except (NotIP, Undecodable, LinkNotSupported) as failure:
        for name, value in zip(_KEPT, kept, strict=True):
            setattr(packet, name, value)
        if isinstance(failure, Undecodable) and opener not in _BY_UDP_PORT.values():
            packet.partial = (f"inside tunnel: {failure.layer}", failure.reason)


def _ip_in_ip(data: bytes, _packet: Packet) -> _Inner | None:
    return ("ipip", _IPV4, data) if data[:1] and data[0] >> 4 == 4 else None


def _ipv6_in_ip(data: bytes, packet: Packet) -> _Inner | None:
    name = "6in4" if packet.version == 4 else "ip6ip6"
    return (name, _IPV6, data) if data[:1] and data[0] >> 4 == 6 else None


def _ether_in_ip(data: bytes, _packet: Packet) -> _Inner | None:
    return ("etherip", _TEB, data[2:]) if data[:2] == b"\x30\x00" else None


def _gre(data: bytes, _packet: Packet) -> _Inner | None:
    """RFC 2784 and 2890; version 1 is PPTP's (RFC 2637)."""
    if len(data) < 4:
        return None
    flags, protocol = unpack_from(">HH", data)
    version, place, key = flags & 7, 4, ""
    if version == 1:
        place = 8 + (4 if flags & 0x1000 else 0) + (4 if flags & 0x0080 else 0)
        if protocol != 0x880B or len(data) <= place:
            return None
        ethertype, inner = link.ppp(data[place:], _packet)
        return "pptp", ethertype, inner
    if version or flags & 0x4000:  # RFC 1701 routing is not followed
        return None
    if flags & 0x8000:
        place += 4
    if flags & 0x2000:
        key = f":{unpack_from('>I', data, place)[0]}" if len(data) >= place + 4 else ""
        place += 4
    sequenced = bool(flags & 0x1000)
    place += 4 if sequenced else 0
    if len(data) < place:
        return None
    if protocol == 0x88BE:
        return "erspan" + key, _TEB, data[place + (8 if sequenced else 0) :]
    if protocol == 0x22EB:
        if len(data) < place + 12:
            return None
        extra = 8 if data[place + 11] & 1 else 0
        return "erspan" + key, _TEB, data[place + 12 + extra :]
    if protocol == 0x880B:
        ethertype, inner = link.ppp(data[place:], _packet)
        return "gre" + key, ethertype, inner
    if 0x8200 <= protocol <= 0x8370 and not protocol & 0x0F:
        # Access points of Aruba's hand on 802.11 frames; Wireshark's packet-gre.h has the numbers.
        ethertype, inner = link.dot11(data[place:], _packet)
        return "gre" + key, ethertype, inner
    if protocol == 0x883E:
        skip = 0 if data[place : place + 1] and data[place] >> 4 == 4 else 4
        return "gre" + key, _IPV4, data[place + skip :]
    return "gre" + key, protocol, data[place:]


def _vxlan(data: bytes, _packet: Packet) -> _Inner | None:
    """RFC 7348, with the group policy and generic protocol extensions (their internet drafts)."""
    if len(data) < 8 or not data[0] & 0x08 or data[7]:
        return None
    following = data[3] if data[0] & 0x04 else 3  # without the P bit it is always Ethernet
    ethertype = {1: _IPV4, 2: _IPV6, 3: _TEB}.get(following)
    if ethertype is None:
        return None
    return f"vxlan:{int.from_bytes(data[4:7])}", ethertype, data[8:]


def _geneve(data: bytes, _packet: Packet) -> _Inner | None:
    """RFC 8926."""
    if len(data) < 8 or data[0] >> 6 or data[7]:
        return None
    protocol = unpack_from(">H", data, 2)[0]
    start = 8 + (data[0] & 0x3F) * 4
    return f"geneve:{int.from_bytes(data[4:7])}", protocol, data[start:]


def _gtp_user(data: bytes, _packet: Packet) -> _Inner | None:
    """3GPP TS 29.281: version 1, protocol type GTP, message type G-PDU."""
    if len(data) < 8 or data[0] & 0xF0 != 0x30 or data[1] != 0xFF:
        return None
    start = 8
    if data[0] & 7:
        if len(data) < 12:
            return None
        following, start = (data[11] if data[0] & 4 else 0), 12
        while following:
            if start + 4 > len(data) or not data[start]:
                return None
            size = data[start] * 4
            if start + size > len(data):
                return None
            following = data[start + size - 1]
            start += size
    return ("gtp-u", 0, data[start:]) if len(data) > start else None


def _l2tp(data: bytes, packet: Packet) -> _Inner | None:
    """RFC 2661 data messages; control messages stay a flow of their own."""
    if len(data) < 6:
        return None
    flags = unpack_from(">H", data)[0]
    if flags & 0x8000 or flags & 15 != 2:
        return None
    place = 2 + (2 if flags & 0x4000 else 0) + 4 + (4 if flags & 0x0800 else 0)
    if flags & 0x0200:
        if len(data) < place + 2:
            return None
        place += 2 + unpack_from(">H", data, place)[0]
    if place >= len(data):
        return None
    ethertype, inner = link.ppp(data[place:], packet)
    return "l2tp", ethertype, inner


def _teredo(data: bytes, _packet: Packet) -> _Inner | None:
    """RFC 4380: authentication and origin indications may precede the IPv6 packet."""
    if data[:2] == b"\0\1" and len(data) >= 13:
        data = data[13 + data[2] + data[3] :]
    if data[:2] == b"\0\0":
        data = data[8:]
    if len(data) < 40 or data[0] >> 4 != 6:
        return None
    return "teredo", _IPV6, data


def _mpls_in_udp(data: bytes, _packet: Packet) -> _Inner | None:
    return ("mpls-udp", _MPLS, data) if len(data) > 4 else None


def _capwap(data: bytes, packet: Packet) -> _Inner | None:
    """RFC 5415 section 4.3: the data channel; control and DTLS stay flows of their own."""
    if len(data) < 8:
        return None
    bits, fragment = unpack_from(">IxxH", data)
    start = (bits >> 19 & 0x1F) * 4
    tail = bits & 0x80 and fragment >> 3
    if data[0] or start < 8 or tail or bits & 0x08:  # another version, DTLS; keep-alive
        return None
    frame = data[start:]
    if not bits & 0x100:
        return "capwap", _TEB, frame
    if bits >> 9 & 0x1F != 1:  # the binding of IEEE 802.11
        return None
    if len(frame) >= 2 and frame[0] & 3 and not frame[1] & 3:
        # Cisco's swap the two bytes of frame control; the version in the first is always 0.
        frame = frame[1::-1] + frame[2:]
    ethertype, inner = link.dot11(frame, packet)
    return "capwap", ethertype, inner


_BY_PROTOCOL: dict[int, Callable[[bytes, Packet], _Inner | None]] = {
    4: _ip_in_ip,
    41: _ipv6_in_ip,
    47: _gre,
    97: _ether_in_ip,
}
_BY_UDP_PORT: dict[int, Callable[[bytes, Packet], _Inner | None]] = {
    1701: _l2tp,
    2152: _gtp_user,
    3544: _teredo,
    4789: _vxlan,
    5247: _capwap,
    6081: _geneve,
    6635: _mpls_in_udp,
    8472: _vxlan,
}
"""Registered ports of tunnels (IANA); 8472 is Linux' first VXLAN port."""
