"""WS-Discovery (version of 2005/04 and OASIS 1.1): probes to all, and the addresses in answers.

The XML is never parsed as XML: entities and depth are an attacker's. Only whole elements of known
names are looked for in a message that says that it is WS-Discovery.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.endpoints.announcement import Announcement, Identification
from classifier.endpoints.everyone import asked_all, said_at
from classifier.endpoints.weburl import web_place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.endpoints.announcement import Conversation

__all__ = ["read"]

_PORT = 3702
_SERVICE = "ws-discovery"
_LIFETIME = 10
"""s; MATCH_TIMEOUT of OASIS WS-Discovery 1.1, 3.1.1."""
_MOST_ELEMENTS = 64
_MOST_ADDRESSES = 16

_NAMESPACES = (
    "http://schemas.xmlsoap.org/ws/2005/04/discovery",
    "http://docs.oasis-open.org/ws-dd/ns/discovery/2009/01",
)
_ASKS = ("Probe", "Resolve")
_ANSWERS = ("ProbeMatches", "ResolveMatches")
_TELLS = ("Hello", "Bye")


def read(conversation: Conversation) -> Iterator[Announcement | Identification]:
    """What a conversation over UDP tells; nothing if it is no WS-Discovery."""
    if conversation.transport != "udp":
        return
    identified = announced = False
    known: set[tuple[str, int]] = set()
    for piece in conversation.pieces:
        text = piece.data.decode("utf-8", "backslashreplace")
        action = _action(text)
        if not action:
            continue
        place = said_at(conversation, piece)
        if not identified:
            identified = True
            reverse = piece.client and action in _ANSWERS
            yield Identification(_SERVICE, action, place, client_is_server=reverse)
        if action in _ASKS and piece.client and not announced:
            announced = True
            yield from asked_all(conversation, piece, _SERVICE, _PORT, _LIFETIME)
        if action in _ASKS or action == "Bye":
            continue
        for url in _addresses(text):
            found = web_place(url)
            if found is None or (found.host, found.port) in known:
                continue
            known.add((found.host, found.port))
            yield Announcement(
                host=found.host,
                port=found.port,
                transport="tcp",
                service="wsd",
                detail="transport of a device by WS-Discovery",
                place=place,
                speaker=conversation.speaker(client=piece.client),
                lifetime=0,  # it holds until the Bye
            )


def _elements(text: str, name: str) -> Iterator[str]:
    """The text of each element of this name, whatever its prefix."""
    at = 0
    for _ in range(_MOST_ELEMENTS):
        at = text.find(f"{name}>", at)
        if at < 0:
            return
        at += len(name) + 1
        end = text.find("<", at)
        if end < 0:
            return
        if text[end + 1 : end + 2] == "/":
            yield text[at:end].strip()
        at = end


def _action(text: str) -> str:
    """The last word of the action of an envelope, if it is one of WS-Discovery; else empty."""
    if ":Envelope" not in text[:512] and "<Envelope" not in text[:512]:
        return ""
    # The action may carry attributes (mustUnderstand).
    start = text.find("Action")
    opened = text.find(">", start, start + 256) if start >= 0 else -1
    closed = text.find("<", opened, opened + 256) if opened >= 0 else -1
    if closed < 0:
        return ""
    namespace, _, word = text[opened + 1 : closed].strip().rpartition("/")
    if namespace not in _NAMESPACES:
        return ""
    return word if word in (*_ASKS, *_ANSWERS, *_TELLS) else ""


def _addresses(text: str) -> Iterator[str]:
    """Each URL of the transport addresses."""
    for element in _elements(text, "XAddrs"):
        yield from element.split()[:_MOST_ADDRESSES]
