"""SSDP (UPnP Device Architecture 1.1, 1 and 1.3): searches to all, answers from any port."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from classifier.endpoints.announcement import Announcement, HostRole, Identification
from classifier.endpoints.everyone import asked_all, said_at
from classifier.endpoints.weburl import web_place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.endpoints.announcement import Conversation, Place

__all__ = ["read"]

_PORT = 1900
_SERVICE = "ssdp"
_LONGEST_WAIT = 120
"""s; the largest MX of version 1.0; later ones allow 5."""
_SLACK = 10
"""s; for devices that are late and clients that search again from the same port."""
_MAX_AGE = 1_800
"""s; the least that a device should say in CACHE-CONTROL, taken where it says nothing."""
_LONGEST_AGE = 86_400
_LOCATIONS = ("location", "securelocation.upnp.org")
_GATEWAY = "urn:schemas-upnp-org:device:InternetGatewayDevice:"
"""What a gateway to the internet is in UPnP (WANIPConnection:1)"""
_MOST_LINES = 64
_LONGEST_DETAIL = 100


class _Said(NamedTuple):
    """A message: its first word, and headers by name in small letters."""

    verb: str
    headers: dict[str, str]


def read(conversation: Conversation) -> Iterator[Announcement | Identification | HostRole]:
    """What a conversation over UDP tells; nothing if it is no SSDP."""
    if conversation.transport != "udp":
        return
    identified = announced = False
    known: set[tuple[str, int]] = set()
    for piece in conversation.pieces:
        said = _message(piece.data)
        if said is None:
            continue
        place = said_at(conversation, piece)
        what = (said.headers.get("st") or said.headers.get("nt") or "")[:_LONGEST_DETAIL]
        if not identified:
            identified = True
            # An answer to a search comes from the server, and a group never asked.
            reverse = piece.client and said.verb == "answer"
            yield Identification(_SERVICE, what, place, client_is_server=reverse)
        if said.verb == "search":
            if piece.client and not announced:
                announced = True
                wait = min(_number(said.headers.get("mx", "")) or 1, _LONGEST_WAIT) + _SLACK
                yield from asked_all(conversation, piece, _SERVICE, _PORT, wait)
            continue
        for told in _told(said, what, conversation.speaker(client=piece.client), place):
            key = (told.host, told.port if isinstance(told, Announcement) else 0)
            if key not in known:
                known.add(key)
                yield told


def _told(said: _Said, what: str, speaker: str, place: Place) -> Iterator[Announcement | HostRole]:
    """What a device tells of itself, unless it leaves."""
    if said.headers.get("nts", "").lower() == "ssdp:byebye":
        return
    if what.startswith(_GATEWAY):
        yield HostRole(speaker, "gateway", "SSDP", place)
    for header in _LOCATIONS:
        found = web_place(said.headers.get(header, ""))
        if found is not None:
            yield Announcement(
                host=found.host,
                port=found.port,
                transport="tcp",
                service="upnp",
                detail="description of a device by SSDP",
                place=place,
                speaker=speaker,
                lifetime=_max_age(said.headers.get("cache-control", "")),
            )


def _message(data: bytes) -> _Said | None:
    """A message with the headers that its kind must have; None if it is none."""
    first, *lines = data[:8192].decode("utf-8", "backslashreplace").split("\r\n")[:_MOST_LINES]
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            break
        headers.setdefault(name.strip().lower(), value.strip())
    if first.startswith("M-SEARCH * HTTP/1."):
        is_one = "ssdp:discover" in headers.get("man", "").lower()
        return _Said("search", headers) if is_one else None
    if first.startswith("NOTIFY * HTTP/1."):
        is_one = headers.get("nts", "").lower().startswith("ssdp:")
        return _Said("notify", headers) if is_one else None
    if first.startswith("HTTP/1.") and first[8:12] == " 200":
        return _Said("answer", headers) if "st" in headers and "usn" in headers else None
    return None


def _number(text: str) -> int:
    """A decimal number; 0 if it is none or absurd."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0  # noqa: PLR2004


def _max_age(text: str) -> int:
    """Seconds for which a device says that it will be there (CACHE-CONTROL)."""
    for part in text.lower().split(","):
        name, _, value = part.partition("=")
        if name.strip() == "max-age":
            return min(_number(value.strip().strip('"')) or _MAX_AGE, _LONGEST_AGE)
    return _MAX_AGE
