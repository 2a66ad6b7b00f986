"""BitTorrent: peers, their DHT, their trackers (BEP 3, 5, 10, 11, 14, 15, 23, 29).

Nodes and peers are told by the dozen, so only some of each conversation are announced; a flow with
one of them that begins in the recording names itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.endpoints.bittorrent import dht, tracker, wire
from classifier.endpoints.protocol import Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.endpoints.announcement import Announcement, Conversation, Identification

__all__ = ["PROTOCOL", "read"]


def read(conversation: Conversation) -> Iterator[Announcement | Identification]:
    """What a conversation over TCP or UDP tells of peers."""
    if conversation.transport == "tcp":
        yield from wire.read(conversation)
        yield from tracker.over_http(conversation)
    elif conversation.transport == "udp":
        yield from dht.read(conversation)
        yield from wire.carried(conversation)
        yield from tracker.over_udp(conversation)
        yield from tracker.local(conversation)


_OBFUSCATED = tuple((6, port) for port in range(6881, 6890))
"""Peers may hide their handshake behind a key exchange, which looks like anything."""

PROTOCOL = Protocol(
    "BitTorrent",
    _OBFUSCATED,
    (
        (6, rb"^\x13BitTorrent protocol"),
        (6, rb"^GET /[^\r\n ]{0,100}[?&]info_hash="),
        (17, rb"^d(?:1:[ar]d|1:el|2:ip)"),
        (17, rb"^\x00\x00\x04\x17\x27\x10\x19\x80\x00\x00\x00\x00"),
        (17, rb"^BT-SEARCH \* HTTP/1\.1"),
        # µTP: a SYN, which knows of no delay yet, or a handshake in data without extensions
        (17, rb"^\x41[\x00-\x02][\x00-\xff]{6}\x00\x00\x00\x00"),
        (17, rb"^\x01\x00[\x00-\xff]{18}\x13BitTorrent protocol"),
    ),
    read,
    looks=(rb"[\x00-\xff]",),
)
