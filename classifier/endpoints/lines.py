"""A conversation in lines of text, of both sides in the order in which they were said."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from classifier.endpoints.announcement import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.endpoints.announcement import Conversation

__all__ = ["LONGEST", "Line", "lines"]

LONGEST = 4_096
"""A line that is longer is not said in any of these protocols, and is passed over."""


class Line(NamedTuple):
    """One complete line.

    Attributes:
        client: Whether the client said it.
        text: Without the end of the line.
        place: Where its first byte was said.
    """

    client: bool
    text: bytes
    place: Place


class _Side:
    """What one side has said of a line that is not complete yet."""

    __slots__ = ("end", "parts", "place", "size", "whole")

    def __init__(self) -> None:
        self.end = 0
        self.parts: list[bytes] = []
        self.place = Place(0, 0, 0, 0)
        self.size = 0
        self.whole = True  # of the line: nothing of it is missing


def lines(conversation: Conversation) -> Iterator[Line]:
    """The lines that are complete; one with bytes missing in it is passed over."""
    sides = {True: _Side(), False: _Side()}
    for piece in conversation.pieces:
        side = sides[piece.client]
        if piece.position != side.end:
            side.parts, side.size, side.whole = [], 0, False
        side.end = piece.position + len(piece.data)
        here = Place(conversation.flow, piece.frame, piece.source, piece.time)
        *ended, rest = piece.data.split(b"\n")
        for text in ended:
            complete = b"".join((*side.parts, text))
            if side.whole and len(complete) <= LONGEST:
                yield Line(piece.client, complete.rstrip(b"\r"), side.place if side.parts else here)
            side.parts, side.size, side.whole = [], 0, True
        if rest:
            if not side.parts:
                side.place = here
            if side.size <= LONGEST:  # what is longer stays longer, however much more comes
                side.parts.append(rest)
                side.size += len(rest)
