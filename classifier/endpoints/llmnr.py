"""LLMNR (RFC 4795): the question goes to a group, anybody answers from 5355."""

from __future__ import annotations

from _socket import AF_INET, AF_INET6, inet_ntop  # socket makes enums of all it knows: 3 ms
from typing import TYPE_CHECKING

from classifier.endpoints.announcement import HostName, Identification
from classifier.endpoints.dnsmessage import AAAA, A, parse
from classifier.endpoints.everyone import asked_all, said_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.endpoints.announcement import Announcement, Conversation
    from classifier.endpoints.dnsmessage import Message

__all__ = ["host_names", "read"]

_PORT = 5355
_SERVICE = "llmnr"
_LIFETIME = 10
"""s; LLMNR_TIMEOUT is 1 s at most, and a question is sent three times (RFC 4795 7)."""


def read(conversation: Conversation) -> Iterator[Announcement | Identification | HostName]:
    """What a conversation over UDP tells; nothing if it is no LLMNR."""
    ports = conversation.client_port, conversation.server_port
    if conversation.transport != "udp" or _PORT not in ports:
        return
    identified = announced = False
    named: set[tuple[str, str]] = set()
    for piece in conversation.pieces:
        message = parse(piece.data)
        # Exactly one question, in answers too (RFC 4795 2.1.1); no other opcode is known.
        if message is None or not message.is_whole or len(message.questions) != 1 or message.opcode:
            continue
        place = said_at(conversation, piece)
        if not identified:
            identified = True
            reverse = message.is_answer is piece.client and conversation.server_port != _PORT
            detail = message.questions[0].name
            yield Identification(_SERVICE, detail, place, client_is_server=reverse)
        if not message.is_answer and piece.client and not announced:
            announced = True
            yield from asked_all(conversation, piece, _SERVICE, _PORT, _LIFETIME)
        if message.is_answer:
            for host, name in host_names(message):
                if (host, name) not in named:
                    named.add((host, name))
                    yield HostName(host, name, "LLMNR", place)


def host_names(message: Message) -> Iterator[tuple[str, str]]:
    """Address and name of every address record."""
    for record in message.records:
        if record.type == A and len(record.data) == 4:  # noqa: PLR2004
            yield inet_ntop(AF_INET, record.data), record.name
        elif record.type == AAAA and len(record.data) == 16:  # noqa: PLR2004
            yield inet_ntop(AF_INET6, record.data), record.name
