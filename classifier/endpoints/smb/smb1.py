"""SMB 1: dialect, and what goes through named pipes (MS-CIFS 2.2, MS-SMB 2.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from classifier.endpoints.dcerpc.wire import Broken, Reader
from classifier.endpoints.smb.pipes import Pipe, Pipes, pipe_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.endpoints.announcement import Place
    from classifier.endpoints.smb.messages import Message

__all__ = ["Smb1"]

_OLD_READ, _OLD_WRITE = 0x0A, 0x0B
_TRANSACTION, _OPEN, _READ, _WRITE, _NEGOTIATE = 0x25, 0x2D, 0x2E, 0x2F, 0x72
_TREE_CONNECT, _CREATE = 0x75, 0xA2
_CHAINED = (0x24, _OPEN, _READ, _WRITE, 0x73, 0x74, _TREE_CONNECT, _CREATE)
"""Commands behind which another may stand (AndX)"""
_NO_COMMAND = 0xFF
_TRANSACT_PIPE = 0x0026
_HEADER = 32
_UNICODE = 0x8000
_MOST_COMMANDS = 8
_LONGEST_DIALECT = 32


class _Command(Struct, frozen=True):
    """One command of a message.

    Attributes:
        number: Its code.
        words: Its parameters.
        offset: Where its bytes begin in the message.
    """

    number: int
    words: bytes
    offset: int


class Smb1(Struct):
    """A connection as far as it was read.

    Attributes:
        pipes: Where what goes through pipes is put.
        dialect: What was negotiated, in words; empty before.
        place: Where it was.
    """

    pipes: Pipes
    dialect: str = ""
    place: Place | None = None
    _offered: list[str] = field(default_factory=list)
    _no_pipes: set[bytes] = field(default_factory=set)
    _files: dict[bytes, Pipe | None] = field(default_factory=dict)
    _asked: dict[tuple[bytes, int], Pipe | None] = field(default_factory=dict)

    def read(self, message: Message) -> None:
        """The next message: one command, or a chain of them."""
        for command in _commands(message.data):
            try:
                if message.is_answer:
                    self._answer(message, command)
                else:
                    self._request(message, command)
            except Broken:
                continue

    def _request(self, message: Message, command: _Command) -> None:
        data = message.data
        pipe: Pipe | None = None
        if command.number == _NEGOTIATE:
            self._offered = _dialects(data[command.offset :])
        elif command.number in (_CREATE, _OPEN):
            if data[24:26] not in self._no_pipes:
                pipe = self.pipes.opened(pipe_name(_name(data, command)))
        elif command.number in (_OLD_READ, _OLD_WRITE, _READ, _WRITE, _TRANSACTION):
            pipe, written = self._used(data, command)
            if pipe:
                pipe.add(written, message.place, asked=True)
        elif command.number != _TREE_CONNECT:
            return
        self._asked[_key(data), command.number] = pipe

    def _used(self, data: bytes, command: _Command) -> tuple[Pipe | None, bytes]:
        """The pipe that a request reads or writes, and what it writes."""
        words, written = Reader(command.words), b""
        if command.number == _TRANSACTION:
            words.offset = 22
            length, start = words.number(2), words.number(2)
            words.offset = 28
            if words.number(2) != _TRANSACT_PIPE:
                return None, b""
            file, written = words.take(2), _cut(data, length, start)
        else:
            words.offset = 4 if command.number in _CHAINED else 0
            file = words.take(2)
            if command.number == _WRITE:
                words.offset = 20
                written = _cut(data, words.number(2), words.number(2))
            elif command.number == _OLD_WRITE:
                written = _block(data, command)
        return self._file(data, file), written

    def _answer(self, message: Message, command: _Command) -> None:
        data, words = message.data, Reader(command.words)
        key = _key(data), command.number
        if key not in self._asked or not command.words:
            return
        pipe = self._asked[key]
        if command.number == _NEGOTIATE:
            self._negotiated(words.number(2), message.place)
        elif command.number == _TREE_CONNECT:
            service = data[command.offset : command.offset + 3]
            (self._no_pipes.discard if service == b"IPC" else self._no_pipes.add)(data[24:26])
        elif command.number in (_CREATE, _OPEN):
            words.offset = 5 if command.number == _CREATE else 4
            self._files[words.take(2)] = pipe
        elif command.number == _READ and pipe:
            words.offset = 10
            pipe.add(_cut(data, words.number(2), words.number(2)), message.place, asked=False)
        elif command.number == _OLD_READ and pipe:
            pipe.add(_block(data, command), message.place, asked=False)
        elif command.number == _TRANSACTION and pipe:
            words.offset = 12
            pipe.add(_cut(data, words.number(2), words.number(2)), message.place, asked=False)

    def _negotiated(self, chosen: int, place: Place) -> None:
        if chosen < len(self._offered):
            name = self._offered[chosen][:_LONGEST_DIALECT]
            self.dialect = f"SMB 1 ({name})" if name.isprintable() else "SMB 1"
            self.place = place

    def _file(self, data: bytes, number: bytes) -> Pipe | None:
        """The pipe of a file; one that was opened before the recording has no name."""
        if number not in self._files:
            usable = data[24:26] not in self._no_pipes
            self._files[number] = self.pipes.opened("") if usable else None
        return self._files[number]


def _dialects(data: bytes) -> list[str]:
    """What a client can speak, in its order (MS-CIFS 2.2.4.52.1)."""
    return [one[1:].decode("ascii", "replace") for one in data.split(b"\0") if one[:1] == b"\2"]


def _key(data: bytes) -> bytes:
    """What an answer has in common with its request: process and multiplex id."""
    return data[26:28] + data[30:32]


def _commands(data: bytes) -> Iterator[_Command]:
    """The commands of a message."""
    number, offset = data[4], _HEADER
    for _ in range(_MOST_COMMANDS):
        if offset >= len(data):
            return
        end = offset + 1 + 2 * data[offset]
        words = data[offset + 1 : end]
        yield _Command(number, words, end + 2)
        if number not in _CHAINED or len(words) < 4 or words[0] == _NO_COMMAND:  # noqa: PLR2004
            return
        number, following = words[0], int.from_bytes(words[2:4], "little")
        if following <= offset:
            return
        offset = following


def _name(data: bytes, command: _Command) -> str:
    """The name of the file that a request opens."""
    unicode = int.from_bytes(data[10:12], "little") & _UNICODE
    name = data[command.offset :]
    if unicode:
        name = name[command.offset % 2 :]  # to an even offset
        return name.decode("utf-16-le", "replace").split("\0", 1)[0]
    return name.split(b"\0", 1)[0].decode("ascii", "replace")


def _block(data: bytes, command: _Command) -> bytes:
    """The bytes of the oldest commands: a format, a length, the data (MS-CIFS 2.2.4.12)."""
    length = int.from_bytes(data[command.offset + 1 : command.offset + 3], "little")
    return _cut(data, length, command.offset + 3)


def _cut(data: bytes, length: int, start: int) -> bytes:
    """Bytes at an offset from the header.

    Raises:
        Broken: There are not so many.
    """
    if length and (start < _HEADER or start + length > len(data)):
        raise Broken(f"data at {start} to {start + length} of {len(data)}")
    return data[start : start + length]
