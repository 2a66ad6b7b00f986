"""Heads: the first payload bytes of each direction of a flow, kept for evidence by content."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.engine.contract import EVENT_ISN
from classifier.engine.portable.transport import TCP

if TYPE_CHECKING:
    from classifier.engine.portable.packet import Packet
    from classifier.engine.portable.table import Row

__all__ = ["Held", "keep_head"]

_SYN, _RST = 2, 4
_MASK = 0xFFFF_FFFF
_HELD_PIECES = 8  # out-of-order payload pieces a head waits with
MAX_HELD = 32 * 1024 * 1024
"""Bytes that the pieces of all flows may take; beyond it new ones are refused"""
_PIECE_COST = 64  # what a piece takes besides its bytes


class Held:
    """How much the pieces take that wait for what is before them, over all flows."""

    __slots__ = ("used",)

    def __init__(self) -> None:
        self.used = 0

    def keep(self, pieces: dict[int, bytes], offset: int, piece: bytes) -> None:
        """Add a piece, if there is room."""
        cost = len(piece) + _PIECE_COST
        if offset in pieces or len(pieces) >= _HELD_PIECES or self.used + cost > MAX_HELD:
            return
        pieces[offset] = piece
        self.used += cost

    def drop(self, piece: bytes) -> None:
        """A piece is no longer held."""
        self.used -= len(piece) + _PIECE_COST

    def forget(self, row: Row) -> None:
        """A row is over."""
        for pieces in row.held or ():
            for piece in pieces.values():
                self.drop(piece)
        row.held = None


def keep_head(row: Row, side: int, packet: Packet, limit: int, held: Held) -> None:
    """Keep the first payload bytes of a direction, in order across TCP segments."""
    data = packet.payload
    head = row.heads[side]
    if packet.protocol != TCP:
        if not head:  # a datagram is a message: the first one, not a mix of several
            row.heads[side] = bytes(data[:limit])
        return
    if packet.flags & _RST:
        return
    start = packet.sequence + (1 if packet.flags & _SYN else 0)
    _anchor_head(row, side, limit, held)
    head = row.heads[side]
    offset = (start - row.head_start[side]) & _MASK
    if offset >= limit:
        return
    if offset > len(head):
        row.held = row.held or ({}, {})
        held.keep(row.held[side], offset, bytes(data[: limit - offset]))
        return
    head += bytes(data[len(head) - offset : limit - offset])
    if row.held:
        for place in sorted(row.held[side]):
            if place <= len(head):
                piece = row.held[side].pop(place)
                held.drop(piece)
                head += piece[len(head) - place :]
    row.heads[side] = head[:limit]


def _anchor_head(row: Row, side: int, limit: int, held: Held) -> None:
    """A head begins behind the SYN; where no SYN was seen, at the lowest sequence number seen."""
    begin = (row.isn[side] + 1) & _MASK
    if row.events[side] & EVENT_ISN and row.head_start[side] in (-1, begin):
        row.head_start[side] = begin
        return
    old, row.head_start[side] = row.head_start[side], row.sequence[side]
    shift = (old - row.head_start[side]) & _MASK
    if old < 0 or not shift:
        return
    # What was the head waits now for the bytes before it.
    pieces = {0: row.heads[side], **(row.held[side] if row.held else {})}
    row.heads[side] = b""
    row.held = row.held or ({}, {})
    for piece in row.held[side].values():
        held.drop(piece)
    row.held[side].clear()
    for place, piece in pieces.items():
        if piece and place + shift < limit:
            kept = row.held[side][place + shift] = piece[: limit - place - shift]
            held.used += len(kept) + _PIECE_COST
