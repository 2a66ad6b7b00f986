"""Heads: the first payload bytes of each direction of a flow, kept for evidence by content."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.engine.contract import EVENT_ISN
from classifier.engine.portable.transport import TCP

if TYPE_CHECKING:
    from classifier.engine.portable.packet import Packet
    from classifier.engine.portable.table import Key, Row

__all__ = ["Held", "half_of", "keep_head"]

_SYN, _RST = 2, 4
_MASK = 0xFFFF_FFFF
_HELD_PIECES = 8  # out-of-order payload pieces a head waits with
MAX_HELD = 16 * 1024 * 1024
"""Bytes that the pieces of half of all flows may take; beyond it new ones are refused"""
_PIECE_COST = 64  # what a piece takes besides its bytes
_WORD = 0xFFFF_FFFF_FFFF_FFFF
_SPREAD = 0x9E37_79B9_7F4A_7C15  # 2^64 by the golden ratio: numbers in a row come to lie apart


def half_of(key: Key) -> int:
    """Which half of all flows a key belongs to: 0 or 1. Threads of the native engine share so."""
    version, a, b, _, has_ports, a_port, b_port, _, _, key_id, *_ = key
    if version == 4:
        addresses = int.from_bytes(a[:4] + b[:4])
    else:
        addresses = 0
        for number, begin in enumerate((a[:8], a[8:], b[:8], b[8:])):
            word = int.from_bytes(begin) << 16 * number
            addresses ^= word & _WORD | word >> 64
    selector = a_port << 16 | b_port if has_ports else key_id
    return ((addresses ^ selector) * _SPREAD & _WORD) >> 63


class Held:
    """How much the pieces take that wait for what is before them, in each half of all flows."""

    __slots__ = ("used",)

    def __init__(self) -> None:
        self.used = [0, 0]

    def keep(self, row: Row, side: int, offset: int, piece: bytes) -> None:
        """Add a piece, if there is room."""
        row.held = row.held or ({}, {})
        pieces, half = row.held[side], half_of(row.key)
        cost = len(piece) + _PIECE_COST
        if offset in pieces or len(pieces) >= _HELD_PIECES or self.used[half] + cost > MAX_HELD:
            return
        pieces[offset] = piece
        self.used[half] += cost

    def drop(self, row: Row, piece: bytes) -> None:
        """A piece is no longer held."""
        self.used[half_of(row.key)] -= len(piece) + _PIECE_COST

    def add(self, row: Row, piece: bytes) -> None:
        """A piece is held, whether there is room or not."""
        self.used[half_of(row.key)] += len(piece) + _PIECE_COST

    def forget(self, row: Row) -> None:
        """A row is over."""
        for pieces in row.held or ():
            for piece in pieces.values():
                self.drop(row, piece)
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
        held.keep(row, side, offset, bytes(data[: limit - offset]))
        return
    head += bytes(data[len(head) - offset : limit - offset])
    if row.held:
        for place in sorted(row.held[side]):
            if place <= len(head):
                piece = row.held[side].pop(place)
                held.drop(row, piece)
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
        held.drop(row, piece)
    row.held[side].clear()
    for place, piece in pieces.items():
        if piece and place + shift < limit:
            kept = row.held[side][place + shift] = piece[: limit - place - shift]
            held.add(row, kept)
