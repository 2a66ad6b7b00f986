"""One frame as TShark describes it: its layers in order, and their fields, taken one by one.

With ``-e`` TShark lists the values of a field in the order of the layers that have it, and
``frame.protocols`` names the layers. Walking the layers from the outside in and taking each
layer's fields from the front of their lists therefore pairs them exactly, through any tunnel.
Layers that are not walked (an application, the packet inside an ICMP error) come last.
"""

from __future__ import annotations

import calendar
import re
from collections import deque

__all__ = ["FIELDS", "Frame", "Gone", "nanoseconds"]

FIELDS: tuple[str, ...] = (
    *("frame.number", "frame.time_epoch", "frame.len", "frame.cap_len", "frame.encap_type"),
    "frame.protocols",
    # links
    *("eth.type", "eth.len", "eth.invalid_lentype", "sll.etype", "sll.ltype", "null.family"),
    *("llc.dsap", "llc.ssap", "llc.oui", "llc.type", "llc.pid", "llc.cisco_pid"),
    *("chdlc.protocol", "ppp.address", "ppp.protocol", "fr.nlpid", "fr.chdlctype"),
    *("wlan.fc.type", "wlan.fc.subtype", "wlan.flags", "radiotap.flags.badfcs"),
    # between link and IP
    *("vlan.id", "vlan.etype", "vlan.len", "ieee8021ad.id", "ieee8021ad.svid"),
    *("ieee8021ad.cvid", "ieee8021ah.isid", "ieee8021ah.etype"),
    *("mpls.bottom", "pppoe.session_id"),
    # IP
    *("ip.hdr_len", "ip.len", "ip.id", "ip.flags.mf", "ip.frag_offset", "ip.proto"),
    *("ip.src", "ip.dst", "ipv6.plen", "ipv6.nxt", "ipv6.src", "ipv6.dst"),
    *("ipv6.hopopts.nxt", "ipv6.hopopts.len", "ipv6.routing.nxt", "ipv6.routing.len"),
    *("ipv6.dstopts.nxt", "ipv6.dstopts.len", "ipv6.fraghdr.nxt", "ipv6.fraghdr.offset"),
    *("ipv6.fraghdr.more", "ipv6.fraghdr.ident", "ah.next_header", "ah.length"),
    # transports
    *("tcp.srcport", "tcp.dstport", "tcp.seq_raw", "tcp.ack_raw", "tcp.hdr_len", "tcp.flags"),
    *("tcp.payload", "udp.srcport", "udp.dstport", "udp.length", "udp.payload"),
    *("sctp.srcport", "sctp.dstport", "dccp.srcport", "dccp.dstport"),
    *("dccp.data_offset", "icmp.type", "icmp.code", "icmp.ident"),
    *("icmpv6.type", "icmpv6.code", "icmpv6.echo.identifier", "data.data"),
    # tunnels
    *("gre.flags_and_version", "gre.proto", "gre.key", "gre.key.call_id", "vxlan.flags"),
    *("vxlan.vni", "geneve.vni", "geneve.proto_type", "gtp.flags", "gtp.message"),
    *("gtp.ext_hdr.length", "l2tp.type"),
    *("teredo.auth.idlen", "teredo.auth.aulen", "teredo.orig.port"),
)
"""The fields that are asked for, by Wireshark's names; every TShark since 3.6 knows them."""

_TIME = re.compile(r"(-?)(\d+)(?:\.(\d+))?\Z")
_ISO_TIME = re.compile(r"(\d+)-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?Z\Z")
_NS = 1_000_000_000
_LONGEST_TIME = (1 << 63) - 1


class Gone(Exception):  # noqa: N818  what happened, like those of portable.packet
    """A layer lacks a field: the frame was cut there, or what is there makes no sense."""


class Frame:
    """A cursor over the layers of a frame.

    Attributes:
        number: Frame number, from 1.
        time: ns since 1970 UTC; None where the file has none for it.
        captured: Bytes that were kept.
        length: Bytes that were on the wire, at least ``captured``.
        encapsulation: Wireshark's number of the link type (WTAP_ENCAP).
        wire: Bytes on the wire from the current layer on.
        kept: Those of them that were kept; may be below zero behind a cut.
        gre: Flags and version of the GRE header last met.
    """

    __slots__ = (
        "_fields",
        "_layers",
        "captured",
        "encapsulation",
        "gre",
        "kept",
        "length",
        "number",
        "time",
        "wire",
    )

    def __init__(self, fields: dict[str, list[str]]) -> None:
        self._fields = fields
        self.number = int(fields["frame_number"][0])
        time = fields.get("frame_time_epoch")
        self.time = nanoseconds(time[0]) if time else None
        self.captured = int(fields["frame_cap_len"][0])
        self.length = max(int(fields["frame_len"][0]), self.captured)
        self.encapsulation = int(fields["frame_encap_type"][0])
        self.wire, self.kept = self.length, self.captured
        self.gre = 0
        names = fields.get("frame_protocols", [""])[0]
        # "ethertype" only says how the next layer was found.
        self._layers = deque(name for name in names.split(":") if name and name != "ethertype")

    @property
    def layer(self) -> str:
        """Wireshark's name of the current layer, empty at the end."""
        return self._layers[0] if self._layers else ""

    def enter(self) -> None:
        """Leave the current layer's name behind: its fields are taken next."""
        self._layers.popleft()

    def advance(self, size: int) -> None:
        """The current layer is this long."""
        self.wire -= size
        self.kept -= size

    def limit(self, size: int) -> None:
        """What follows is at most this long; the rest is padding."""
        self.wire = min(self.wire, size)
        self.kept = min(self.kept, self.wire)

    def has(self, field: str) -> bool:
        """Whether there is a value left."""
        return bool(self._fields.get(field))

    def text(self, field: str) -> str:
        """The next value of a field, by its name with ``_`` for ``.``.

        Raises:
            Gone: There is none.
        """
        values = self._fields.get(field)
        if not values:
            raise Gone(field)
        return values.pop(0)

    def integer(self, field: str) -> int:
        """The next value of a field as a number; TShark prints decimals, hex and booleans."""
        value = self.text(field)
        try:
            return int(value, 0)
        except ValueError:
            return int(value.lower() == "true")

    def octets(self, field: str) -> bytes:
        """The next value of a field as bytes; empty where there is none."""
        return bytes.fromhex(self.text(field).replace(":", "")) if self.has(field) else b""


def nanoseconds(text: str) -> int:
    """A time as TShark prints it (seconds since 1970, or ISO 8601) as ns, never by way of float.

    A minus sign belongs to the fraction: some recorders write a time just below a second as the
    second and negative microseconds, and TShark puts the sign in front. Times before 1970 or
    after 2262 become the nearest that can be told.
    """
    if known := _TIME.match(text):
        sign, seconds, fraction = known.groups()
        part = int((fraction or "")[:9].ljust(9, "0"))
        time = int(seconds) * _NS + (-part if sign else part)
    elif known := _ISO_TIME.match(text):
        *date, fraction = known.groups()
        whole = calendar.timegm(tuple(int(part) for part in date))
        time = whole * _NS + int((fraction or "")[:9].ljust(9, "0"))
    else:
        return 0
    return min(max(time, 0), _LONGEST_TIME)
