"""What decoding a frame yields, and the ways in which it can end without a flow."""

from __future__ import annotations

__all__ = ["Incomplete", "LinkNotSupported", "NotIP", "Packet", "Undecodable", "need"]


class NotIP(Exception):
    """The frame carries something else than IP; the argument is its name."""


class LinkNotSupported(Exception):
    """The link type is one that is not decoded; the argument is its name."""


class Undecodable(Exception):
    """A layer does not hold what it must.

    Attributes:
        layer: The protocol that failed, e.g. ``ipv4``.
        reason: Why, without numbers of the single frame, so that reasons can be counted.
    """

    def __init__(self, layer: str, reason: str) -> None:
        super().__init__(layer, reason)
        self.layer = layer
        self.reason = reason


class Incomplete(Undecodable):
    """The bytes end before the layer does."""

    def __init__(self, layer: str) -> None:
        super().__init__(layer, "cut short")


class Packet:
    """The innermost conversation that a frame belongs to. One object is used for all frames.

    Attributes:
        version: 4 or 6.
        source, destination: Addresses, 4 or 16 bytes.
        protocol: IP protocol number after extension headers.
        ip_bytes: IP header and payload, by the IP length, at most what was on the wire.
        has_ports: Whether ``source_port`` and ``destination_port`` mean anything.
        payload_length: Transport payload in bytes, by the IP length.
        payload: The part of it that was captured.
        flags: TCP flag byte.
        sequence, acknowledgement: TCP numbers.
        icmp_type, icmp_code: Of the asking message; -1 where not ICMP.
        icmp_answer: Whether this packet is the answer to the asking message.
        icmp_rest: Second word of the ICMP header: the id of a query, or how long the quote of an
            error is; -1 where it was not captured.
        key_id: ICMP query id, GRE key or call id.
        vlan, outer_vlan: 802.1Q ids, -1 without.
        tunnels: Names of the tunnels around it, outermost first.
        fragment: Offset in bytes of a fragment, else None.
        fragment_length: Bytes of the datagram in this fragment, header of the transport included.
        datagram: What tells the fragments of one datagram from others, if it is a fragment.
        partial: (layer, reason) where only a part of the frame could be decoded, else None.
    """

    __slots__ = (
        "acknowledgement",
        "datagram",
        "destination",
        "destination_port",
        "flags",
        "fragment",
        "fragment_length",
        "has_ports",
        "icmp_answer",
        "icmp_code",
        "icmp_rest",
        "icmp_type",
        "ip_bytes",
        "key_id",
        "outer_vlan",
        "partial",
        "payload",
        "payload_length",
        "protocol",
        "sequence",
        "source",
        "source_port",
        "tunnels",
        "version",
        "vlan",
    )

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget everything, before the next frame."""
        self.vlan = -1
        self.outer_vlan = -1
        self.tunnels: tuple[str, ...] = ()
        self.partial: tuple[str, str] | None = None
        self.reset_network()

    def reset_network(self) -> None:
        """Forget the network layer and what is above, before an inner one is decoded."""
        self.version = 0
        self.source = b""
        self.destination = b""
        self.protocol = 0
        self.ip_bytes = 0
        self.fragment: int | None = None
        self.fragment_length = 0
        self.datagram: tuple[object, ...] = ()
        self.reset_transport()

    def reset_transport(self) -> None:
        """Forget the transport layer."""
        self.has_ports = False
        self.source_port = 0
        self.destination_port = 0
        self.payload_length = 0
        self.payload = b""
        self.flags = 0
        self.sequence = 0
        self.acknowledgement = 0
        self.icmp_type = -1
        self.icmp_code = -1
        self.icmp_answer = False
        self.icmp_rest = -1
        self.key_id = 0


def need(data: bytes, size: int, layer: str) -> None:
    """Check a length once, before named offsets are read.

    Raises:
        Incomplete: ``data`` is shorter than ``size``.
    """
    if len(data) < size:
        raise Incomplete(layer)
