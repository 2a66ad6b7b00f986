"""Transcripts by flow, with client and server for a and b: what later stages read.

There are few of them, so here an object each is fine; they are made when asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classifier.flows.piece import Piece

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.engine.content import Transcripts
    from classifier.flows.columns import Array

__all__ = ["FlowTranscripts", "Piece", "Transcript"]


@dataclass(frozen=True, slots=True)
class Transcript:
    """What both sides of one flow sent, in the order in which it could be read.

    Attributes:
        row: Number of the flow in the flow table, from 0.
        pieces: Of one side in the order of the stream, of both by the frame that made them
            readable.
        client_dropped, server_dropped: Payload bytes that were seen and not kept.
    """

    row: int
    pieces: tuple[Piece, ...]
    client_dropped: int
    server_dropped: int


class FlowTranscripts:
    """The transcripts of a recording, by row of the flow table.

    Args:
        transcripts: By row of the engine's columns, in the order of the flows.
        a_is_client: Of every flow.
    """

    def __init__(self, transcripts: Transcripts, a_is_client: Array) -> None:
        self._all = transcripts
        self._a_is_client = a_is_client

    def __len__(self) -> int:
        """How many flows have one."""
        return len(self._all.row)

    @property
    def rows(self) -> Array:
        """uint32, ascending: the flows that have one."""
        return self._all.row

    def __iter__(self) -> Iterator[Transcript]:
        """One after the other, in the order of the flows."""
        return (self._made(number) for number in range(len(self)))

    def of(self, row: int) -> Transcript | None:
        """The transcript of one flow; None where it was not selected or sent nothing."""
        number = int(np.searchsorted(self._all.row, row))
        if number == len(self) or self._all.row[number] != row:
            return None
        return self._made(number)

    def _made(self, number: int) -> Transcript:
        known = self._all
        row = int(known.row[number])
        client_side = 0 if self._a_is_client[row] else 1
        dropped = int(known.a_dropped[number]), int(known.b_dropped[number])
        first, last = known.first_piece[number : number + 2].tolist()
        columns = (known.side, known.frame, known.source, known.time, known.position)
        pieces = zip(*(column[first:last].tolist() for column in columns), strict=True)
        return Transcript(
            row,
            tuple(
                Piece(side == client_side, frame, source, time, position, known.data[piece])
                for piece, (side, frame, source, time, position) in enumerate(pieces, first)
            ),
            dropped[client_side],
            dropped[1 - client_side],
        )
