"""From the link layer to IP: each layer's fields say what follows, its name says it was found.

What is no IP is named by the portable engine's own decoders, which are given the few header bytes
that TShark's fields stand for: one word for one thing in both engines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.engine.names import ethertype_name, link_type_name
from classifier.engine.portable import link as portable
from classifier.engine.portable.packet import (
    Incomplete,
    LinkNotSupported,
    NotIP,
    Packet,
    Undecodable,
)
from classifier.engine.tshark import network
from classifier.engine.tshark.frame import Frame, Gone
from classifier.engine.tshark.linktypes import link_type

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["decode_link", "dot11", "ethernet", "follow", "ppp"]

_IPV4, _IPV6, _MPLS, _VLAN, _PPPOE = 0x0800, 0x86DD, 0x8847, 0x8100, 0x8864
_BY_NIBBLE = 0
_SNAP = 0xAA
_LLC_HEADER = 3
_802_2 = 4  # LINUX_SLL_P_802_2
_SLL2_ENCAPSULATION = 210
_CISCO = 0x00000C
_KNOWN_VENDORS = (0x000000, 0x0000F8, _CISCO)
_DOT11, _CISCO_HDLC, _SLL, _NULL = 105, 104, 113, 0  # LINKTYPE_ numbers


def decode_link(frame: Frame, packet: Packet) -> None:
    """Walk a frame from its link layer to its ports.

    Raises:
        LinkNotSupported: The link type is not one we decode.
        NotIP: It carries something that is recognised and is not IP.
        Undecodable: A layer does not hold what it must.
    """
    decoder = _LINKS.get(frame.layer)
    if decoder is not None:
        frame.enter()
        decoder(frame, packet)
    elif frame.layer in network.IP_LAYERS:
        follow(frame, packet, _BY_NIBBLE)
    else:
        number = link_type(frame.encapsulation)
        if number < 0:
            raise LinkNotSupported(f"Wireshark's encapsulation {frame.encapsulation}")
        portable.decode_link(number, b"", packet)  # says what it lacks, or that it is not known
        if not frame.layer:
            raise Incomplete(link_type_name(number).lower())
        raise NotIP(frame.layer)


def follow(frame: Frame, packet: Packet, ethertype: int) -> None:
    """Decode what follows a header that named it.

    Args:
        frame: At the layer that follows.
        packet: Filled in.
        ethertype: What the header said; 0 is IP by its version nibble.
    """
    name = frame.layer
    if name in network.IP_LAYERS:
        network.decode_ip(frame, packet)
        return
    tag = _TAGS.get(name)
    if tag is not None:
        frame.enter()
        tag(frame, packet)
        return
    if ethertype in _NAMES and not name:
        raise Incomplete(_NAMES[ethertype])
    if ethertype in _REFUSED:  # the layer is there, and only its version can be wrong
        raise Undecodable(_NAMES[ethertype], _REFUSED[ethertype])
    raise NotIP(ethertype_name(ethertype))


def ethernet(frame: Frame, packet: Packet) -> None:
    """Ethernet II and 802.3."""
    frame.advance(14)
    if frame.has("eth_type"):
        follow(frame, packet, frame.integer("eth_type"))
    elif frame.has("eth_len"):
        frame.integer("eth_len")
        _behind_length(frame, packet)
    elif frame.has("eth_invalid_lentype"):
        raise NotIP(ethertype_name(frame.integer("eth_invalid_lentype")))
    else:
        raise Incomplete("ethernet")


def _behind_length(frame: Frame, packet: Packet) -> None:
    if frame.layer == "ipx":
        raise NotIP("IPX")
    if frame.layer != "llc":
        raise Incomplete("llc")
    frame.enter()
    _llc(frame, packet)


def _llc(frame: Frame, packet: Packet) -> None:
    """IEEE 802.2, and SNAP within it."""
    try:
        dsap, ssap = frame.integer("llc_dsap"), frame.integer("llc_ssap")
    except Gone:
        raise Incomplete("llc") from None
    if frame.kept < _LLC_HEADER:
        raise Incomplete("llc")
    snap = _snap(frame) if (dsap, ssap) == (_SNAP, _SNAP) else b""
    frame.advance(_LLC_HEADER + len(snap))
    follow(frame, packet, portable.llc(bytes((dsap, ssap, 3)) + snap, packet)[0])


def _snap(frame: Frame) -> bytes:
    """Vendor and protocol of a SNAP header."""
    try:
        vendor = frame.integer("llc_oui")
    except Gone:
        raise Incomplete("snap") from None
    names = ("llc_cisco_pid",) if vendor == _CISCO else ("llc_type", "llc_pid")
    for name in names:
        if frame.has(name):
            return vendor.to_bytes(3) + frame.integer(name).to_bytes(2)
    if vendor in _KNOWN_VENDORS:
        raise Incomplete("snap")
    return vendor.to_bytes(3) + bytes(2)  # a vendor's protocols have fields of their own


def _cooked(frame: Frame, packet: Packet) -> None:
    """Linux cooked capture, version 1 and 2."""
    frame.advance(20 if frame.encapsulation == _SLL2_ENCAPSULATION else 16)
    if frame.has("sll_etype"):
        follow(frame, packet, frame.integer("sll_etype"))
        return
    try:
        kind = frame.integer("sll_ltype")
    except Gone:
        raise Incomplete("linux sll") from None
    if kind == _802_2:
        _behind_length(frame, packet)
    else:
        header = bytes(14) + kind.to_bytes(2)
        follow(frame, packet, portable.decode_link(_SLL, header, packet)[0])


def _null(frame: Frame, packet: Packet) -> None:
    frame.advance(4)
    if frame.layer in network.IP_LAYERS:
        follow(frame, packet, _BY_NIBBLE)
        return
    try:
        family = frame.integer("null_family")
    except Gone:
        raise Incomplete("null") from None
    header = family.to_bytes(4, "little")
    follow(frame, packet, portable.decode_link(_NULL, header, packet)[0])


def _raw(frame: Frame, packet: Packet) -> None:
    if frame.layer == "data":
        first = frame.octets("data_data")[:1]
        raise Undecodable("ip", f"version {first[0] >> 4}") if first else Incomplete("ip")
    follow(frame, packet, _BY_NIBBLE)


def ppp(frame: Frame, packet: Packet) -> None:
    """PPP, on its own or in a tunnel."""
    if frame.layer == "chdlc":  # a serial line of Cisco's after all
        frame.enter()
        _cisco_hdlc(frame, packet)
        return
    if frame.has("ppp_address"):
        frame.text("ppp_address")
        frame.advance(2)
    _behind_ppp(frame, packet)


def _behind_ppp(frame: Frame, packet: Packet) -> None:
    try:
        protocol = frame.integer("ppp_protocol")
    except Gone:
        raise Incomplete("ppp") from None
    frame.advance(2)
    follow(frame, packet, portable.ppp(b"\xff\x03" + protocol.to_bytes(2), packet)[0])


def _cisco_hdlc(frame: Frame, packet: Packet) -> None:
    try:
        protocol = frame.integer("chdlc_protocol")
    except Gone:
        raise Incomplete("cisco hdlc") from None
    frame.advance(4)
    header = b"\x0f\x00" + protocol.to_bytes(2)
    follow(frame, packet, portable.decode_link(_CISCO_HDLC, header, packet)[0])


def _frame_relay(frame: Frame, packet: Packet) -> None:
    if frame.layer in network.IP_LAYERS:
        follow(frame, packet, _BY_NIBBLE)
    elif frame.has("fr_chdlctype"):
        follow(frame, packet, frame.integer("fr_chdlctype"))
    elif frame.has("fr_nlpid"):
        raise NotIP("frame relay, other NLPID")
    else:
        raise NotIP("frame relay management")


def dot11(frame: Frame, packet: Packet) -> None:
    """An 802.11 frame, on its own or in a tunnel."""
    if frame.has("radiotap_flags_badfcs") and frame.integer("radiotap_flags_badfcs"):
        raise NotIP("802.11 frame with a bad checksum")
    if frame.layer == "llc":
        frame.enter()
        _llc(frame, packet)
        return
    if frame.layer == "data" and not frame.has("wlan_fc_type"):
        raise NotIP("802.11 of another version")
    try:
        kind, subtype = frame.integer("wlan_fc_type"), frame.integer("wlan_fc_subtype")
        flags = frame.integer("wlan_flags") & 0xFF
    except Gone:
        raise Incomplete("802.11") from None
    control = bytes((subtype << 4 | kind << 2, flags))
    follow(frame, packet, portable.decode_link(_DOT11, control, packet)[0])


def _unwrap(frame: Frame, packet: Packet) -> None:
    """A header that describes the frame behind it, or has no field that says what follows."""
    if frame.layer and frame.layer not in (*_LINKS, *network.IP_LAYERS):
        raise NotIP(frame.layer.upper())
    decode_link(frame, packet)


def _user(frame: Frame, packet: Packet) -> None:
    """A link type for private use; of some TShark finds out what they are used for."""
    if frame.layer not in _LINKS:
        raise LinkNotSupported(link_type_name(link_type(frame.encapsulation)))
    decode_link(frame, packet)


def _vlan(frame: Frame, packet: Packet) -> None:
    """802.1Q."""
    frame.advance(4)
    try:
        _tag(frame.integer("vlan_id"), packet)
        if frame.layer in ("llc", "ipx"):
            frame.integer("vlan_len")
            _behind_length(frame, packet)
        else:
            follow(frame, packet, frame.integer("vlan_etype"))
    except Gone:
        raise Incomplete("vlan") from None


def _provider_bridge(frame: Frame, packet: Packet) -> None:
    """802.1ad, of which TShark takes two tags together; its EtherType is that of 802.1ah."""
    try:
        if frame.has("ieee8021ad_svid"):
            frame.advance(8)
            _tag(frame.integer("ieee8021ad_svid"), packet)
            _tag(frame.integer("ieee8021ad_cvid"), packet)
        else:
            frame.advance(4)
            _tag(frame.integer("ieee8021ad_id"), packet)
        follow(frame, packet, frame.integer("ieee8021ah_etype"))
    except Gone:
        raise Incomplete("vlan") from None


def _tag(number: int, packet: Packet) -> None:
    if packet.vlan >= 0 and packet.outer_vlan < 0:
        packet.outer_vlan = packet.vlan
    packet.vlan = number


def _provider_backbone(frame: Frame, packet: Packet) -> None:
    """802.1ah: a service id, then a whole Ethernet frame, whose addresses TShark keeps here."""
    try:
        packet.tunnels += (f"pbb:{frame.integer('ieee8021ah_isid')}",)
        packet.vlan = packet.outer_vlan = -1
        frame.advance(18)
        follow(frame, packet, frame.integer("ieee8021ah_etype"))
    except Gone:
        raise Incomplete("802.1ah") from None


def _mpls(frame: Frame, packet: Packet) -> None:
    """Labels up to the bottom of the stack, then IP or a pseudowire that carries Ethernet."""
    try:
        bottom = 0
        while not bottom:
            bottom = frame.integer("mpls_bottom")
            frame.advance(4)
    except Gone:
        raise Incomplete("mpls") from None
    packet.tunnels += ("mpls",)
    while frame.layer in _PSEUDOWIRES:
        if frame.layer == "pwethcw":
            frame.advance(4)
        frame.enter()
    if frame.layer == "eth":
        frame.enter()
        ethernet(frame, packet)
    elif frame.layer in ("pwach", "pwmcw"):
        raise NotIP("MPLS OAM")
    elif frame.layer in network.IP_LAYERS:
        follow(frame, packet, _BY_NIBBLE)
    else:
        raise NotIP("MPLS")


def _pppoe(frame: Frame, packet: Packet) -> None:
    try:
        session = frame.integer("pppoe_session_id")
    except Gone:
        raise Incomplete("pppoe") from None
    frame.advance(6)
    if frame.layer != "ppp":
        raise Incomplete("ppp")
    frame.enter()
    packet.tunnels += (f"pppoe:{session}",)
    _behind_ppp(frame, packet)


_PSEUDOWIRES = ("pwethheuristic", "pwethcw", "pwethnocw")

_LINKS: dict[str, Callable[[Frame, Packet], None]] = {
    "eth": ethernet,
    "sll": _cooked,
    "null": _null,
    "raw": _raw,
    "ppp": ppp,
    "pppoes": _pppoe,
    "chdlc": _cisco_hdlc,
    "fr": _frame_relay,
    "llc": _llc,
    "wlan": dot11,
    "radiotap": _unwrap,
    "wlan_radio": _unwrap,
    "ppi": _unwrap,
    "pktap": _unwrap,
    "user_dlt": _user,
    "pcap_pktdata": _unwrap,
    "nflog": _unwrap,
    "clip": _unwrap,
    "ap1394": _unwrap,
    "ipoib": _unwrap,
    "arcnet": _unwrap,
}
"""Wireshark's name of a link layer -> decoder."""

_TAGS: dict[str, Callable[[Frame, Packet], None]] = {
    "vlan": _vlan,
    "ieee8021ad": _provider_bridge,
    "ieee8021ah": _provider_backbone,
    "mpls": _mpls,
    "pppoes": _pppoe,
}
"""What may stand between the link layer and IP."""

_REFUSED: dict[int, str] = {
    _BY_NIBBLE: "version neither 4 nor 6",
    _IPV4: "version is not 4",
    _IPV6: "version is not 6",
}

_NAMES: dict[int, str] = {
    _BY_NIBBLE: "ip",
    _IPV4: "ipv4",
    _IPV6: "ipv6",
    _MPLS: "mpls",
    _VLAN: "vlan",
    _PPPOE: "pppoe",
}
"""What to call a layer that must follow and does not, because the frame ends before it."""
