"""Conversations for tests of announcing protocols: say what each side sends.

``said(read, client=[b"ask"], server=[b"answer"])`` is what a protocol hears in it. The sides speak
in turns, the client first; ``turns=[(CLIENT, b"ask"), (SERVER, b"answer"), …]`` says any other
order. Every message is a frame of its own, numbered from 1, one second after the other. A number
instead of bytes stands for so many bytes that the recording misses.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from classifier.endpoints.announcement import (
    Announcement,
    Conversation,
    Identification,
    LookedFor,
)
from classifier.endpoints.registry import PROTOCOLS
from classifier.flows.piece import Piece

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from classifier.endpoints.protocol import Protocol

CLIENT, SERVER = True, False
CLIENT_IP, SERVER_IP, THIRD_IP = "10.0.0.1", "10.0.0.2", "10.0.0.3"
FLOW = 7
SECOND = 1_000_000_000


def registered(name: str) -> Protocol:
    """The protocol with this name: what it wants to read."""
    (found,) = (protocol for protocol in PROTOCOLS if protocol.name == name)
    return found


def conversation(
    client: Iterable[bytes | int] = (),
    server: Iterable[bytes | int] = (),
    *,
    turns: Iterable[tuple[bool, bytes | int]] | None = None,
    transport: str = "tcp",
    client_ip: str = CLIENT_IP,
    client_port: int = 50_000,
    server_ip: str = SERVER_IP,
    server_port: int = 40_000,
) -> Conversation:
    """One flow with what both sides say."""
    if turns is None:
        pairs = zip_longest(client, server)
        turns = [
            (side, one)
            for pair in pairs
            for side, one in zip((CLIENT, SERVER), pair, strict=True)
            if one is not None
        ]
    positions = {CLIENT: 0, SERVER: 0}
    pieces = []
    for number, (side, one) in enumerate(turns, 1):
        if isinstance(one, int):
            positions[side] += one
        elif one:
            pieces.append(Piece(side, number, 0, number * SECOND, positions[side], one))
            positions[side] += len(one)
    return Conversation(
        FLOW, transport, client_ip, client_port, server_ip, server_port, tuple(pieces)
    )


def said(
    read: Callable[[Conversation], Iterator[Announcement | Identification | LookedFor]],
    client: Iterable[bytes | int] = (),
    server: Iterable[bytes | int] = (),
    **rest,
) -> list[Announcement | Identification | LookedFor]:
    """What a protocol hears in a conversation; ``rest`` as in :func:`conversation`."""
    return list(read(conversation(client, server, **rest)))


def announced(heard: Iterable[object]) -> list[Announcement]:
    """The announcements among it."""
    return [one for one in heard if isinstance(one, Announcement)]


def identified(heard: Iterable[object]) -> list[Identification]:
    """The identifications among it."""
    return [one for one in heard if isinstance(one, Identification)]


def looked_for(heard: Iterable[object]) -> list[LookedFor]:
    """What was asked for in vain among it."""
    return [one for one in heard if isinstance(one, LookedFor)]


def endpoints(heard: Iterable[object]) -> list[tuple[str, int]]:
    """Host and port of each announcement, in order."""
    return [(one.host, one.port) for one in announced(heard)]


def split_everywhere(payload: bytes) -> Iterator[list[bytes]]:
    """The payload in two segments, cut at every byte; then every byte in one of its own."""
    for cut in range(1, len(payload)):
        yield [payload[:cut], payload[cut:]]
    yield [payload[at : at + 1] for at in range(len(payload))]
