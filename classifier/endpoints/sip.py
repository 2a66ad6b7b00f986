"""SIP: calls say where their sound and pictures go (RFC 3261, 3264), by SDP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.endpoints.announcement import Announcement, Identification, Place
from classifier.endpoints.expression import expression
from classifier.endpoints.headed import messages
from classifier.endpoints.once import Once
from classifier.endpoints.sdp import media
from classifier.endpoints.stream import runs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.endpoints.announcement import Conversation
    from classifier.endpoints.headed import Message

__all__ = ["read"]

_BEGIN = (
    rb"SIP/2\.0 [1-6][0-9]{2}[^\r\n]{0,200}\r?\n"
    rb"|[A-Z][A-Za-z]{1,30} [a-z]{2,5}:[^\s]{1,1000} SIP/2\.0\r?\n"
)
_SHORT_NAMES = {
    b"c": b"content-type",
    b"e": b"content-encoding",
    b"f": b"from",
    b"i": b"call-id",
    b"l": b"content-length",
    b"t": b"to",
    b"v": b"via",
}
"""RFC 3261 7.3.3"""
_PROVES = (b"via", b"call-id", b"cseq", b"from", b"to")
"""Headers that every message has (RFC 3261 8.1.1)."""
_LIFETIME = 3_600
"""A call may be held for long before its media flow again; who lets it live says so again
(RFC 4028 recommends every half hour)."""


def read(conversation: Conversation) -> Iterator[Announcement | Identification]:
    """What a conversation over UDP or TCP tells; nothing if it has no message."""
    once, identified = Once(), False
    for client, message, place in _messages(conversation):
        if sum(name in message.headers for name in _PROVES) < len(_PROVES) - 1:
            continue
        if not identified:
            identified = True
            yield Identification("sip", "", place)
        kind = message.headers.get(b"content-type", b"").strip().lower()
        if not kind.startswith((b"application/sdp", b"multipart/")):
            continue
        speaker = conversation.speaker(client=client)
        for one in media(message.body, speaker, complete=message.complete):
            announcement = Announcement(
                host=one.host,
                port=one.port,
                transport=one.transport,
                service=one.service,
                detail=one.detail,
                place=place,
                speaker=speaker,
                lifetime=_LIFETIME,
            )
            if once.first(announcement):
                yield announcement


def _messages(conversation: Conversation) -> Iterator[tuple[bool, Message, Place]]:
    if conversation.transport == "udp":
        for piece in conversation.pieces:
            place = Place(conversation.flow, piece.frame, piece.source, piece.time)
            for message in messages(piece.data, expression(_BEGIN), _SHORT_NAMES):
                yield piece.client, message, place
    elif conversation.transport == "tcp":
        for client in (True, False):
            for run in runs(conversation, client=client):
                for message in messages(run.data, expression(_BEGIN), _SHORT_NAMES):
                    yield client, message, run.place(message.start.start())
