"""Trackers, and local discovery: who else has it (BEP 3, 7, 14, 15, 23)."""

from __future__ import annotations

import re
from ipaddress import ip_address
from itertools import islice
from typing import TYPE_CHECKING

from classifier.endpoints.announcement import Announcement, Identification, Place
from classifier.endpoints.bittorrent.bencode import Broken, Value, decode
from classifier.endpoints.bittorrent.peers import Known, compact
from classifier.endpoints.stream import runs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.endpoints.announcement import Conversation

__all__ = ["local", "over_http", "over_udp"]

_TRACKER, _LOCAL = "bittorrent-trackers", "bittorrent-lsd"
_CONNECT = bytes.fromhex("0000041727101980 00000000")
"""The connection id of a first request, and the action 0 (BEP 15)"""
_CONNECT_SIZE, _ANNOUNCE_SIZE, _ANNOUNCE = 16, 98, 1
_ANSWER_HEADER = 20
_ASKED = re.compile(rb"GET /[^\r\n ]{1,4000} HTTP/1\.[01]\r\n")
_HASH = re.compile(rb"[?&]info_hash=")
_PORT = re.compile(rb"[?&]port=(\d{1,5})[& ]")
_ANSWERED = re.compile(rb"HTTP/1\.[01] 200[^\r\n]{0,100}\r\n")
_MOST_ANSWERS, _MOST_HEAD = 32, 4_096
"""Of one connection; of a head"""
_LOCAL_SEARCH = b"BT-SEARCH * HTTP/1.1\r\n"
_LOCAL_PORT = re.compile(rb"\r\nPort: {0,4}(\d{1,5})\r\n", re.IGNORECASE)

Said = Announcement | Identification


def over_http(conversation: Conversation) -> Iterator[Said]:
    """Who asks a tracker tells its own port, the answer those of the others."""
    known, speaker = Known(), conversation.client_ip
    identified = False
    for run in runs(conversation, client=True):
        for asked in _ASKED.finditer(run.data):
            if not _HASH.search(asked[0]):
                continue
            place = run.place(asked.start())
            if not identified:
                identified = True
                yield Identification(_TRACKER, "", place)
            port = _PORT.search(asked[0])
            if port is not None and int(port[1]) <= 0xFFFF:  # noqa: PLR2004
                yield from known.peer(speaker, int(port[1]), place, speaker=speaker, detail="peer")
    if not identified:
        return
    speaker = conversation.server_ip
    for run in runs(conversation, client=False):
        for answered in islice(_ANSWERED.finditer(run.data), _MOST_ANSWERS):
            begin = answered.start()
            body = run.data.find(b"\r\n\r\n", begin, begin + _MOST_HEAD) + 4
            for host, number in _listed(run.data, body) if body > begin else ():
                place = run.place(begin)
                yield from known.peer(host, number, place, speaker=speaker, detail="peer")


def _listed(data: bytes, offset: int) -> Iterator[tuple[str, int]]:
    """The peers of an answer, in compact form or one dictionary each."""
    try:
        found, _ = decode(data, offset)
    except Broken:
        return
    if not isinstance(found, dict):
        return
    for key, size in ((b"peers", 4), (b"peers6", 16)):
        peers = found.get(key)
        if isinstance(peers, bytes):
            yield from compact(peers, size=size)
        for peer in peers if isinstance(peers, list) else ():
            yield from _single(peer)


def _single(peer: Value) -> Iterator[tuple[str, int]]:
    if not isinstance(peer, dict):
        return
    host, port = peer.get(b"ip"), peer.get(b"port")
    if isinstance(host, bytes) and isinstance(port, int) and 0 < port <= 0xFFFF:  # noqa: PLR2004
        try:
            yield str(ip_address(host.decode("ascii", "replace"))), port
        except ValueError:
            return


def over_udp(conversation: Conversation) -> Iterator[Said]:
    """A tracker over UDP: connect, announce, and the answer with peers."""
    asked: dict[tuple[bool, bytes], str] = {}
    known, connected = Known(), False
    size = 4 if "." in conversation.server_ip else 16
    for piece in conversation.pieces:
        data, place = piece.data, _place(conversation, piece.frame, piece.source, piece.time)
        speaker = conversation.speaker(client=piece.client)
        if len(data) == _CONNECT_SIZE and data.startswith(_CONNECT):
            if not connected:
                yield Identification(_TRACKER, "", place, client_is_server=not piece.client)
            connected = True
        action, answer_to = int.from_bytes(data[8:12]), (not piece.client, data[4:8])
        if not connected:
            continue
        if len(data) >= _ANNOUNCE_SIZE and action == _ANNOUNCE:
            asked[piece.client, data[12:16]] = f"peer for {data[16:36].hex()}"
            port = int.from_bytes(data[96:98])
            detail = asked[piece.client, data[12:16]]
            yield from known.peer(speaker, port, place, speaker=speaker, detail=detail)
        elif answer_to in asked and data[:4] == b"\0\0\0\1":
            for host, port in compact(data[_ANSWER_HEADER:], size=size):
                yield from known.peer(host, port, place, speaker=speaker, detail=asked[answer_to])


def local(conversation: Conversation) -> Iterator[Said]:
    """A peer calls into the local network what it has, and where (BEP 14)."""
    known, identified = Known(), False
    for piece in conversation.pieces:
        port = _LOCAL_PORT.search(piece.data)
        if not piece.data.startswith(_LOCAL_SEARCH) or port is None:
            continue
        place = _place(conversation, piece.frame, piece.source, piece.time)
        speaker = conversation.speaker(client=piece.client)
        if not identified:
            identified = True
            yield Identification(_LOCAL, "", place)
        if int(port[1]) <= 0xFFFF:  # noqa: PLR2004
            yield from known.peer(speaker, int(port[1]), place, speaker=speaker, detail="peer")


def _place(conversation: Conversation, frame: int, source: int, time: int) -> Place:
    return Place(conversation.flow, frame, source, time)
