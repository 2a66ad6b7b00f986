"""Heads: the first payload bytes of each direction of a flow, kept for evidence by content."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.engine.contract import EVENT_ISN
from classifier.engine.portable.transport import TCP

if TYPE_CHECKING:
    from classifier.engine.portable.packet import Packet
    from classifier.engine.portable.table import Row

__all__ = ["keep_head"]

_SYN, _RST = 2, 4
_MASK = 0xFFFF_FFFF
_HELD_PIECES = 8  # out-of-order payload pieces a head waits with


def keep_head(row: Row, side: int, packet: Packet, limit: int) -> None:
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
    _anchor_head(row, side, limit)
    head = row.heads[side]
    offset = (start - row.head_start[side]) & _MASK
    if offset >= limit:
        return
    if offset > len(head):
        row.held = row.held or ({}, {})
        if len(row.held[side]) < _HELD_PIECES:
            row.held[side].setdefault(offset, bytes(data[: limit - offset]))
        return
    head += bytes(data[len(head) - offset : limit - offset])
    if row.held:
        for place in sorted(row.held[side]):
            if place <= len(head):
                head += row.held[side].pop(place)[len(head) - place :]
    row.heads[side] = head[:limit]


def _anchor_head(row: Row, side: int, limit: int) -> None:
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
    row.held[side].clear()
    for place, piece in pieces.items():
        if piece and place + shift < limit:
            row.held[side][place + shift] = piece[: limit - place - shift]
