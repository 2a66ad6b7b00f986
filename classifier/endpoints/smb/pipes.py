"""Named pipes on a connection of SMB: what was written to and read from each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from classifier.flows.piece import Piece

if TYPE_CHECKING:
    from classifier.endpoints.announcement import Place

__all__ = ["Pipe", "Pipes", "pipe_name"]

_LONGEST_NAME = 64


class Pipe(Struct):
    """One opened pipe.

    Attributes:
        name: Without the word PIPE before it; empty if its opening was not recorded.
        pieces: What went through it, as of a connection of its own.
    """

    name: str
    pieces: list[Piece] = field(default_factory=list)
    _positions: dict[bool, int] = field(default_factory=lambda: {True: 0, False: 0})

    @property
    def words(self) -> str:
        """What it is to a reader."""
        return f"over pipe \\PIPE\\{self.name}" if self.name else "over a named pipe"

    def add(self, data: bytes, place: Place, *, asked: bool) -> None:
        """What the client wrote (``asked``) or read."""
        if data:
            position = self._positions[asked]
            self.pieces.append(Piece(asked, place.frame, place.source, place.time, position, data))
            self._positions[asked] += len(data)

    def skip(self, *, asked: bool) -> None:
        """Something is missing here, nobody knows how much."""
        self._positions[asked] += 1


class Pipes(Struct):
    """All pipes of a connection, in the order in which they were opened or first used."""

    all: list[Pipe] = field(default_factory=list)

    def opened(self, name: str) -> Pipe:
        """A new pipe."""
        pipe = Pipe(name)
        self.all.append(pipe)
        return pipe

    def skip(self, *, asked: bool) -> None:
        """Something of one side was not recorded."""
        for pipe in self.all:
            pipe.skip(asked=asked)


def pipe_name(words: str) -> str:
    """The name of a pipe as both versions of SMB write it, fit to be read."""
    name = words.rstrip("\0").replace("/", "\\").lstrip("\\")
    if name[:5].upper() == "PIPE\\":
        name = name[5:]
    return "".join(each if each.isprintable() else "?" for each in name[:_LONGEST_NAME])
