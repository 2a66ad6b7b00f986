"""Quotes: the packet that an ICMP error speaks of, as far as TShark takes it apart.

Of a quote with 8 bytes behind its IP header TShark shows the ports of TCP, UDP and DCCP and the id
of a ping, but nothing of SCTP; a tunnel is followed where TShark follows it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.engine.portable.packet import LinkNotSupported, NotIP, Packet, Undecodable
from classifier.engine.portable.quote import tells_its_flow
from classifier.engine.portable.transport import ICMP_ERRORS
from classifier.engine.tshark import network, tunnel
from classifier.engine.tshark.frame import Gone

if TYPE_CHECKING:
    from classifier.engine.tshark.frame import Frame

__all__ = ["quoted"]

_ICMP_HEADER = 8
_LAYERS = {4: "ip", 6: "ipv6"}


def quoted(frame: Frame, packet: Packet) -> Packet | None:
    """The packet that ``packet`` complains about; see :mod:`classifier.engine.portable.quote`.

    Args:
        frame: At the layer behind ICMP.
        packet: The error.
    """
    if packet.icmp_type not in ICMP_ERRORS.get(packet.version, ()):
        return None
    if frame.layer != _LAYERS[packet.version]:
        return None
    frame.advance(_ICMP_HEADER)
    quote = Packet()
    quote.vlan, quote.outer_vlan, quote.tunnels = packet.vlan, packet.outer_vlan, packet.tunnels
    try:
        network.decode_ip(frame, quote)
        tunnel.enter(frame, quote)
    except (NotIP, Undecodable, LinkNotSupported, Gone):
        return None
    return quote if tells_its_flow(quote) else None
