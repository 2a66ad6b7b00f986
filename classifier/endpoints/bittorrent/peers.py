"""Peers in compact form, as announcements (BEP 5, 7, 23)."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

from classifier.endpoints.announcement import Announcement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.endpoints.announcement import Place

__all__ = ["DHT", "PEERS", "Known", "compact"]

PEERS, DHT = "bittorrent", "bittorrent-dht"
"""Ids in the catalogue: of peers over TCP; of DHT, and of peers over UDP (µTP)"""

_MOST_PEERS = 200
_MOST_NODES = 32
"""Of one conversation: each names many, and flows with them name themselves."""
_PEER_LIFETIME = 1_800
"""Seconds, the usual interval of a tracker"""
_NODE_LIFETIME = 900
"""Seconds after which a node of the DHT must be asked again (BEP 5)"""


def compact(data: bytes, *, size: int) -> Iterator[tuple[str, int]]:
    """Hosts and ports, each an address of so many bytes and a port."""
    step = size + 2
    for at in range(0, len(data) - step + 1, step):
        port = int.from_bytes(data[at + size : at + step])
        yield str(ip_address(data[at : at + size])), port


class Known:
    """What was announced of one conversation, so that nothing is announced twice."""

    __slots__ = ("_done", "_nodes", "_peers")

    def __init__(self) -> None:
        self._done: set[tuple[str, int, str]] = set()
        self._peers = _MOST_PEERS
        self._nodes = _MOST_NODES

    def peer(
        self, host: str, port: int, place: Place, *, speaker: str, detail: str
    ) -> Iterator[Announcement]:
        """A peer that takes connections over TCP, and over UDP at the same port (BEP 29)."""
        if self._peers and _usable(host, port) and (host, port, PEERS) not in self._done:
            self._done.add((host, port, PEERS))
            self._peers -= 1
            for transport, service in (("tcp", PEERS), ("udp", DHT)):
                yield Announcement(
                    host, port, transport, service, detail, place, speaker, "", _PEER_LIFETIME
                )

    def node(self, host: str, port: int, place: Place, *, speaker: str) -> Iterator[Announcement]:
        """A node of the DHT."""
        if self._nodes and _usable(host, port) and (host, port, DHT) not in self._done:
            self._done.add((host, port, DHT))
            self._nodes -= 1
            yield Announcement(
                host, port, "udp", DHT, "node of the DHT", place, speaker, "", _NODE_LIFETIME
            )


def _usable(host: str, port: int) -> bool:
    address = ip_address(host)
    return bool(port) and not (address.is_unspecified or address.is_multicast)
