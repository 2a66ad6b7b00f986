"""Transcripts of rows that are joined: positions moved, repetitions left out, bounds applied again.

What the later row says is moved by how far its stream begins behind the stream of the earlier one
(TCP, told by sequence numbers) or by the payload before it (datagrams). What the earlier row has
read already is a repetition.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct, field

from classifier.engine.content import Transcripts
from classifier.engine.contract import EVENT_ISN, EVENT_SEQ, Heads
from classifier.flows.content import join_transcripts, pick_transcripts

if TYPE_CHECKING:
    from classifier.engine.content import TranscriptOptions
    from classifier.flows.columns import Array, Columns

__all__ = ["ContinuedTranscripts"]

_TCP = 6
_MASK, _HALF = 0xFFFF_FFFF, 0x8000_0000


class _Piece(Struct):
    side: int
    position: int
    number: int  # of the piece that was read
    data: bytes


class _Transcript(Struct):
    """One row's, pairs for a and b. ``start``: -1 where no payload was seen."""

    start: list[int] = field(default_factory=lambda: [-1, -1])
    end: list[int] = field(default_factory=lambda: [0, 0])
    dropped: list[int] = field(default_factory=lambda: [0, 0])
    kept: list[int] = field(default_factory=lambda: [0, 0])
    pieces: list[_Piece] = field(default_factory=list)


class ContinuedTranscripts:
    """The transcripts of all rows, while rows are joined."""

    def __init__(self, columns: Columns, options: TranscriptOptions) -> None:
        self._columns = columns
        self._read = columns.transcripts
        self._ports = frozenset(options.ports)
        self._flow_bytes = options.flow_bytes
        self._index = {row: index for index, row in enumerate(self._read.row.tolist())}
        self._joined: dict[int, _Transcript] = {}

    def by_port(self, row: int) -> bool:
        """Whether a port selected this row."""
        columns = self._columns
        protocol = int(columns["ip_protocol"][row])
        ends = {(protocol, int(columns[f"{side}_port"][row])) for side in "ab"}
        return bool(columns["has_ports"][row]) and not self._ports.isdisjoint(ends)

    def absorb(self, data: dict[str, Array], kept: int, row: int) -> None:
        """Join what ``row`` sent to ``kept``, before their columns are joined."""
        if row not in self._index and kept not in self._index and kept not in self._joined:
            return
        ours = self._joined.get(kept) or self._of(data, kept)
        theirs = self._of(data, row)
        is_tcp = int(data["ip_protocol"][kept]) == _TCP
        shift = [0, 0]
        for side, letter in enumerate("ab"):
            if not is_tcp:
                shift[side] = int(data[f"{letter}_payload"][kept])
            elif theirs.start[side] >= 0:
                if ours.start[side] < 0:
                    known = int(data[f"{letter}_events"][kept]) & EVENT_ISN
                    isn = int(data[f"{letter}_isn"][kept])
                    ours.start[side] = (isn + 1) & _MASK if known else theirs.start[side]
                ahead = _signed(theirs.start[side] - ours.start[side] - ours.end[side])
                shift[side] = ours.end[side] + ahead
        for piece in theirs.pieces:
            self._append(ours, piece, shift[piece.side])
        for side in (0, 1):
            ours.end[side] = max(ours.end[side], shift[side] + theirs.end[side])
            ours.dropped[side] += theirs.dropped[side]
        self._joined[kept] = ours

    def _append(self, ours: _Transcript, piece: _Piece, shift: int) -> None:
        """Add a later piece: what it has that is new, within bounds."""
        side, position, data = piece.side, piece.position + shift, piece.data
        ours.dropped[side] += min(max(-position, 0), len(data))
        repeated = max(ours.end[side] - position, 0)
        data = data[repeated:]
        room = max(self._flow_bytes - ours.kept[side], 0)
        ours.dropped[side] += max(len(data) - room, 0)
        data = data[:room]
        ours.kept[side] += len(data)
        if data:
            ours.pieces.append(_Piece(side, position + repeated, piece.number, data))

    def _of(self, data: dict[str, Array], row: int) -> _Transcript:
        """The transcript of a row as it was read. A row that was not selected has dropped all."""
        result = _Transcript()
        index = self._index.get(row)
        for side, letter in enumerate("ab"):
            if int(data[f"{letter}_events"][row]) & EVENT_SEQ:
                begin = start = int(data[f"{letter}_seq"][row])
                if index is not None:
                    start = int(getattr(self._read, f"{letter}_start")[index])
                elif int(data[f"{letter}_events"][row]) & EVENT_ISN:
                    start = (int(data[f"{letter}_isn"][row]) + 1) & _MASK
                result.start[side] = start
                result.end[side] = max(_signed(begin - start) + int(data[f"{letter}_span"][row]), 0)
            if index is not None:
                result.dropped[side] = int(getattr(self._read, f"{letter}_dropped")[index])
            elif not self.by_port(row):
                result.dropped[side] = int(data[f"{letter}_payload"][row])
        if index is not None:
            first, last = self._read.first_piece[index : index + 2].tolist()
            for number in range(first, last):
                side, position = int(self._read.side[number]), int(self._read.position[number])
                octets = self._read.data[number]
                result.kept[side] += len(octets)
                result.pieces.append(_Piece(side, position, number, octets))
        return result

    def whole(self, unwanted: set[int]) -> Transcripts:
        """All transcripts, the joined ones among them.

        Args:
            unwanted: Joined rows that turn out not to be selected.
        """
        if not self._joined:
            return self._read
        made = {row: each for row, each in self._joined.items() if row not in unwanted}
        both = join_transcripts([(0, self._read), (0, self._made(made))])
        untouched = np.array([row not in self._joined for row in self._read.row.tolist()], bool)
        wanted = np.nonzero(np.concatenate([untouched, np.ones(len(made), dtype=bool)]))[0]
        wanted = wanted[np.argsort(both.row[wanted])]
        return pick_transcripts(both, wanted, both.row[wanted])

    def _made(self, joined: dict[int, _Transcript]) -> Transcripts:
        made = list(joined.values())
        pieces = [piece for each in made for piece in each.pieces]
        numbers = np.array([piece.number for piece in pieces], dtype=np.int64)
        counts = np.array([len(each.pieces) for each in made], dtype=np.int64)
        lengths = np.array([len(piece.data) for piece in pieces], dtype=np.int64)
        zero = np.zeros(1, dtype=np.int64)
        starts = np.array([each.start for each in made], dtype=np.int64).reshape(-1, 2)
        dropped = np.array([each.dropped for each in made], dtype=np.int64).reshape(-1, 2)
        return Transcripts(
            row=np.array(list(joined), dtype=np.uint32),
            a_start=np.maximum(starts[:, 0], 0).astype(np.uint32),
            b_start=np.maximum(starts[:, 1], 0).astype(np.uint32),
            a_dropped=dropped[:, 0],
            b_dropped=dropped[:, 1],
            first_piece=np.concatenate([zero, np.cumsum(counts)]),
            side=self._read.side[numbers],
            source=self._read.source[numbers],
            frame=self._read.frame[numbers],
            time=self._read.time[numbers],
            position=np.array([piece.position for piece in pieces], dtype=np.int64),
            data=Heads(
                np.concatenate([zero, np.cumsum(lengths)]), b"".join(piece.data for piece in pieces)
            ),
        )


def _signed(difference: int) -> int:
    """The difference of two sequence numbers, which wrap at 2^32."""
    difference &= _MASK
    return difference - (1 << 32) if difference >= _HALF else difference
