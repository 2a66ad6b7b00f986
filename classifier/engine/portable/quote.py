"""Quotes: the packet that an ICMP error speaks of.

An error carries the beginning of the packet that caused it: the IP header and 8 bytes at least
(RFC 792), as much as fits (RFC 4443). It is decoded like any packet, down to the innermost, but
nothing is believed that is not there: bytes may end anywhere, and lengths speak of the packet as
it was sent.
"""

from __future__ import annotations

from classifier.engine.portable import network, tunnel
from classifier.engine.portable.packet import LinkNotSupported, NotIP, Packet, Undecodable
from classifier.engine.portable.transport import GRE, ICMP_ERRORS, ICMP_QUERIES

__all__ = ["quoted", "tells_its_flow"]

_ETHERTYPES = {4: 0x0800, 6: 0x86DD}
_WITH_LENGTH = {4: (3, 11, 12), 6: (1, 3)}
_SHORTEST = 128
"""RFC 4884: an error that says how long its quote is, for something follows it, has this many
bytes of it, padded with zeros. A smaller number is not such a length."""


def quoted(packet: Packet) -> Packet | None:
    """The packet that ``packet`` complains about.

    It has the VLAN ids of the error and is inside of the same tunnels.

    Returns:
        None where ``packet`` is no ICMP error, or does not quote enough to tell the flow. A later
        fragment does not tell it, and there are no errors about errors (RFC 1122, RFC 4443).
    """
    if packet.icmp_type not in ICMP_ERRORS.get(packet.version, ()):
        return None
    data = packet.payload[: _length(packet)]
    if not data or data[0] >> 4 != packet.version:
        return None
    quote = Packet()
    quote.vlan, quote.outer_vlan, quote.tunnels = packet.vlan, packet.outer_vlan, packet.tunnels
    try:
        network.decode_network(_ETHERTYPES[packet.version], data, len(data), quote)
        tunnel.enter(quote)
    except (NotIP, Undecodable, LinkNotSupported):
        return None
    return quote if tells_its_flow(quote) else None


def _length(packet: Packet) -> int | None:
    """How long the quote is, where the error says so (RFC 4884)."""
    if packet.icmp_type not in _WITH_LENGTH[packet.version]:
        return None
    if packet.version == 4:
        length = (packet.icmp_rest >> 16 & 0xFF) * 4
    else:
        length = (packet.icmp_rest >> 24) * 8
    return length if length >= _SHORTEST else None


def tells_its_flow(quote: Packet) -> bool:
    """Whether enough of a quoted packet was there to know its flow."""
    if quote.fragment or (quote.partial and not quote.has_ports):
        return False
    if quote.icmp_type >= 0:
        return quote.icmp_type in ICMP_QUERIES and quote.icmp_rest >= 0
    return quote.protocol != GRE or quote.key_id != 0  # the key may be behind the end
