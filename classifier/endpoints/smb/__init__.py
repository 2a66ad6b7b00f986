"""SMB: its dialect, and the DCE/RPC that rides on its named pipes (MS-CIFS, MS-SMB2, MS-RPCE)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from classifier.endpoints import dcerpc
from classifier.endpoints.announcement import Identification, Place
from classifier.endpoints.smb.messages import ENCRYPTED, SMB1, SMB2, Message, messages
from classifier.endpoints.smb.pipes import Pipes
from classifier.endpoints.smb.smb1 import Smb1
from classifier.endpoints.smb.smb2 import Smb2

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.endpoints.announcement import Announcement, Conversation, LookedFor

__all__ = ["read"]

_SESSION_REQUEST = re.compile(rb"\x81\0\0\x44(?: [A-P]{32}\0){2}")
_BEGINNINGS = (b"\x00", b"\x81", b"\x82", b"\x83", b"\x85")
_WORDS = {SMB1: "SMB 1", SMB2: "SMB 2 or 3", ENCRYPTED: "SMB 3, encrypted"}


def read(conversation: Conversation) -> Iterator[Announcement | Identification | LookedFor]:
    """What a conversation over TCP tells; nothing if it is no SMB."""
    if conversation.transport != "tcp":
        return
    sides = [list(messages(conversation, client=client)) for client in (True, False)]
    every = sides[0] + sides[1]
    if not every:
        yield from _only_asked(conversation)
        return
    # A request alone may be a probe, which another protocol answered.
    if not any(one.is_answer for one in every) and not all(
        side or _may_be_cut(conversation, client=client)
        for side, client in zip(sides, (True, False), strict=True)
    ):
        return
    # Answers are marked: a recording that began in the middle may have the sides wrong.
    turned = sum(one.is_answer is one.client for one in every if one.kind != ENCRYPTED) * 2 > len(
        every
    )
    every.sort(key=lambda one: (one.place.source, one.place.frame))
    pipes = Pipes()
    old, new = Smb1(pipes), Smb2(pipes)
    for message in every:
        if message.after_gap:
            pipes.skip(asked=message.client is not turned)
        if message.kind == SMB1:
            old.read(message)
        elif message.kind == SMB2:
            new.read(message)
    yield _named(every, new if new.dialect else old, turned=turned)
    yield from _carried(conversation, pipes, turned=turned)


def _only_asked(conversation: Conversation) -> Iterator[Identification]:
    """A session that was asked for, and nothing of SMB over it."""
    for piece in conversation.messages(client=True):
        if _SESSION_REQUEST.match(piece.data):
            place = Place(conversation.flow, piece.frame, piece.source, piece.time)
            yield Identification("netbios-ssn", "session request", place)
        return


def _named(every: list[Message], spoken: Smb1 | Smb2, *, turned: bool) -> Identification:
    """What the flow itself is."""
    newest = min((one for one in every), key=lambda one: one.kind)
    words = spoken.dialect or _WORDS[newest.kind]
    return Identification("smb", words, spoken.place or every[0].place, client_is_server=turned)


def _carried(
    conversation: Conversation, pipes: Pipes, *, turned: bool
) -> Iterator[Announcement | Identification | LookedFor]:
    """What its pipes say, each thing once."""
    if turned:
        conversation = replace(
            conversation, client_ip=conversation.server_ip, server_ip=conversation.client_ip
        )
    anywhere, seen = Place(conversation.flow, 0, 0, 0), set()
    for pipe in pipes.all:
        over = replace(conversation, pieces=tuple(pipe.pieces))
        for one in dcerpc.carried(over, pipe.words):
            meaning = replace(one, place=anywhere)
            if meaning not in seen:
                seen.add(meaning)
                yield one


def _may_be_cut(conversation: Conversation, *, client: bool) -> bool:
    """Whether a side without a whole message said nothing, or began one."""
    first = next(conversation.messages(client=client), None)
    return first is None or first.data[:1] in _BEGINNINGS
