"""Link layers: from a frame to the bytes of its network layer and their EtherType.

dpkt's link decoders decode everything above them eagerly and differ in what they raise, so the
few fixed headers are read here; IP and above is dpkt's (:mod:`.network`).

Each function takes the frame and the packet to note VLANs on, and returns an EtherType and the
bytes that follow. EtherType 0 stands for "IP, its first nibble says which".
"""

from __future__ import annotations

from struct import unpack_from
from typing import TYPE_CHECKING

from classifier.engine.names import LLC_NAMES, link_type_name
from classifier.engine.portable import wireless
from classifier.engine.portable.packet import LinkNotSupported, NotIP, Packet, need

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    _Decoder: TypeAlias = Callable[[bytes, Packet], tuple[int, bytes]]

__all__ = ["BY_NIBBLE", "decode_link", "dot11", "ethernet", "is_supported", "ppp"]

BY_NIBBLE = 0
IPV4, IPV6, MPLS = 0x0800, 0x86DD, 0x8847
_LARGEST_802_3_LENGTH = 1500
_SNAP = 0xAA
_PPP_TYPES = {0x0021: IPV4, 0x0057: IPV6, 0x0281: MPLS, 0x0283: 0x8848}
_PPP_NAMES = {
    0xC021: "PPP LCP",
    0xC023: "PPP PAP",
    0xC025: "PPP LQR",
    0xC223: "PPP CHAP",
    0xC227: "PPP EAP",
    0x8021: "PPP IPCP",
    0x8057: "PPP IPv6CP",
    0x8281: "PPP MPLSCP",
    0x80FD: "PPP CCP",
    0x00FD: "PPP compressed",
    0x002D: "PPP VJ compressed TCP",
    0x0023: "PPP OSI",
    0x0031: "PPP bridging",
    0x8207: "PPP CDPCP",
}
_AF_BRIDGE = 7
_WRAPPERS = (192, 258)  # PPI and PKTAP: one in another could go on for ever
_NULL_FAMILIES = {2: IPV4, 10: IPV6, 24: IPV6, 28: IPV6, 30: IPV6}  # AF_INET and AF_INET6 by OS


def decode_link(link_type: int, data: bytes, packet: Packet) -> tuple[int, bytes]:
    """Take the link layer off a frame.

    Returns:
        EtherType of what follows (0: IP by its version nibble) and its bytes.

    Raises:
        LinkNotSupported: The link type is not one we decode.
        NotIP: What follows is recognised and is not IP.
        Undecodable: The frame is too short or contradicts itself.
    """
    decoder = _DECODERS.get(link_type)
    if decoder is None:
        raise LinkNotSupported(link_type_name(link_type))
    return decoder(data, packet)


def is_supported(link_type: int) -> bool:
    """Whether frames of this link type are decoded."""
    return link_type in _DECODERS


def ethernet(data: bytes, packet: Packet) -> tuple[int, bytes]:
    """Ethernet II and 802.3 with LLC or SNAP. VLAN tags are left to the network layer loop."""
    need(data, 14, "ethernet")
    ethertype = unpack_from(">H", data, 12)[0]
    if ethertype > _LARGEST_802_3_LENGTH:
        return ethertype, data[14:]
    if data[14:16] == b"\xff\xff":
        raise NotIP("IPX")
    return llc(data[14:], packet)


def llc(data: bytes, _packet: Packet) -> tuple[int, bytes]:
    """IEEE 802.2, and SNAP within it."""
    need(data, 3, "llc")
    if data[0] != _SNAP or data[1] != _SNAP:
        if data[:2] == b"\x06\x06":
            return IPV4, data[3:]
        raise NotIP(LLC_NAMES.get(data[0] & 0xFE, "802.2 LLC"))
    need(data, 8, "snap")
    vendor, protocol = data[3:6], unpack_from(">H", data, 6)[0]
    if vendor in (b"\0\0\0", b"\0\0\xf8"):
        return protocol, data[8:]
    if vendor == b"\0\0\x0c":
        names = {0x2000: "CDP", 0x2003: "VTP", 0x2004: "DTP", 0x010B: "STP", 0x0111: "UDLD"}
        raise NotIP(names.get(protocol, "Cisco SNAP"))
    raise NotIP("SNAP of another vendor")


def _linux_sll(data: bytes, packet: Packet) -> tuple[int, bytes]:
    need(data, 16, "linux sll")
    return _sll_protocol(unpack_from(">H", data, 14)[0], data[16:], packet)


def _linux_sll2(data: bytes, packet: Packet) -> tuple[int, bytes]:
    need(data, 20, "linux sll2")
    return _sll_protocol(unpack_from(">H", data, 0)[0], data[20:], packet)


def _sll_protocol(protocol: int, data: bytes, packet: Packet) -> tuple[int, bytes]:
    if protocol > _LARGEST_802_3_LENGTH:
        return protocol, data
    if protocol == 4:
        return llc(data, packet)
    if protocol == 1:
        raise NotIP("IPX")
    raise NotIP("Linux internal frame")


def _null(data: bytes, _packet: Packet) -> tuple[int, bytes]:
    need(data, 4, "null")
    little, big = unpack_from("<I", data)[0], unpack_from(">I", data)[0]
    family = little if little in _NULL_FAMILIES else big
    if family not in _NULL_FAMILIES:
        ethertype = big & 0xFFFF
        if ethertype in (IPV4, IPV6):  # some writers put an EtherType there
            return ethertype, data[4:]
        raise NotIP(f"address family {min(little, big)}")
    return _NULL_FAMILIES[family], data[4:]


def _raw(data: bytes, _packet: Packet) -> tuple[int, bytes]:
    return BY_NIBBLE, data


def _ipv4(data: bytes, _packet: Packet) -> tuple[int, bytes]:
    return IPV4, data


def _ipv6(data: bytes, _packet: Packet) -> tuple[int, bytes]:
    return IPV6, data


def dot11(data: bytes, packet: Packet) -> tuple[int, bytes]:
    """An 802.11 frame without a check sequence."""
    return wireless.dot11(data, packet, llc)


def ppp(data: bytes, packet: Packet) -> tuple[int, bytes]:
    """PPP with or without address and control bytes, and with a compressed protocol field."""
    if data[:2] in (b"\x0f\x00", b"\x8f\x00"):  # a serial line of Cisco's after all
        return _cisco_hdlc(data, packet)
    if data[:2] == b"\xff\x03":
        data = data[2:]
    need(data, 2, "ppp")
    if data[0] & 1:  # RFC 1661 section 6.5: the protocol field in one byte
        protocol, data = data[0], data[1:]
    else:
        protocol, data = unpack_from(">H", data)[0], data[2:]
    if protocol not in _PPP_TYPES:
        raise NotIP(_PPP_NAMES.get(protocol, f"PPP 0x{protocol:04x}"))
    return _PPP_TYPES[protocol], data


def _cisco_hdlc(data: bytes, _packet: Packet) -> tuple[int, bytes]:
    need(data, 4, "cisco hdlc")
    protocol = unpack_from(">H", data, 2)[0]
    names = {0x8035: "Cisco SLARP", 0x2000: "CDP", 0xFEFE: "OSI (IS-IS, ES-IS, CLNP)"}
    if protocol in names:
        raise NotIP(names[protocol])
    return protocol, data[4:]


def _pppoe(data: bytes, _packet: Packet) -> tuple[int, bytes]:
    """A bare PPPoE header (RFC 2516): code 0 is a session, the others set one up."""
    need(data, 6, "pppoe")
    if data[1]:
        raise NotIP("PPPoE discovery")
    return 0x8864, data


def _frame_relay(data: bytes, packet: Packet) -> tuple[int, bytes]:
    """Q.922 address, then RFC 2427 network layer protocol id, or an EtherType (Cisco)."""
    length = next((i + 1 for i, byte in enumerate(data[:4]) if byte & 1), 0)
    need(data, max(length, 1) + 2, "frame relay")
    if not length:
        raise NotIP("frame relay with a longer address")
    data = data[length:]
    if data[0] == 0x03:
        data = data[1:].lstrip(b"\0") if data[1:2] == b"\0" else data[1:]
        need(data, 1, "frame relay")
        if data[0] == 0xCC:
            return IPV4, data[1:]
        if data[0] == 0x8E:
            return IPV6, data[1:]
        if data[0] == 0x80:
            return llc(b"\xaa\xaa\x03" + data[1:], packet)
        raise NotIP("frame relay, other NLPID")
    ethertype = unpack_from(">H", data)[0]
    if ethertype <= _LARGEST_802_3_LENGTH:
        raise NotIP("frame relay management")
    return ethertype, data[2:]


def _ip_over_ieee1394(data: bytes, _packet: Packet) -> tuple[int, bytes]:
    need(data, 18, "ieee1394")
    return unpack_from(">H", data, 16)[0], data[18:]


def _ip_over_infiniband(data: bytes, _packet: Packet) -> tuple[int, bytes]:
    need(data, 44, "ipoib")
    return unpack_from(">H", data, 40)[0], data[44:]


def _arcnet_linux(data: bytes, _packet: Packet) -> tuple[int, bytes]:
    need(data, 8, "arcnet")
    kind = data[4]
    if kind not in (0xD4, 0xF0, 0xF1, 0xC4):
        raise NotIP("ARP" if kind == 0xD5 else "ARCNET")
    if kind == 0xC4:
        return IPV6, data[8:]
    if kind == 0xD4:
        return IPV4, data[8:]
    return IPV4, data[5:]


def _nflog(data: bytes, _packet: Packet) -> tuple[int, bytes]:
    """Netfilter's log: a header with the address family, then values; payload is type 9.

    What a bridge logged says its EtherType in the value before, the packet header (type 1).
    """
    need(data, 4, "nflog")
    family, place = data[0], 4
    ethertype = _NULL_FAMILIES.get(family)
    while place + 4 <= len(data):
        length, kind = unpack_from("<HH", data, place)
        if length < 4:
            break
        if kind & 0x7FFF == 1 and family == _AF_BRIDGE and length >= 6 <= len(data) - place:
            ethertype = unpack_from(">H", data, place + 4)[0]
        elif kind & 0x7FFF == 9:
            if ethertype is None:
                raise NotIP(f"address family {family}")
            return ethertype, data[place + 4 : place + length]
        place += length + (-length % 4)
    raise NotIP("nflog without a packet")


def _with_direction(inner: _Decoder) -> _Decoder:
    def decode(data: bytes, packet: Packet) -> tuple[int, bytes]:
        need(data, 1, "direction")
        return inner(data[1:], packet)

    return decode


def _ppi(data: bytes, packet: Packet) -> tuple[int, bytes]:
    """Per-packet information: skip it and decode the link type that it names."""
    need(data, 8, "ppi")
    length, link_type = unpack_from("<H", data, 2)[0], unpack_from("<I", data, 4)[0]
    need(data, length, "ppi")
    if link_type in _WRAPPERS or length < 8:
        raise NotIP("PPI in PPI")
    return decode_link(link_type, data[length:], packet)


def _pktap(data: bytes, packet: Packet) -> tuple[int, bytes]:
    """Apple's header, which names the link type of the frame behind it."""
    need(data, 12, "pktap")
    length, _, link_type = unpack_from("<III", data)
    need(data, length, "pktap")
    if link_type in _WRAPPERS or length < 12:
        raise NotIP("PKTAP in PKTAP")
    return decode_link(link_type, data[length:], packet)


_DECODERS: dict[int, _Decoder] = {
    0: _null,
    1: ethernet,
    9: ppp,
    12: _raw,
    14: _raw,
    50: ppp,
    51: _pppoe,
    100: llc,
    101: _raw,
    104: _cisco_hdlc,
    105: dot11,
    107: _frame_relay,
    108: _null,
    113: _linux_sll,
    127: lambda data, packet: wireless.radiotap(data, packet, llc),
    129: _arcnet_linux,
    138: _ip_over_ieee1394,
    166: ppp,
    192: _ppi,
    204: _with_direction(ppp),
    205: _with_direction(_cisco_hdlc),
    206: _with_direction(_frame_relay),
    228: _ipv4,
    229: _ipv6,
    239: _nflog,
    242: _ip_over_infiniband,
    258: _pktap,
    276: _linux_sll2,
}
"""LINKTYPE_ number -> decoder."""
