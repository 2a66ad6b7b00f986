"""One direction of a conversation as a stream that knows which frame brought which byte."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from classifier.endpoints.announcement import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.endpoints.announcement import Conversation
    from classifier.flows.piece import Piece

__all__ = ["Run", "runs"]


class Run:
    """Bytes without a gap.

    Attributes:
        data: The bytes.
        position: Payload bytes of that side before the first one.
    """

    __slots__ = ("_flow", "_pieces", "_starts", "data", "position")

    def __init__(self, flow: int, pieces: list[Piece]) -> None:
        self._flow = flow
        self._pieces = pieces
        self.position = pieces[0].position
        self._starts = [piece.position - self.position for piece in pieces]
        self.data = b"".join(piece.data for piece in pieces)

    def place(self, offset: int) -> Place:
        """Where the byte at an offset was said; of an offset beyond the end, the last one."""
        piece = self._pieces[max(0, bisect_right(self._starts, offset) - 1)]
        return Place(self._flow, piece.frame, piece.source, piece.time)


def runs(conversation: Conversation, *, client: bool) -> Iterator[Run]:
    """What one side said, cut at every gap."""
    pieces: list[Piece] = []
    end = 0
    for piece in conversation.messages(client=client):
        if pieces and piece.position != end:
            yield Run(conversation.flow, pieces)
            pieces = []
        pieces.append(piece)
        end = piece.position + len(piece.data)
    if pieces:
        yield Run(conversation.flow, pieces)
