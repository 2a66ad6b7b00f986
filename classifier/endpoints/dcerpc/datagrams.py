"""Connectionless DCE/RPC over UDP: every PDU names its interface (C706 12.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from classifier.endpoints.announcement import Announcement, Identification, LookedFor, Place
from classifier.endpoints.dcerpc.answers import Call, handed_out, once, service_of
from classifier.endpoints.dcerpc.pdu import REQUEST, RESPONSE, Pdu
from classifier.endpoints.dcerpc.wire import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.endpoints.announcement import Conversation
    from classifier.flows.transcripts import Piece

__all__ = ["read"]

_HEADER = 80
_VERSION = 4
_PING, _FAULT, _WORKING, _NO_CALL, _REJECT, _CANCEL, _CANCEL_ACK = 1, 3, 4, 5, 6, 8, 10
_LAST_TYPE = 10
_ASKS = (REQUEST, _PING, _CANCEL)
_ANSWERS = (RESPONSE, _FAULT, _WORKING, _NO_CALL, _REJECT, _CANCEL_ACK)
_LAST_FRAGMENT, _FRAGMENT, _RESERVED = 0x02, 0x04, 0x81
_CANCEL_PENDING = 0x02
_LITTLE = 0x10
_CALLS_BACK = "333a2276-0000-0000-0d00-00809c000000"
"""By which a server asks its client who it is (C706 appendix P): against the direction"""


class _Datagram(Struct, frozen=True):
    """A PDU that says more than an ordinary one: in which call, in which part of it.

    Attributes:
        client: Whether the side that is taken for the client sent it.
        kind: ptype.
        interface: UUID.
        version: Major and minor version of the interface.
        call: Activity and sequence number.
        fragment: Number of the fragment; -1 where the call has one only.
        last: Whether it is the last one.
        pdu: What both kinds of DCE/RPC have; sealed if there is any authentication.
    """

    client: bool
    kind: int
    interface: str
    version: tuple[int, int]
    call: tuple[bytes, int]
    fragment: int
    last: bool
    pdu: Pdu


def read(conversation: Conversation) -> Iterator[Announcement | Identification | LookedFor]:
    """What a conversation over UDP tells; nothing if it is no DCE/RPC."""
    if conversation.transport != "udp":
        return
    every = [
        found
        for piece in conversation.pieces
        if (found := _datagram(conversation.flow, piece)) and found.interface != _CALLS_BACK
    ]
    speaking = {piece.client for piece in conversation.pieces}
    if speaking - {one.client for one in every}:
        return  # what the other side says is another protocol
    turned = sum(one.client is (one.kind in _ANSWERS) for one in every) * 2 > len(every)
    yield from _named(every, turned=turned)
    yield from once(_answers(every, conversation.speaker(client=turned)))


def _named(every: list[_Datagram], *, turned: bool) -> Iterator[Identification]:
    seen = set()
    for one in every:
        meaning = one.interface, one.version
        if one.kind in (REQUEST, RESPONSE, _FAULT) and meaning not in seen:
            seen.add(meaning)
            yield Identification(
                service_of(one.interface),
                f"call to version {one.version[0]}.{one.version[1]}",
                one.pdu.place,
                interface=one.interface,
                client_is_server=turned,
            )


def _answers(every: list[_Datagram], speaker: str) -> Iterator[Announcement | LookedFor]:
    """What is handed out in whole answers."""
    asked: dict[tuple[bytes, int], Pdu] = {}
    parts: dict[tuple[int, tuple[bytes, int]], dict[int, bytes]] = {}
    for one in every:
        if one.kind not in (REQUEST, RESPONSE):
            continue
        pdu: Pdu | None = one.pdu
        if one.fragment >= 0:
            pdu = _put_together(parts.setdefault((one.kind, one.call), {}), one)
        if pdu and one.kind == REQUEST:
            asked[one.call] = pdu
        elif pdu and not pdu.sealed:
            call = Call(
                asked.get(one.call), pdu, one.interface, speaker, recorded_bind=True, ndr64=False
            )
            yield from handed_out(call)


def _put_together(parts: dict[int, bytes], one: _Datagram) -> Pdu | None:
    """The whole body once its last fragment is there and none before it is missing."""
    parts[one.fragment] = one.pdu.body
    if not one.last or len(parts) != one.fragment + 1:
        return None
    body = b"".join(parts[number] for number in sorted(parts))
    parts.clear()
    pdu = one.pdu
    return Pdu(pdu.type, pdu.little, 0, 0, pdu.operation, pdu.sealed, body, pdu.place)


def _datagram(flow: int, piece: Piece) -> _Datagram | None:
    """What a message is; None if it is no PDU, or was not recorded to its end."""
    data = piece.data
    if (
        len(data) < _HEADER
        or data[0] != _VERSION
        or data[1] > _LAST_TYPE
        or data[2] & _RESERVED
        or data[3] & ~_CANCEL_PENDING
        or data[4] not in (0, _LITTLE)
        or data[5:7] != b"\0\0"
    ):
        return None
    little = data[4] == _LITTLE
    reader = Reader(data, little=little, offset=24)
    interface, activity = reader.uuid(), reader.take(16)
    reader.take(4)  # when the server started
    version, sequence = reader.number(4), reader.number(4)
    operation = reader.number(2)
    reader.take(4)  # hints
    length, fragment = reader.number(2), reader.number(2)
    if _HEADER + length > len(data):
        return None
    return _Datagram(
        client=piece.client,
        kind=data[1],
        interface=interface,
        version=(version & 0xFFFF, version >> 16),
        call=(activity, sequence),
        fragment=fragment if data[2] & _FRAGMENT else -1,
        last=bool(data[2] & _LAST_FRAGMENT),
        pdu=Pdu(
            data[1],
            little,
            0,
            0,
            operation,
            bool(data[78]),
            data[_HEADER : _HEADER + length],
            Place(flow, piece.frame, piece.source, piece.time),
        ),
    )
