"""RTSP: streams are sent to the ports that SETUP agrees (RFC 2326 12.39, RFC 7826 18.54).

Media that go inside the control connection itself (``interleaved``) are no flow of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.endpoints.announcement import Announcement, Identification
from classifier.endpoints.expression import expression
from classifier.endpoints.headed import messages
from classifier.endpoints.once import Once
from classifier.endpoints.rtsp_transport import transport
from classifier.endpoints.stream import runs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.endpoints.announcement import Conversation, Place
    from classifier.endpoints.headed import Message

__all__ = ["read"]

_METHODS = (
    rb"(OPTIONS|DESCRIBE|ANNOUNCE|SETUP|PLAY|PLAY_NOTIFY|PAUSE|TEARDOWN|GET_PARAMETER"
    rb"|SET_PARAMETER|REDIRECT|RECORD)"
)
_BEGIN = (
    rb"RTSP/[12]\.[0-9] ([1-5])[0-9]{2}[^\r\n]{0,200}\r?\n"
    rb"|" + _METHODS + rb" [^\s]{1,2000} RTSP/[12]\.[0-9]\r?\n"
)
_CLIENTS = (b"DESCRIBE", b"SETUP", b"PLAY", b"PAUSE", b"TEARDOWN", b"RECORD")
"""What only clients ask for (RFC 7826 13)."""
_LIFETIME = 3_600
"""A stream that pauses for long goes on with the ports it had."""
_SHORT_NAMES: dict[bytes, bytes] = {}

_Said = tuple["Message", "Place"]


def read(conversation: Conversation) -> Iterator[Announcement | Identification]:
    """What a control connection tells; nothing if it is none."""
    if conversation.transport != "tcp":
        return
    sides = {client: _messages(conversation, client=client) for client in (True, False)}
    client = _votes(sides[True]) >= _votes(sides[False])
    first = min(
        (place for side in sides.values() for _, place in side),
        key=lambda place: (place.time, place.frame),
        default=None,
    )
    if first is None:
        return
    yield Identification("rtsp", "", first, client_is_server=not client)
    methods = {message.headers[b"cseq"]: message.start[2] for message, _ in sides[client]}
    once = Once()
    for message, place in sides[not client]:
        said = message.headers.get(b"transport", b"")
        asked = methods.get(message.headers[b"cseq"], b"SETUP")
        if message.start[1] == b"2" and asked == b"SETUP" and said:
            for announcement in _announced(conversation, said, place, client=client):
                if once.first(announcement):
                    yield announcement


def _messages(conversation: Conversation, *, client: bool) -> list[_Said]:
    """Of one side; every one has a number (RFC 7826 18.20)."""
    return [
        (message, run.place(message.start.start()))
        for run in runs(conversation, client=client)
        for message in messages(run.data, expression(_BEGIN), _SHORT_NAMES)
        if b"cseq" in message.headers
    ]


def _votes(side: list[_Said]) -> int:
    """How much speaks for a side to be the client, less what speaks for the server."""
    return sum(
        (message.start[2] in _CLIENTS) - (message.start[1] is not None) for message, _ in side
    )


def _announced(
    conversation: Conversation, said: bytes, place: Place, *, client: bool
) -> Iterator[Announcement]:
    asking, answering = (conversation.speaker(client=side) for side in (client, not client))
    for end in transport(said, asking, answering):
        yield Announcement(
            host=end.host,
            port=end.port,
            transport="udp",
            service=end.service,
            detail=end.detail,
            place=place,
            # The answer repeats what the client said of itself.
            speaker=asking if end.host == asking else answering,
            lifetime=_LIFETIME,
        )
