"""BitTorrent: peers, their DHT, their trackers (BEP 3, 5, 10, 11, 14, 15, 23, 29).

Nodes and peers are told by the dozen, so only some of each conversation are announced; a flow with
one of them that begins in the recording names itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.endpoints.bittorrent import dht, tracker, wire

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.endpoints.announcement import Announcement, Conversation, Identification

__all__ = ["read"]


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
