"""STUN messages: header, attributes, addresses (RFC 8489)."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

from msgspec import Struct

from classifier.endpoints.announcement import Place
from classifier.endpoints.stream import runs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.endpoints.announcement import Conversation
    from classifier.endpoints.stream import Run

__all__ = ["INDICATION", "REFUSED", "REQUEST", "SUCCESS", "Message", "datagrams", "messages"]

REQUEST, INDICATION, SUCCESS, REFUSED = 0, 1, 2, 3
"""Classes (section 5)"""

_HEADER = 20
_COOKIE = b"\x21\x12\xa4\x42"
"""Without it a message is of RFC 3489, and not told from other bytes."""
_IPV4, _IPV6 = 1, 2


class Message(Struct, frozen=True):
    """A message (section 5). Equal when every field is equal.

    Attributes:
        method: Binding is 1; of TURN see RFC 8656 section 17.
        kind: REQUEST, INDICATION, SUCCESS or REFUSED.
        transaction: Id, which the answer repeats.
        attributes: Type and value, in their order.
        by_client: Whether the side taken for the client sent it.
        place: Where it was said.
    """

    method: int
    kind: int
    transaction: bytes
    attributes: tuple[tuple[int, bytes], ...]
    by_client: bool
    place: Place

    def value(self, attribute: int) -> bytes:
        """The value of the first attribute of a type; empty where there is none."""
        return next((value for kind, value in self.attributes if kind == attribute), b"")

    def addresses(self, attribute: int) -> Iterator[tuple[str, int]]:
        """Host and port of each attribute that holds an address, hidden as XOR-MAPPED-ADDRESS."""
        mask = _COOKIE + self.transaction
        for kind, value in self.attributes:
            size = {_IPV4: 4, _IPV6: 16}.get(value[1], 0) if len(value) > 1 else 0
            if kind == attribute and size and len(value) == 4 + size:
                port = int.from_bytes(value[2:4]) ^ int.from_bytes(_COOKIE[:2])
                octets = bytes(a ^ b for a, b in zip(value[4:], mask, strict=False))
                yield str(ip_address(octets)), port


def messages(conversation: Conversation) -> list[Message]:
    """What both sides sent, as far as it is STUN with the magic cookie."""
    if conversation.transport != "tcp":
        found = [
            message
            for data, by_client, place in datagrams(conversation)
            if (message := _message(data, by_client, place)) is not None
        ]
    else:
        found = [
            message
            for client in (True, False)
            for run in runs(conversation, client=client)
            for message in _stream(run, by_client=client)
        ]
    return sorted(found, key=lambda message: message.place.time)


def datagrams(conversation: Conversation) -> Iterator[tuple[bytes, bool, Place]]:
    """Bytes, sender and place of each."""
    for piece in conversation.pieces:
        place = Place(conversation.flow, piece.frame, piece.source, piece.time)
        yield piece.data, piece.client, place


def _stream(run: Run, *, by_client: bool) -> Iterator[Message]:
    """Messages over TCP: as they are (RFC 8489 6.2.2), or each behind its length (RFC 4571).

    Between them stand channel data of TURN or packets of media, each with a length as well.
    """
    data = run.data
    framed = data[6:10] == _COOKIE
    at = 2 if framed else 0
    while at + 4 <= len(data):
        if framed:
            size = int.from_bytes(data[at - 2 : at])
            step = size + 2
        else:
            size = int.from_bytes(data[at + 2 : at + 4])
            is_channel = 0x40 <= data[at] < 0x50  # noqa: PLR2004  RFC 8656 section 12
            size = step = 4 + -(-size // 4) * 4 if is_channel else _HEADER + size
        message = _message(data[at : at + size], by_client, run.place(at))
        if message is not None:
            yield message
        elif not framed and not is_channel:
            return
        at += step


def _message(data: bytes, by_client: bool, place: Place) -> Message | None:  # noqa: FBT001
    """One whole message, of which every length is right."""
    if len(data) < _HEADER or data[4:8] != _COOKIE or data[0] >= 0x40:  # noqa: PLR2004
        return None
    kind, size = int.from_bytes(data[:2]), int.from_bytes(data[2:4])
    if size != len(data) - _HEADER or size % 4:
        return None
    attributes = []
    at = _HEADER
    while at + 4 <= len(data):
        length = int.from_bytes(data[at + 2 : at + 4])
        if at + 4 + length > len(data):
            return None
        attributes.append((int.from_bytes(data[at : at + 2]), data[at + 4 : at + 4 + length]))
        at += 4 + -(-length // 4) * 4
    return Message(
        # The two bits of the class stand between those of the method (section 5).
        method=(kind & 0x000F) | (kind & 0x00E0) >> 1 | (kind & 0x3E00) >> 2,
        kind=(kind & 0x0010) >> 4 | (kind & 0x0100) >> 7,
        transaction=data[8:_HEADER],
        attributes=tuple(attributes),
        by_client=by_client,
        place=place,
    )
