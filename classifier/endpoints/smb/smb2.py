"""SMB 2 and 3 in clear: dialect, and what goes through named pipes (MS-SMB2 2.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from classifier.endpoints.dcerpc.wire import Broken, Reader
from classifier.endpoints.smb.pipes import Pipe, Pipes, pipe_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.endpoints.announcement import Place
    from classifier.endpoints.smb.messages import Message

__all__ = ["Smb2"]

_NEGOTIATE, _TREE_CONNECT, _CREATE, _READ, _WRITE, _IOCTL = 0, 3, 5, 8, 9, 11
_PIPE_TRANSCEIVE = 0x0011_C017
_RESPONSE, _RELATED = 0x01, 0x04
_DONE = (0, 0x8000_0005)
"""Success, and a read of a pipe that leaves some of the message (STATUS_BUFFER_OVERFLOW)"""
_SHARE_OF_PIPES = 2
_SAME_FILE = b"\xff" * 16
"""The file of the command before, in a compound of related commands (MS-SMB2 3.3.5.2.7.2)"""
_HEADER = 64
_DIALECTS = {
    0x0202: "SMB 2.0.2",
    0x0210: "SMB 2.1",
    0x0300: "SMB 3.0",
    0x0302: "SMB 3.0.2",
    0x0311: "SMB 3.1.1",
}


class Smb2(Struct):
    """A connection as far as it was read.

    Attributes:
        pipes: Where what goes through pipes is put.
        dialect: What was negotiated, in words; empty before.
        place: Where it was.
    """

    pipes: Pipes
    dialect: str = ""
    place: Place | None = None
    _trees: dict[bytes, int] = field(default_factory=dict)
    _files: dict[bytes, Pipe | None] = field(default_factory=dict)
    _asked: dict[tuple[bytes, int], Pipe | None] = field(default_factory=dict)

    def read(self, message: Message) -> None:
        """The next message: one command, or several."""
        before: Pipe | None = None
        for data in _commands(message.data):
            try:
                if data[16] & _RESPONSE:
                    self._answer(data, message.place)
                else:
                    before = self._request(data, message.place, before)
            except Broken:
                continue

    def _request(self, data: bytes, place: Place, before: Pipe | None) -> Pipe | None:
        """A request; the pipe that it is about."""
        command, body = data[12], Reader(data, offset=_HEADER)
        pipe: Pipe | None = None
        if command == _CREATE:
            body.offset += 44
            name = _cut(data, body.number(2), body.number(2)).decode("utf-16-le", "replace")
            if self._may_hold_pipes(data):
                pipe = self.pipes.opened(pipe_name(name))
        elif command in (_READ, _WRITE):
            body.offset += 2
            start, length = body.number(2), body.number(4)
            body.offset += 8
            pipe = self._file(data, body.take(16), before)
            if pipe and command == _WRITE:
                pipe.add(_cut(data, start, length), place, asked=True)
        elif command == _IOCTL:
            body.offset += 4
            if body.number(4) != _PIPE_TRANSCEIVE:
                return before
            pipe = self._file(data, body.take(16), before)
            start, length = body.number(4), body.number(4)
            if pipe:
                pipe.add(_cut(data, start, length), place, asked=True)
        elif command != _TREE_CONNECT:
            return before
        self._asked[data[24:32], command] = pipe
        return pipe or before

    def _answer(self, data: bytes, place: Place) -> None:
        status, command = int.from_bytes(data[8:12], "little"), data[12]
        if status not in _DONE:
            return
        body = Reader(data, offset=_HEADER)
        if command == _NEGOTIATE:
            body.offset += 4
            self._negotiated(body.number(2), place)
            return
        key = data[24:32], command
        if key not in self._asked:
            return
        pipe = self._asked.pop(key)
        if command == _TREE_CONNECT:
            body.offset += 2
            self._trees[data[36:48]] = body.number(1)
        elif command == _CREATE:
            body.offset += 64
            self._files[body.take(16)] = pipe
        elif command == _READ and pipe:
            body.offset += 2
            start = body.number(1)
            body.offset += 1
            pipe.add(_cut(data, start, body.number(4)), place, asked=False)
        elif command == _IOCTL and pipe:
            body.offset += 32
            pipe.add(_cut(data, body.number(4), body.number(4)), place, asked=False)

    def _negotiated(self, dialect: int, place: Place) -> None:
        if dialect in _DIALECTS:  # 0x02ff only says that a second round follows
            self.dialect = _DIALECTS[dialect]
            self.place = place

    def _may_hold_pipes(self, data: bytes) -> bool:
        """Whether the share of a request is that of pipes, as far as is known."""
        return self._trees.get(data[36:48], _SHARE_OF_PIPES) == _SHARE_OF_PIPES

    def _file(self, data: bytes, number: bytes, before: Pipe | None) -> Pipe | None:
        """The pipe of a file; one that was opened before the recording has no name."""
        if number == _SAME_FILE:
            return before
        if number not in self._files:
            self._files[number] = self.pipes.opened("") if self._may_hold_pipes(data) else None
        return self._files[number]


def _commands(data: bytes) -> Iterator[bytes]:
    """The commands of a message, each with its header."""
    offset = 0
    while offset + _HEADER <= len(data):
        following = int.from_bytes(data[offset + 20 : offset + 24], "little")
        yield data[offset : offset + following] if following else data[offset:]
        offset += following
        if following < _HEADER or data[offset : offset + 4] != data[:4]:
            return


def _cut(data: bytes, start: int, length: int) -> bytes:
    """Bytes at an offset from the header.

    Raises:
        Broken: There are not so many.
    """
    if start < _HEADER and length:
        raise Broken(f"data at {start}, inside of the header")
    if start + length > len(data):
        raise Broken(f"data at {start} to {start + length} of {len(data)}")
    return data[start : start + length]
