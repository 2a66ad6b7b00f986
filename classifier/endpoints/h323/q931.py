"""What carries H.225.0 and H.245 on TCP: TPKT (RFC 1006 6), and Q.931 for the former."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.endpoints.announcement import Place
    from classifier.endpoints.stream import Run

__all__ = ["SETUP", "Packet", "packets", "user_to_user"]

SETUP = 0x05
_VERSION = b"\x03\x00"
_HEADER = 4
_Q931 = 0x08
"""Protocol discriminator (Q.931 4.2)"""
_USER_TO_USER = 0x7E
_X208_CODED = 0x05
"""Protocol discriminator of the element (H.225.0 7.2.2.31)"""
_SINGLE_OCTET = 0x80
_LONGEST_REFERENCE = 3


class Packet(NamedTuple):
    """One packet.

    Attributes:
        data: Behind the header of TPKT.
        place: Where it begins.
        type: Of the message, if it is one of Q.931; else 0.
    """

    data: bytes
    place: Place
    type: int


def packets(run: Run) -> Iterator[Packet]:
    """Until something is none: a recording that began in the middle cannot be put right."""
    at = 0
    while run.data.startswith(_VERSION, at):
        length = int.from_bytes(run.data[at + 2 : at + _HEADER], "big")
        end = at + length
        if length < _HEADER or end > len(run.data):
            return
        data = run.data[at + _HEADER : end]
        if data:  # an empty one keeps the connection open
            yield Packet(data, run.place(at), _type(data))
        at = end


def _type(data: bytes) -> int:
    if data[0] != _Q931 or len(data) < 2 or data[1] > _LONGEST_REFERENCE:  # noqa: PLR2004
        return 0
    at = 2 + data[1]
    return data[at] if at < len(data) else 0


def user_to_user(packet: Packet) -> bytes | None:
    """What H.225.0 puts into a message of Q.931: empty if it has none, None if it is no message."""
    data = packet.data
    if not packet.type:
        return None
    at = 3 + data[1]
    while at < len(data):
        element = data[at]
        if element & _SINGLE_OCTET:
            at += 1
        elif element == _USER_TO_USER:  # which has a length of two octets (H.225.0 7.2.2.31)
            length = int.from_bytes(data[at + 1 : at + 3], "big")
            inside = data[at + 3 : at + 3 + length]
            return inside[1:] if inside[:1] == bytes([_X208_CODED]) else b""
        else:
            at += 2 + (data[at + 1] if at + 1 < len(data) else 0)
    return b""
