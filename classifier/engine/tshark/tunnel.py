"""Tunnels: when a decoded packet carries another one, the innermost is what counts.

Names and rules are those of :mod:`classifier.engine.portable.tunnel`: a tunnel that the portable
engine does not enter is not entered here either, although TShark knows many more.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy

from classifier.engine.portable.network import MAX_LAYERS
from classifier.engine.portable.packet import (
    Incomplete,
    LinkNotSupported,
    NotIP,
    Packet,
    Undecodable,
)
from classifier.engine.portable.transport import UDP
from classifier.engine.tshark import link
from classifier.engine.tshark.frame import Frame, Gone
from classifier.engine.tshark.transport import GRE

__all__ = ["enter"]

_Inner = Callable[[Frame, Packet], None]
"""Decodes what a tunnel carries"""
_Opener = Callable[[Frame, Packet], tuple[str, _Inner] | None]
"""Takes a tunnel's header; gives its name and what it carries, None if it is no such tunnel"""

_IP_IN_IP, _IPV6_IN_IP, _ETHER_IN_IP = 4, 41, 97
_IPV4, _IPV6, _TEB = 0x0800, 0x86DD, 0x6558
_PPP, _ERSPAN, _ERSPAN_3, _WCCP = 0x880B, 0x88BE, 0x22EB, 0x883E
_ARUBA = range(0x8200, 0x8380, 0x10)
_CHECKSUM, _ROUTING, _KEY, _SEQUENCE, _ACKNOWLEDGEMENT = 0x8000, 0x4000, 0x2000, 0x1000, 0x0080
_G_PDU = 0xFF
_GTP_1 = 0x30
_VNI_IS_VALID = 0x0800


def enter(frame: Frame, packet: Packet, layers: int = 1) -> None:
    """Decode what ``packet`` carries if it is a tunnel; leave it as it is if it is not.

    Args:
        frame: At the layer behind the transport of ``packet``.
        packet: Decoded up to its ports.
        layers: How many tunnels we are inside already, for the bound.
    """
    if packet.fragment or layers >= MAX_LAYERS:
        return
    over_udp = packet.has_ports and packet.protocol == UDP
    opener = _BY_UDP_LAYER.get(frame.layer) if over_udp else _BY_PROTOCOL.get(packet.protocol)
    if opener is None:
        return
    kept = copy(packet)
    try:
        opened = opener(frame, packet)
        if opened is None:
            return
        name, inner = opened
        packet.tunnels += (name,)
        partial, packet.partial = packet.partial, None
        outer = packet.fragment, packet.fragment_length, packet.datagram
        packet.reset_network()
        inner(frame, packet)
        enter(frame, packet, layers + 1)
        if packet.fragment is None:  # the outer datagram's tail will follow this flow
            packet.fragment, packet.fragment_length, packet.datagram = outer
        packet.partial = packet.partial or partial
    except (NotIP, Undecodable, LinkNotSupported, Gone) as failure:
        for slot in Packet.__slots__:
            setattr(packet, slot, getattr(kept, slot))
        if isinstance(failure, Undecodable) and not over_udp:
            packet.partial = (f"inside tunnel: {failure.layer}", failure.reason)


def _opened(name: str, ethertype: int) -> tuple[str, _Inner]:
    """A tunnel that says by EtherType what it carries."""
    if ethertype == _TEB:
        return name, _ethernet

    def inner(frame: Frame, packet: Packet) -> None:
        link.follow(frame, packet, ethertype)

    return name, inner


def _ethernet(frame: Frame, packet: Packet) -> None:
    packet.vlan = packet.outer_vlan = -1
    if frame.layer != "eth":
        raise Incomplete("ethernet")
    frame.enter()
    link.ethernet(frame, packet)


def _ppp(frame: Frame, packet: Packet) -> None:
    if frame.layer != "ppp":
        raise Incomplete("ppp")
    frame.enter()
    link.ppp(frame, packet)


def _wireless(frame: Frame, packet: Packet) -> None:
    if frame.layer != "wlan":
        raise Incomplete("802.11")
    frame.enter()
    link.dot11(frame, packet)


def _ip_in_ip(frame: Frame, _packet: Packet) -> tuple[str, _Inner] | None:
    return _opened("ipip", _IPV4) if frame.layer == "ip" else None


def _ipv6_in_ip(frame: Frame, packet: Packet) -> tuple[str, _Inner] | None:
    name = "6in4" if packet.version == _IP_IN_IP else "ip6ip6"
    return _opened(name, _IPV6) if frame.layer == "ipv6" else None


def _ether_in_ip(frame: Frame, _packet: Packet) -> tuple[str, _Inner] | None:
    if frame.layer != "etherip":
        return None
    frame.enter()
    frame.advance(2)
    return "etherip", _ethernet


def _gre(frame: Frame, packet: Packet) -> tuple[str, _Inner] | None:
    """RFC 2784 and 2890; version 1 is PPTP's (RFC 2637)."""
    flags = frame.gre
    protocol = frame.integer("gre_proto")
    frame.advance(4 + sum(4 for bit in (_CHECKSUM, _KEY, _SEQUENCE) if flags & bit))
    if flags & 7 == 1:
        frame.advance(4 if flags & _ACKNOWLEDGEMENT else 0)
        return ("pptp", _ppp) if protocol == _PPP and frame.layer == "ppp" else None
    if flags & (7 | _ROUTING) or frame.kept < 0:
        return None
    key = f":{packet.key_id}" if flags & _KEY else ""
    if protocol in (_ERSPAN, _ERSPAN_3):
        if frame.layer == "erspan":
            frame.enter()
            frame.advance(8 if protocol == _ERSPAN else 12)
        return "erspan" + key, _ethernet
    if protocol == _PPP or protocol in _ARUBA:
        return "gre" + key, _ppp if protocol == _PPP else _wireless
    if protocol == _WCCP:
        return _opened("gre" + key, _IPV4)
    return _opened("gre" + key, protocol)


def _vxlan(frame: Frame, _packet: Packet) -> tuple[str, _Inner] | None:
    """RFC 7348, with the group policy and generic protocol extensions (their internet drafts)."""
    frame.enter()
    frame.advance(8)
    flags, name = frame.integer("vxlan_flags"), f"vxlan:{frame.integer('vxlan_vni')}"
    if not flags & _VNI_IS_VALID:
        return None
    return _opened(name, _TEB if frame.layer == "eth" else 0)


def _geneve(frame: Frame, _packet: Packet) -> tuple[str, _Inner] | None:
    """RFC 8926."""
    frame.enter()
    frame.advance(8)
    protocol = frame.integer("geneve_proto_type")
    return _opened(f"geneve:{frame.integer('geneve_vni')}", protocol)


def _gtp_user(frame: Frame, _packet: Packet) -> tuple[str, _Inner] | None:
    """3GPP TS 29.281: version 1, protocol type GTP, message type G-PDU."""
    frame.enter()
    flags = frame.integer("gtp_flags")
    if flags & 0xF0 != _GTP_1 or frame.integer("gtp_message") != _G_PDU:
        return None
    frame.advance(12 if flags & 7 else 8)
    if flags & 4 and frame.has("gtp_ext_hdr_length"):
        frame.advance(4 * frame.integer("gtp_ext_hdr_length"))
    return _opened("gtp-u", 0)


def _l2tp(frame: Frame, _packet: Packet) -> tuple[str, _Inner] | None:
    """RFC 2661 data messages; control messages stay a flow of their own."""
    frame.enter()
    frame.advance(6)
    if frame.integer("l2tp_type"):
        return None
    return "l2tp", _ppp


def _teredo(frame: Frame, _packet: Packet) -> tuple[str, _Inner] | None:
    """RFC 4380: authentication and origin indications may precede the IPv6 packet."""
    frame.enter()
    if frame.has("teredo_auth_idlen"):
        lengths = frame.integer("teredo_auth_idlen") + frame.integer("teredo_auth_aulen")
        frame.advance(13 + lengths)
    if frame.has("teredo_orig_port"):
        frame.advance(8)
    return _opened("teredo", _IPV6) if frame.layer == "ipv6" else None


def _mpls_in_udp(_frame: Frame, _packet: Packet) -> tuple[str, _Inner] | None:
    """RFC 7510; its layer is MPLS itself."""
    return _opened("mpls-udp", 0x8847)


def _capwap(frame: Frame, _packet: Packet) -> tuple[str, _Inner] | None:
    """RFC 5415; TShark takes it that frame control is swapped, as Cisco's do."""
    frame.enter()
    if frame.layer not in ("wlan", "eth"):
        return None
    return "capwap", _wireless if frame.layer == "wlan" else _ethernet


_BY_PROTOCOL: dict[int, _Opener] = {
    _IP_IN_IP: _ip_in_ip,
    _IPV6_IN_IP: _ipv6_in_ip,
    GRE: _gre,
    _ETHER_IN_IP: _ether_in_ip,
}
_BY_UDP_LAYER: dict[str, _Opener] = {
    "l2tp": _l2tp,
    "gtp": _gtp_user,
    "teredo": _teredo,
    "vxlan": _vxlan,
    "geneve": _geneve,
    "mpls": _mpls_in_udp,
    "capwap.data": _capwap,
}
