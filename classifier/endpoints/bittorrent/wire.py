"""Peers of BitTorrent among themselves: handshake, extensions, peer exchange (BEP 3, 10, 11)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.endpoints.announcement import Announcement, Identification, Place
from classifier.endpoints.bittorrent.bencode import Broken, Value, decode
from classifier.endpoints.bittorrent.peers import DHT, PEERS, Known, compact
from classifier.endpoints.stream import runs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.endpoints.announcement import Conversation
    from classifier.endpoints.stream import Run

__all__ = ["carried", "read"]

_PROTOCOL = b"\x13BitTorrent protocol"
_HANDSHAKE = 68
_HASH = slice(28, 48)
_EXTENDED = 20
"""Message id of extensions (BEP 10); the first of them is the handshake about extensions, 0."""
_MOST_MESSAGE = 1 << 20
_UTP_HEADER, _UTP_DATA = 20, 0x01
_MOST_EXTENSIONS = 4


def read(conversation: Conversation) -> Iterator[Announcement | Identification]:
    """What peers over TCP say; behind an encrypted key exchange they may go on in clear."""
    known = Known()
    said = []
    for client in (True, False):
        for run in runs(conversation, client=client):
            at = run.data.find(_PROTOCOL)
            if at >= 0 and at + _HANDSHAKE <= len(run.data):
                said.append((run.place(at), client, run, at))
    if not said:
        return
    place, client, run, at = min(said, key=lambda handshake: handshake[0].time)
    words = f"info hash {run.data[at:][_HASH].hex()}"
    # Who connects shakes hands first: the other must hear for which torrent (BEP 3).
    backwards = not client and any(by_client for _, by_client, _, _ in said)
    yield Identification(PEERS, words, place, client_is_server=backwards)
    for _, client, run, at in said:
        yield from _extensions(run, at + _HANDSHAKE, known, conversation.speaker(client=client))


def carried(conversation: Conversation) -> Iterator[Identification]:
    """A handshake that µTP carries over UDP (BEP 29)."""
    for piece in conversation.pieces:
        payload = _utp_payload(piece.data)
        if payload.startswith(_PROTOCOL) and len(payload) >= _HASH.stop:
            place = Place(conversation.flow, piece.frame, piece.source, piece.time)
            yield Identification(DHT, f"µTP, info hash {payload[_HASH].hex()}", place)
            return


def _utp_payload(data: bytes) -> bytes:
    """The payload of a data packet behind its extensions, each with a type and a length."""
    if len(data) < _UTP_HEADER or data[0] != _UTP_DATA:
        return b""
    following, at = data[1], _UTP_HEADER
    for _ in range(_MOST_EXTENSIONS):
        if not following or at + 2 > len(data):
            break
        following, at = data[at], at + 2 + data[at + 1]
    return data[at:]


def _extensions(run: Run, at: int, known: Known, speaker: str) -> Iterator[Announcement]:
    """Where a peer takes connections itself, and the peers that it exchanges."""
    data = run.data
    while at + 6 <= len(data):
        size = int.from_bytes(data[at : at + 4])
        if size > _MOST_MESSAGE:
            return
        if data[at + 4] == _EXTENDED and size > 2:  # noqa: PLR2004
            yield from _extension(data[at + 6 : at + 4 + size], run.place(at), known, speaker)
        at += 4 + size


def _extension(body: bytes, place: Place, known: Known, speaker: str) -> Iterator[Announcement]:
    try:
        found, _ = decode(body)
    except Broken:
        return
    if not isinstance(found, dict):
        return
    port = found.get(b"p")
    if isinstance(found.get(b"m"), dict) and isinstance(port, int) and 0 < port <= 0xFFFF:  # noqa: PLR2004
        yield from known.peer(speaker, port, place, speaker=speaker, detail="peer")
    exchanged: tuple[tuple[Value | None, int], ...] = (
        (found.get(b"added"), 4),
        (found.get(b"added6"), 16),
    )
    for octets, width in exchanged:
        for host, number in compact(octets, size=width) if isinstance(octets, bytes) else ():
            yield from known.peer(host, number, place, speaker=speaker, detail="peer exchange")
