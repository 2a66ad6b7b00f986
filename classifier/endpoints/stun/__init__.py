"""STUN and TURN: relays hand out endpoints; connectivity checks show a flow of ICE.

RFC 8489 (STUN), RFC 8656 (TURN), RFC 8445 (ICE), RFC 7983 (what shares a port with them).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.endpoints.announcement import Announcement, Identification
from classifier.endpoints.stun.media import DTLS, RTP, carried
from classifier.endpoints.stun.message import (
    INDICATION,
    REFUSED,
    REQUEST,
    SUCCESS,
    Message,
    messages,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.endpoints.announcement import Conversation, Place

__all__ = ["read"]

_STUN, _MEDIA = "stun", "rtp"
_BINDING, _ALLOCATE, _REFRESH, _SEND, _DATA, _PERMISSION, _CHANNEL = 1, 3, 4, 6, 7, 8, 9
_TURN = (_ALLOCATE, _REFRESH, _SEND, _DATA, _PERMISSION, _CHANNEL)
_LIFETIME, _PEER_ADDRESS, _RELAYED_ADDRESS, _TRANSPORT = 0x000D, 0x0012, 0x0016, 0x0019
_ICE = (0x0024, 0x0025, 0x8029, 0x802A)
"""PRIORITY, USE-CANDIDATE, ICE-CONTROLLED, ICE-CONTROLLING (RFC 8445 section 16)"""
_DEFAULT_LIFETIME = 600
"""Seconds of an allocation (RFC 8656 section 3.2)"""
_PEER_LIFETIME = 600
"""Seconds of a channel (RFC 8656 section 12)"""
_TCP = 6
_SECOND = 1_000_000_000


def read(conversation: Conversation) -> Iterator[Announcement | Identification]:
    """What a conversation over UDP or TCP tells."""
    found = messages(conversation)
    if not found:
        return
    place = found[0].place
    turn = any(message.method in _TURN for message in found)
    if turn:
        yield Identification(_STUN, "TURN", place, client_is_server=_backwards(found))
        yield from _relayed(conversation, found)
        yield from _peers(conversation, found)
    elif conversation.transport == "udp" and (media := carried(conversation)):
        yield _media(media)
    elif any(kind in _ICE for message in found for kind, _ in message.attributes):
        yield Identification(_STUN, "ICE connectivity checks", place)
    else:
        yield Identification(_STUN, "", place, client_is_server=_backwards(found))


def _media(media: dict[str, Place]) -> Identification:
    """A flow that STUN keeps open is of media only where that is seen: DTLS carries data, too."""
    if RTP in media:
        words = "WebRTC media (ICE, DTLS)" if DTLS in media else "media on a path of ICE"
        return Identification(_MEDIA, words, media[RTP])
    return Identification(_STUN, "ICE, then DTLS", media[DTLS])


def _backwards(found: list[Message]) -> bool:
    """Whether the side taken for the client answers and never asks."""
    asked = {message.by_client for message in found if message.kind == REQUEST}
    answered = {message.by_client for message in found if message.kind in (SUCCESS, REFUSED)}
    return True not in asked and (asked | answered) != set() and False not in answered


def _relayed(conversation: Conversation, found: list[Message]) -> Iterator[Announcement]:
    """The endpoint of a relay that stands for its client (RFC 8656 section 7.3)."""
    transports = {
        message.transaction: message.value(_TRANSPORT)[:1]
        for message in found
        if message.method == _ALLOCATE and message.kind == REQUEST
    }
    refreshed = [
        (message.by_client, message.place.time, _seconds(message))
        for message in found
        if message.method == _REFRESH and message.kind == SUCCESS
    ]
    done = set()
    for message in found:
        if message.method != _ALLOCATE or message.kind != SUCCESS:
            continue
        speaker = conversation.speaker(client=message.by_client)
        client = conversation.speaker(client=not message.by_client)
        over_tcp = transports.get(message.transaction) == bytes((_TCP,))
        begin = message.place.time
        ends = [time + life * _SECOND for by, time, life in refreshed if by is message.by_client]
        end = max([begin + _seconds(message) * _SECOND, *ends])
        for host, port in message.addresses(_RELAYED_ADDRESS):
            if port and (host, port) not in done:
                done.add((host, port))
                yield Announcement(
                    host=host,
                    port=port,
                    transport="tcp" if over_tcp else "udp",
                    service=_STUN,
                    detail=f"TURN relay for {client}",
                    place=message.place,
                    speaker=speaker,
                    lifetime=max(1, -(-(end - begin) // _SECOND)),
                )


def _peers(conversation: Conversation, found: list[Message]) -> Iterator[Announcement]:
    """Whom a relay talks with: bound channels, and data that it sent on."""
    done = set()
    for message in found:
        bound = message.method == _CHANNEL and message.kind == REQUEST
        sent = message.method in (_SEND, _DATA) and message.kind == INDICATION
        if not (bound or sent):
            continue
        for host, port in message.addresses(_PEER_ADDRESS):
            if port and (host, port) not in done:
                done.add((host, port))
                yield Announcement(
                    host=host,
                    port=port,
                    transport="udp",
                    service=_STUN,
                    detail="peer of a TURN relay",
                    place=message.place,
                    speaker=conversation.speaker(client=message.by_client),
                    lifetime=_PEER_LIFETIME,
                )


def _seconds(message: Message) -> int:
    value = message.value(_LIFETIME)
    return int.from_bytes(value) if len(value) == 4 else _DEFAULT_LIFETIME  # noqa: PLR2004
