"""The distributed hash table of BitTorrent: which peers have what (BEP 5, BEP 32)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.endpoints.announcement import Announcement, Identification, Place
from classifier.endpoints.bittorrent.bencode import Broken, Value, decode
from classifier.endpoints.bittorrent.peers import DHT, Known, compact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.endpoints.announcement import Conversation
    from classifier.flows.transcripts import Piece

__all__ = ["read"]

_ID = 20
"""Bytes of the id of a node, and of an info hash"""
_SIZES = {4: (b"nodes", 6), 16: (b"nodes6", 18)}
"""By the size of an address: key of the nodes, and size of a peer"""


def read(conversation: Conversation) -> Iterator[Announcement | Identification]:
    """What nodes tell each other."""
    known = Known()
    wanted: dict[tuple[bool, bytes], bytes] = {}
    said = [
        (piece, message)
        for piece in conversation.pieces
        if (message := _message(piece.data)) is not None
    ]
    asking = {piece.client for piece, message in said if message[b"y"] == b"q"}
    for number, (piece, message) in enumerate(said):
        place = Place(conversation.flow, piece.frame, piece.source, piece.time)
        if number == 0:
            # Nodes are equals; who never asks here and is asked, or answers, is the server.
            backwards = asking == {False} or (not asking and piece.client)
            yield Identification(DHT, "DHT", place, client_is_server=backwards)
        transaction = _octets(message.get(b"t"))
        asked, told = message.get(b"a"), message.get(b"r")
        if isinstance(asked, dict):
            wanted[not piece.client, transaction] = _octets(asked.get(b"info_hash"))
            if message.get(b"q") == b"announce_peer":
                yield from _own(conversation, piece, asked, known, place)
        elif isinstance(told, dict):
            speaker = conversation.speaker(client=piece.client)
            info_hash = wanted.get((piece.client, transaction), b"")
            yield from _told(told, info_hash, known, place, speaker)


def _message(data: bytes) -> dict[bytes, Value] | None:
    """A question, an answer or an error; None where it is none of them."""
    if data[:1] != b"d":
        return None
    try:
        found, _ = decode(data)
    except Broken:
        return None
    if not isinstance(found, dict) or not isinstance(found.get(b"t"), bytes):
        return None
    kind = found.get(b"y")
    body = found.get({b"q": b"a", b"r": b"r"}.get(kind, b"") if isinstance(kind, bytes) else b"")
    node = body.get(b"id") if isinstance(body, dict) else None
    is_error = kind == b"e" and isinstance(found.get(b"e"), list)
    return found if is_error or (isinstance(node, bytes) and len(node) == _ID) else None


def _own(
    conversation: Conversation,
    piece: Piece,
    asked: dict[bytes, Value],
    known: Known,
    place: Place,
) -> Iterator[Announcement]:
    """A peer says where it takes connections itself."""
    port = asked.get(b"port")
    if asked.get(b"implied_port") == 1:
        port = conversation.client_port if piece.client else conversation.server_port
    if isinstance(port, int) and 0 < port <= 0xFFFF:  # noqa: PLR2004
        speaker = conversation.speaker(client=piece.client)
        detail = _of(_octets(asked.get(b"info_hash")))
        yield from known.peer(speaker, port, place, speaker=speaker, detail=detail)


def _told(
    told: dict[bytes, Value], info_hash: bytes, known: Known, place: Place, speaker: str
) -> Iterator[Announcement]:
    values = told.get(b"values")
    for value in values if isinstance(values, list) else ():
        octets = _octets(value)
        for size, (_, whole) in _SIZES.items():
            if len(octets) == whole:
                for host, port in compact(octets, size=size):
                    yield from known.peer(host, port, place, speaker=speaker, detail=_of(info_hash))
    for size, (key, whole) in _SIZES.items():
        octets = _octets(told.get(key))
        for at in range(0, len(octets), _ID + whole):
            for host, port in compact(octets[at + _ID : at + _ID + whole], size=size):
                yield from known.node(host, port, place, speaker=speaker)


def _octets(value: Value | None) -> bytes:
    return value if isinstance(value, bytes) else b""


def _of(info_hash: bytes) -> str:
    return f"peer for {info_hash.hex()}" if len(info_hash) == _ID else "peer"
