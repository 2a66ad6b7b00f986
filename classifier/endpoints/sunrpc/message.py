"""Messages of ONC RPC: calls and replies, in datagrams and in records over TCP (RFC 5531)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from classifier.endpoints.announcement import Place
from classifier.endpoints.stream import runs
from classifier.endpoints.sunrpc.xdr import Broken, Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.endpoints.announcement import Conversation
    from classifier.endpoints.stream import Run

__all__ = ["SUCCESS", "Call", "Reply", "messages"]

SUCCESS = 0
"""accept_stat (section 9)"""

_CALL, _REPLY = 0, 1
_RPC_VERSION = 2
_ACCEPTED, _DENIED = 0, 1
_LAST_STATUS = 5
_DENIALS = 2
_LAST_FRAGMENT = 0x80000000
_MOST_RECORD = 1 << 22
"""Longer records than any NFS server takes are no records."""
_MOST_AUTH = 400
"""opaque_auth body<400> (section 8.2)"""
_FLAVORS = range(8)
_PSEUDO_FLAVORS = range(300_000, 400_000)
"""auth_flavor: 0 to 7, and those that Sun and Kerberos took (IANA RPC authentication numbers)"""
_MOST_VERSION, _MOST_PROCEDURE = 1_000, 1_000_000
"""Nobody numbers versions and procedures beyond: what does is no RPC."""


class Call(Struct, frozen=True):
    """A call (section 9). Equal when every field is equal.

    Attributes:
        xid: Transaction id, which the answer repeats.
        program, version, procedure: What is called.
        arguments: Of the procedure.
        place: Where it was said.
    """

    xid: int
    program: int
    version: int
    procedure: int
    arguments: bytes
    place: Place

    @property
    def question(self) -> tuple[int, int, int, bytes]:
        """What repetitions of a call have in common."""
        return self.program, self.version, self.procedure, self.arguments


class Reply(Struct, frozen=True):
    """An answer (section 9). Equal when every field is equal.

    Attributes:
        xid: Of the call.
        status: accept_stat; -1: denied.
        results: What the procedure gave.
        place: Where it was said.
    """

    xid: int
    status: int
    results: bytes
    place: Place


def messages(conversation: Conversation, *, client: bool) -> Iterator[Call | Reply]:
    """What one side sent, as far as it is ONC RPC; over TCP up to the first thing that is not."""
    if conversation.transport == "tcp":
        for run in runs(conversation, client=client):
            for record, place in _records(run):
                message = _message(record, place)
                if message is None:  # out of step: what follows is no record either
                    break
                yield message
        return
    for piece in conversation.messages(client=client):
        place = Place(conversation.flow, piece.frame, piece.source, piece.time)
        message = _message(piece.data, place)
        if message is not None:
            yield message


def _records(run: Run) -> Iterator[tuple[bytes, Place]]:
    """Records, each of one fragment or several (section 11); of the last one what is there."""
    data, at, begin = run.data, 0, 0
    parts: list[bytes] = []
    while at + 4 <= len(data):
        marker = int.from_bytes(data[at : at + 4])
        size = marker & ~_LAST_FRAGMENT
        if size > _MOST_RECORD:
            return
        if not parts:
            begin = at
        parts.append(data[at + 4 : at + 4 + size])
        at += 4 + size
        if marker & _LAST_FRAGMENT:
            yield b"".join(parts), run.place(begin)
            parts = []
    if parts:
        yield b"".join(parts), run.place(begin)


def _message(data: bytes, place: Place) -> Call | Reply | None:
    reader = Reader(data)
    try:
        xid, kind = reader.number(), reader.number()
        if kind == _CALL:
            return _call(xid, reader, place)
        return _reply(xid, reader, place) if kind == _REPLY else None
    except Broken:
        return None


def _call(xid: int, reader: Reader, place: Place) -> Call | None:
    if reader.number() != _RPC_VERSION:
        return None
    program, version, procedure = reader.number(), reader.number(), reader.number()
    _authentication(reader)
    _authentication(reader)
    if version > _MOST_VERSION or procedure > _MOST_PROCEDURE:
        return None
    return Call(xid, program, version, procedure, reader.rest(), place)


def _reply(xid: int, reader: Reader, place: Place) -> Reply | None:
    kind = reader.number()
    if kind == _ACCEPTED:
        _authentication(reader)
        status = reader.number()
        return Reply(xid, status, reader.rest(), place) if status <= _LAST_STATUS else None
    if kind == _DENIED and reader.number() < _DENIALS:
        return Reply(xid, -1, b"", place)
    return None


def _authentication(reader: Reader) -> None:
    """Pass over a credential or a verifier."""
    flavor = reader.number()
    if flavor not in _FLAVORS and flavor not in _PSEUDO_FLAVORS:
        raise Broken(f"no flavour of authentication has the number {flavor}")
    reader.opaque(_MOST_AUTH)
