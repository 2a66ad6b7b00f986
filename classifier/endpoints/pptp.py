"""PPTP: calls over its control connection, each with the two ids that GRE carries (RFC 2637).

The key of enhanced GRE holds the call id that the *receiver* of the packet gave out (section 4.1),
so an id is announced for the host that gave it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from classifier.endpoints.announcement import Announcement, Identification, LookedFor
from classifier.endpoints.stream import runs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.endpoints.announcement import Conversation, Place
    from classifier.endpoints.stream import Run

__all__ = ["read"]

_SERVICE = "pptp"
_MAGIC = b"\x00\x01\x1a\x2b\x3c\x4d"
"""PPTP message type 1, a control message, and the magic cookie (section 1.4)"""
_START, _STARTED = 1, 2
_OUTGOING, _OUTGOING_REPLY, _INCOMING, _INCOMING_REPLY, _CONNECTED = 7, 8, 9, 10, 11
_WAN_ERROR, _LINK_INFO = 14, 15
_LENGTHS = {
    1: 156, 2: 156, 3: 16, 4: 16, 5: 16, 6: 20, 7: 168, 8: 32, 9: 220, 10: 24, 11: 28, 12: 16,
    13: 148, 14: 40, 15: 24,
}  # fmt: skip
"""Control message type to length (section 2): every message has a fixed one."""
_REQUESTS = (_OUTGOING, _INCOMING)
_REPLIES = (_OUTGOING_REPLY, _INCOMING_REPLY)
_NAMES_PEER = (_CONNECTED, _WAN_ERROR, _LINK_INFO)
"""They hold the call id of their receiver only."""
_CONNECTS = 1
"""Result code of a reply that sets up the call (sections 2.8, 2.10)"""


class _Message(Struct, frozen=True):
    kind: int
    by_client: bool
    call: int
    peer_call: int
    result: int
    place: Place

    @property
    def connects(self) -> bool:
        """Whether it is a reply that sets up the call."""
        return self.kind in _REPLIES and self.result == _CONNECTS


def read(conversation: Conversation) -> Iterator[Announcement | Identification | LookedFor]:
    """What a control connection tells."""
    if conversation.transport != "tcp":
        return
    sides = {
        client: [
            message
            for run in runs(conversation, client=client)
            for message in _messages(run, by_client=client)
        ]
        for client in (True, False)
    }
    said = [*sides[True], *sides[False]]
    if said:
        backwards = _backwards(sides[True], sides[False])
        first = min(said, key=lambda message: message.place.time)
        yield Identification(_SERVICE, "", first.place, client_is_server=backwards)
    yield from _calls(conversation, said)


def _backwards(client: list[_Message], server: list[_Message]) -> bool:
    """Whether the side taken for the client was asked to start, and did not ask."""
    asked = any(message.kind == _START for message in server)
    answered = any(message.kind == _STARTED for message in client)
    return (asked or answered) and not any(message.kind == _START for message in client)


def _calls(conversation: Conversation, said: list[_Message]) -> Iterator[Announcement | LookedFor]:
    """The call ids of both sides; one that its own side told before one that the other repeats."""
    refused, done = set(), set()
    for message in said:
        if message.kind in _REPLIES and not message.connects:
            refused.add((not message.by_client, message.peer_call))
            words = f"call {message.peer_call} refused: result {message.result}"
            yield LookedFor(_SERVICE, words, message.place)
    own = [
        (message.by_client, message.call, message)
        for message in said
        if (message.kind in _REQUESTS and (message.by_client, message.call) not in refused)
        or message.connects
    ]
    others = [
        (not message.by_client, message.peer_call, message)
        for message in said
        if message.kind in _NAMES_PEER or message.connects
    ]
    for of_client, call, message in (*own, *others):
        if (of_client, call) not in done:
            done.add((of_client, call))
            yield Announcement(
                host=conversation.speaker(client=of_client),
                port=call,
                transport="gre",
                service=_SERVICE,
                detail=f"data of call {call}",
                place=message.place,
                speaker=conversation.speaker(client=message.by_client),
                peer=conversation.speaker(client=not of_client),
                lifetime=0,
            )


def _messages(run: Run, *, by_client: bool) -> Iterator[_Message]:
    """Control messages; where one does not follow upon the other, the next magic cookie counts."""
    data, at = run.data, 0
    while at + 12 <= len(data):
        kind = int.from_bytes(data[at + 8 : at + 10])
        size = _LENGTHS.get(kind, 0)
        if data[at + 2 : at + 8] != _MAGIC or int.from_bytes(data[at : at + 2]) != size:
            found = data.find(_MAGIC, at + 3)
            if found < 0:
                return
            at = found - 2
            continue
        body = data[at + 12 : at + size]
        peer_at = 0 if kind in _NAMES_PEER else 2
        enough = 5 if kind in _REPLIES else 2  # call id, peer's call id, result code
        if len(body) >= enough or kind not in (*_REQUESTS, *_REPLIES, *_NAMES_PEER):
            yield _Message(
                kind,
                by_client,
                int.from_bytes(body[:2]),
                int.from_bytes(body[peer_at : peer_at + 2]),
                body[4] if kind in _REPLIES else 0,
                run.place(at),
            )
        at += size
