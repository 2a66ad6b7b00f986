"""H.323: call signalling announces H.245, which announces media (ITU-T H.225.0, H.245)."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from classifier.endpoints.announcement import Announcement, Identification
from classifier.endpoints.h323.h225 import user_information
from classifier.endpoints.h323.h245 import message
from classifier.endpoints.h323.per import Bits, Broken
from classifier.endpoints.h323.q931 import SETUP, Packet, packets, user_to_user
from classifier.endpoints.once import Once
from classifier.endpoints.reachable import reachable
from classifier.endpoints.stream import runs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from classifier.endpoints.announcement import Conversation

__all__ = ["read"]

_OBJECTS = {
    b"\x00\x08\x91\x4a\x00": "h323",  # itu-t recommendation h 2250 version 0
    b"\x00\x08\x81\x75\x00": "h245",  # itu-t recommendation h 245 version 0
}
"""Identifiers of the protocols, without the number of the version that they end with."""
_SESSIONS = {1: "audio", 2: "video"}
"""H.245 B.3.1"""
_SERVICES = {"audio": "rtp", "video": "rtp", "fax": "t38"}
_LIFETIME = 3_600
"""Channels of a call may be silent for long."""

_Found = list[tuple[str, object]]
_Said = tuple[Packet, _Found]
_End = tuple[str, int, str, str, str]
"""Host, port, transport, service, detail"""


def read(conversation: Conversation) -> Iterator[Announcement | Identification]:
    """What a conversation over TCP tells; nothing if it is neither H.225.0 nor H.245."""
    if conversation.transport != "tcp":
        return
    sides = {
        side: [
            (packet, _read(packet))
            for run in runs(conversation, client=side)
            for packet in packets(run)
        ]
        for side in (True, False)
    }
    identification = next(_identified(sides), None)
    if identification is None:
        return
    yield identification
    # Which channel is for what is said by the side that opens it, and agreed by the other.
    kinds = {side: dict(_channels(said)) for side, said in sides.items()}
    once = Once()
    for side, said in sides.items():
        speaker = conversation.speaker(client=side)
        for packet, found in said:
            for announcement in _announced(_ends(found, kinds[not side]), packet, speaker):
                if once.first(announcement):
                    yield announcement


def _read(packet: Packet) -> _Found:
    """What stands in a packet; what came before damage is right."""
    information = user_to_user(packet)
    bits = Bits(packet.data if information is None else information)
    with suppress(Broken):
        (message if information is None else user_information)(bits)
    return bits.found


def _identified(sides: dict[bool, list[_Said]]) -> Iterator[Identification]:
    """Packets that name their protocol."""
    calls = {side: any(packet.type == SETUP for packet, _ in said) for side, said in sides.items()}
    # Who calls opened the connection (H.323 7.3).
    turned = calls[False] and not calls[True]
    for said in sides.values():
        for packet, found in said:
            for name, value in found:
                if name == "object" and isinstance(value, bytes):
                    service = _OBJECTS.get(value[:-1])
                    if service:
                        yield Identification(service, "", packet.place, client_is_server=turned)


def _channels(said: Iterable[_Said]) -> Iterator[tuple[int, str]]:
    """The channels that one side opens, each with its kind."""
    for _, found in said:
        channel, opens = 0, False
        for name, value in found:
            if name in ("open", "ack"):
                opens = name == "open"
            elif name == "channel" and isinstance(value, int):
                channel = value
            elif name == "kind" and opens and isinstance(value, str):
                yield channel, value


def _ends(found: _Found, other: dict[int, str]) -> Iterator[_End]:
    """Endpoints in a packet.

    Args:
        found: What stands in it.
        other: Kinds of the channels that the other side opened.
    """
    kind, answers = "", False
    for name, value in found:
        if name in ("open", "ack"):
            answers = name == "ack"
        elif name == "channel":
            kind = other.get(value, "") if answers and isinstance(value, int) else ""
        elif name == "kind" and isinstance(value, str):
            kind = value
        elif name == "session" and isinstance(value, int):
            kind = kind or _SESSIONS.get(value, "")
        elif isinstance(value, tuple):
            yield from _end(name, kind, *value)


def _end(name: str, kind: str, host: str, port: int) -> Iterator[_End]:
    if name == "control":
        yield host, port, "tcp", "h245", "H.323 call"
    elif name == "stack" and kind == "T.120":
        yield host, port, "tcp", "netmeeting", kind
    elif name == "media" and kind in _SERVICES:
        yield host, port, "udp", _SERVICES[kind], kind
    elif name == "reports" and _SERVICES.get(kind) == "rtp":
        yield host, port, "udp", "rtcp", kind


def _announced(ends: Iterable[_End], packet: Packet, speaker: str) -> Iterator[Announcement]:
    for said, port, transport, service, detail in ends:
        for host in reachable(said, speaker) if port else ():
            yield Announcement(
                host=host,
                port=port,
                transport=transport,
                service=service,
                detail=detail,
                place=packet.place,
                speaker=speaker,
                lifetime=_LIFETIME,
            )
