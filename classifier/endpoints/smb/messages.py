"""Messages of SMB in a stream of TCP (RFC 1002 section 4.3, MS-SMB2 2.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from classifier.endpoints.stream import runs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.endpoints.announcement import Conversation, Place
    from classifier.endpoints.stream import Run

__all__ = ["ENCRYPTED", "SMB1", "SMB2", "Message", "messages"]

SMB1, SMB2, ENCRYPTED = b"\xffSMB", b"\xfeSMB", b"\xfdSMB"
_LEAST = {SMB1: 35, SMB2: 64, ENCRYPTED: 52}
"""Bytes that a message of each kind has at least: its header, of SMB1 also two counts."""
_HEADER = 4
_MESSAGE = 0x00
_CONTROL = range(0x81, 0x86)
_MOST_CONTROL = 512
"""Bytes of a session request: two names."""
_LAST_COMMAND = 18


class Message(Struct, frozen=True):
    """One message.

    Attributes:
        client: Whether the side that is taken for the client sent it.
        kind: Its first four bytes.
        data: With its header, without the length before it.
        place: Of the last byte.
        after_gap: Something before it is missing.
    """

    client: bool
    kind: bytes
    data: bytes
    place: Place
    after_gap: bool

    @property
    def is_answer(self) -> bool:
        """Whether a server sent it; of encrypted ones nobody knows."""
        if self.kind == SMB1:
            return bool(self.data[9] & 0x80)  # SMB_FLAGS_REPLY (MS-CIFS 2.2.3.1)
        return self.kind == SMB2 and bool(self.data[16] & 1)  # SMB2_FLAGS_SERVER_TO_REDIR


def messages(conversation: Conversation, *, client: bool) -> Iterator[Message]:
    """What one side sent."""
    gap = False
    for run in runs(conversation, client=client):
        for begin, end in _bounds(run):
            if begin < 0:
                gap = True
                continue
            data = run.data[begin:end]
            yield Message(client, data[:4], data, run.place(end - 1), gap)
            gap = False
        gap = True


def _bounds(run: Run) -> Iterator[tuple[int, int]]:
    """Where messages begin and end; (-1, -1) where something was passed over."""
    data, offset = run.data, 0
    while offset + _HEADER <= len(data):
        length = int.from_bytes(data[offset + 1 : offset + _HEADER], "big")
        if data[offset] in _CONTROL and length <= _MOST_CONTROL:
            offset += _HEADER + length
            continue
        if not _is_message(data, offset, length):
            yield -1, -1
            offset = _next_message(data, offset + 1)
            continue
        begin, offset = offset + _HEADER, offset + _HEADER + length
        if offset <= len(data):
            yield begin, offset


def _is_message(data: bytes, offset: int, length: int) -> bool:
    """Whether a message begins here whose length and first fields fit."""
    begin = offset + _HEADER
    kind = data[begin : begin + 4]
    if data[offset] != _MESSAGE or length < _LEAST.get(kind, 1 << 24):
        return False
    if kind == SMB2:
        return data[begin + 4 : begin + 6] == b"@\0" and data[begin + 12 : begin + 13] <= bytes(
            (_LAST_COMMAND,)
        )
    if kind == SMB1 and begin + 33 <= len(data):
        return data[begin + 32] * 2 + _LEAST[SMB1] <= length
    return True


def _next_message(data: bytes, offset: int) -> int:
    """The next place where a message can begin."""
    while True:
        offset = data.find(b"SMB", offset + _HEADER + 1) - _HEADER - 1
        if offset < 0:
            return len(data)
        length = int.from_bytes(data[offset + 1 : offset + _HEADER], "big")
        if _is_message(data, offset, length):
            return offset
        offset += 1
