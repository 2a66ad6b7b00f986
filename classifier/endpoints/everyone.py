"""Questions to all hosts: whoever answers does so from an address that nobody could foresee."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.endpoints.announcement import Announcement, Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.endpoints.announcement import Conversation
    from classifier.flows.piece import Piece

__all__ = ["asked_all", "is_everyone", "said_at"]

_MULTICAST = range(224, 240)
"""First bytes of IPv4 multicast (RFC 5771)"""


def is_everyone(address: str) -> bool:
    """Whether an address means several hosts: multicast, or all hosts of a network.

    The broadcast address of a network whose size nobody told is taken to end in 255.
    """
    if ":" in address:
        return address.startswith("ff")
    first, _, _ = address.partition(".")
    return address.endswith(".255") or (first.isdecimal() and int(first) in _MULTICAST)


def said_at(conversation: Conversation, piece: Piece) -> Place:
    """Where a datagram was said."""
    return Place(conversation.flow, piece.frame, piece.source, piece.time)


def asked_all(
    conversation: Conversation, piece: Piece, service: str, port: int, lifetime: int
) -> Iterator[Announcement]:
    """The endpoint at which a client waits for the answers to its question to all.

    None if the client asks from the port of the servers: there both sides are equal, the port names
    the answers anyway, and whoever asks that host next must not be taken for its server.

    Args:
        conversation: Whose client asked.
        piece: The question.
        service: Id in the catalogue of what will answer.
        port: Of the servers.
        lifetime: Seconds for which answers may come.
    """
    if not is_everyone(conversation.server_ip) or conversation.client_port == port:
        return
    yield Announcement(
        host=conversation.client_ip,
        port=conversation.client_port,
        transport="udp",
        service=service,
        detail="answer to a question to all",
        place=said_at(conversation, piece),
        speaker=conversation.client_ip,
        lifetime=lifetime,
        host_is_client=True,
    )
