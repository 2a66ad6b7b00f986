"""Transcripts by flow, with client and server for a and b: what later stages read.

There are few of them, so here an object each is fine; they are made when asked for.
"""

from __future__ import annotations

from functools import cached_property
from itertools import compress, pairwise
from typing import TYPE_CHECKING, cast

import numpy as np
from msgspec import Struct

from classifier.flows.piece import Piece

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from classifier.engine.content import Transcripts
    from classifier.flows.columns import Array

__all__ = ["FlowTranscripts", "Piece", "Transcript"]

_AT_ONCE = 4096
"""Flows whose pieces are told apart at once."""


class Transcript(Struct, frozen=True):
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
    """The transcripts of a recording, by row of the flow table. No byte of them is copied.

    Args:
        transcripts: By row of the engine's columns.
        order: int64, the row of the engine's columns of each flow.
        a_is_client: Of every flow.
    """

    def __init__(self, transcripts: Transcripts, order: Array, a_is_client: Array) -> None:
        selected = np.zeros(len(order), dtype=bool)
        selected[transcripts.row] = True
        self._rows = np.flatnonzero(selected.take(order))
        self._numbers = np.searchsorted(transcripts.row, order[self._rows])
        self._all = transcripts
        self._a_is_client = a_is_client
        self._data = bytes(transcripts.data.data)  # no copy of what is bytes
        self._offsets = transcripts.data.offsets.data  # faster than an array, bit by bit

    def __len__(self) -> int:
        """How many flows have one."""
        return len(self._rows)

    @property
    def rows(self) -> Array:
        """int64, ascending: the flows that have one."""
        return self._rows

    def __iter__(self) -> Iterator[Transcript]:
        """One after the other, in the order of the flows."""
        return (self[number] for number in range(len(self)))

    def __getitem__(self, place: int) -> Transcript:
        """The transcript of flow ``rows[place]``."""
        known, data = self._all, self._data
        row, number = int(self._rows[place]), self._number[place]
        client_side = 0 if self._a_is_client[row] else 1
        dropped = int(known.a_dropped[number]), int(known.b_dropped[number])
        first, last = self._pieces(place)
        columns = (known.side, known.frame, known.source, known.time, known.position)
        bounds = pairwise(known.data.offsets[first : last + 1].tolist())
        pieces = zip(bounds, *(column[first:last].tolist() for column in columns), strict=True)
        return Transcript(
            row,
            tuple(
                Piece(side == client_side, frame, source, time, position, data[begin:end])
                for (begin, end), side, frame, source, time, position in pieces
            ),
            dropped[client_side],
            dropped[1 - client_side],
        )

    @cached_property
    def _number(self) -> list[int]:
        """The number of each transcript among those of the engine."""
        return cast("list[int]", self._numbers.tolist())

    @cached_property
    def _first_piece(self) -> list[int]:
        """Of each transcript of the engine, and the end of the last one."""
        return cast("list[int]", self._all.first_piece.tolist())

    def _pieces(self, place: int) -> tuple[int, int]:
        """Number of the first piece of flow ``rows[place]``, and of the one behind its last."""
        number = self._number[place]
        return self._first_piece[number], self._first_piece[number + 1]

    def has_word(self, place: int, word: bytes) -> bool:
        """Whether some bytes stand in the pieces of flow ``rows[place]``, put one behind the other.

        Args:
            place: Which one.
            word: What is looked for.
        """
        first, last = self._pieces(place)
        return self._data.find(word, self._offsets[first], self._offsets[last]) >= 0

    def begin(self, places: Array, match: Callable[[bytes], object], pieces: int) -> Array:
        """Those of some flows of which one of the first pieces matches.

        Args:
            places: Of the flows ``rows[places]``, ascending.
            match: Tells whether a piece does, whoever sent it.
            pieces: How many of each flow are looked at, at most.

        Returns:
            Their places, ascending.
        """
        offsets, piece = self._all.data.offsets, self._data.__getitem__
        found: set[int] = set()
        for begin in range(0, len(places), _AT_ONCE):
            own = places[begin : begin + _AT_ONCE]
            first, last = (self._all.first_piece[self._numbers[own] + end] for end in (0, 1))
            count = np.minimum(last - first, pieces)
            index = np.arange(count.sum()) + np.repeat(first - np.cumsum(count) + count, count)
            bounds = offsets[index].tolist(), offsets[index + 1].tolist()
            matched = map(match, map(piece, map(slice, *bounds)))
            found.update(compress(np.repeat(own, count).tolist(), matched))
        return np.array(sorted(found), dtype=np.int64)

    def of(self, row: int) -> Transcript | None:
        """The transcript of one flow; None where it was not selected or sent nothing."""
        place = int(np.searchsorted(self._rows, row))
        if place == len(self) or self._rows[place] != row:
            return None
        return self[place]
