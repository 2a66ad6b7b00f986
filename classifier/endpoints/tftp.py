"""TFTP: the transfer runs between the port that asked and a new port of the server (RFC 1350 4)."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

from classifier.endpoints.announcement import Announcement, Identification, Place
from classifier.endpoints.expression import expression
from classifier.endpoints.once import Once
from classifier.endpoints.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.endpoints.announcement import Conversation

__all__ = ["read"]

_MODES = rb"(?i:netascii|octet|mail|binary)"
"""RFC 1350 5; some clients say binary for octet, as the command of theirs is called."""
_REQUEST = rb"(?s)\x00([\x01\x02])([^\x00-\x1f]{1,500})\x00(" + _MODES + rb")\x00"
_OPTIONS = rb"(?:[!-~]{1,100}\x00[ -~]{0,100}\x00){0,20}"
"""Pairs of words behind the mode (RFC 2347 2)."""
_NAMES = {b"\x01": "read", b"\x02": "write"}


def read(conversation: Conversation) -> Iterator[Announcement | Identification]:
    """What a conversation over UDP tells; nothing if it has no request."""
    if conversation.transport != "udp":
        return
    once, identified = Once(), False
    for piece in conversation.pieces:
        found = expression(_REQUEST).match(piece.data)
        # Some clients pad the request with zeros.
        rest = piece.data[found.end() :].rstrip(b"\0") if found else b""
        if not found or not expression(_OPTIONS).fullmatch(rest + b"\0" if rest else b""):
            continue
        place = Place(conversation.flow, piece.frame, piece.source, piece.time)
        detail = f"{_NAMES[found[1]]} {printable(found[2])}, {found[3].lower().decode('ascii')}"
        if not identified:
            identified = True
            yield Identification("tftp", detail, place, client_is_server=not piece.client)
        asking = conversation.speaker(client=piece.client)
        asked = conversation.speaker(client=not piece.client)
        announcement = Announcement(
            host=asking,
            port=conversation.client_port if piece.client else conversation.server_port,
            transport="udp",
            service="tftp",
            detail=detail,
            place=place,
            speaker=asking,
            peer="" if _is_broadcast(asked) else asked,
            host_is_client=True,
        )
        if once.first(announcement):
            yield announcement


def _is_broadcast(host: str) -> bool:
    """Whether any host may answer what is asked of an address; of a subnet's, most likely."""
    address = ip_address(host)
    return address.is_multicast or host.endswith(".255")
