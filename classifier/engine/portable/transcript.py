"""A transcript: the payload of one flow in order, piece by piece, with the frame of each.

docs/engine.md has the rules. A transcript may be kept on trial, before it is known whether the
flow is wanted: then it is as long as a head, and the bounds of the reading do not know of it.
"""

from __future__ import annotations

from bisect import insort
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from classifier.engine.contract import EVENT_ISN
from classifier.engine.portable.transport import TCP

if TYPE_CHECKING:
    from classifier.engine.contract import Health
    from classifier.engine.portable.packet import Packet
    from classifier.engine.portable.table import Row

__all__ = ["Budget", "Piece", "Transcript"]

_SYN, _RST = 2, 4
_MASK, _HALF = 0xFFFF_FFFF, 0x8000_0000
_MOST_WAITING = 64
_MOST_WAITING_BYTES = 65_536


class Budget(Struct):
    """What transcripts of the whole reading may still keep.

    Attributes:
        left: Bytes; below zero where flows that were on trial brought more than was left.
        health: Told of what is left out.
    """

    left: int
    health: Health


class Origin(NamedTuple):
    """The frame that brought a piece: number of the file, of the frame, and its time."""

    source: int
    frame: int
    time: int


class Piece(NamedTuple):
    """Payload bytes of one frame: side that sent them, place in the payload of that side."""

    side: int
    origin: Origin
    position: int
    data: bytes


class _Waiting(NamedTuple):
    """A segment that came too early. Compared by position, then by arrival."""

    position: int
    arrival: int
    end: int
    data: bytes
    origin: Origin


class _Direction:
    """One side's payload: where it began, how far it is read, what waits behind a hole."""

    __slots__ = ("charged", "dropped", "next", "start", "waiting", "waiting_bytes")

    def __init__(self) -> None:
        self.start = -1  # sequence number of position 0, once it is known
        self.next = 0
        self.charged = 0
        self.dropped = 0
        self.waiting: list[_Waiting] = []
        self.waiting_bytes = 0


class Transcript:
    """What is kept of one flow.

    Attributes:
        pieces: In the order in which they could be given.
        sides: State of a and b.
    """

    __slots__ = ("_arrivals", "_budget", "_limit", "pieces", "sides")

    def __init__(self, limit: int, budget: Budget | None) -> None:
        """``limit``: bytes of a direction; ``budget``: None while on trial."""
        self.pieces: list[Piece] = []
        self.sides = _Direction(), _Direction()
        self._limit = limit
        self._budget = budget
        self._arrivals = 0

    @property
    def selected(self) -> bool:
        """Whether it is wanted, not only on trial."""
        return self._budget is not None

    def select(self, limit: int, budget: Budget) -> None:
        """The trial is over: the flow is wanted."""
        self._limit, self._budget = limit, budget
        budget.left -= self.sides[0].charged + self.sides[1].charged

    def add(self, row: Row, side: int, packet: Packet, origin: Origin) -> None:
        """Take the payload of a packet; a later fragment is a length without bytes."""
        one, data = self.sides[side], bytes(packet.payload)
        if packet.protocol != TCP:
            position, one.next = one.next, one.next + packet.payload_length
            data = self._within_bounds(one, data)
            if data:
                self.pieces.append(Piece(side, origin, position, data))
            return
        if packet.flags & _RST:  # a message to people, not the stream
            return
        sequence = packet.sequence + bool(packet.flags & _SYN)
        if one.start < 0:
            known = row.events[side] & EVENT_ISN
            one.start = (row.isn[side] + 1 if known else sequence) & _MASK
        ahead = (sequence - one.start - one.next) & _MASK
        position = one.next + (ahead - (1 << 32) if ahead >= _HALF else ahead)
        self._segment(side, position, packet.payload_length, data, origin)

    def _segment(self, side: int, position: int, length: int, data: bytes, origin: Origin) -> None:
        """Read on with a TCP segment, or let it wait."""
        one = self.sides[side]
        end = position + length
        if position < 0:
            one.dropped += min(-position, len(data))
        if end <= one.next:
            return
        if position < one.next:
            data, position = data[one.next - position :], one.next
        data = self._within_bounds(one, data)
        if position > one.next:
            self._arrivals += 1
            insort(one.waiting, _Waiting(position, self._arrivals, end, data, origin))
            one.waiting_bytes += len(data)
            while len(one.waiting) >= _MOST_WAITING or one.waiting_bytes >= _MOST_WAITING_BYTES:
                self._give_up_hole(side)
        else:
            self._give(side, position, end, data, origin)
            self._drain(side)

    def _within_bounds(self, one: _Direction, data: bytes) -> bytes:
        """As much of new bytes as may be kept; it counts now, even if it must wait."""
        room = self._limit - one.charged
        if self._budget:
            room = min(room, self._budget.left)
        kept = data[: max(room, 0)]
        one.charged += len(kept)
        one.dropped += len(data) - len(kept)
        if self._budget:
            self._budget.left -= len(kept)
            self._budget.health.transcript_dropped += len(data) - len(kept)
        return kept

    def _give(self, side: int, position: int, end: int, data: bytes, origin: Origin) -> None:
        """Read on: what was read before is a repetition."""
        one = self.sides[side]
        if position < one.next:
            data, position = data[one.next - position :], one.next
        if data:
            self.pieces.append(Piece(side, origin, position, data))
        one.next = max(one.next, end)

    def _drain(self, side: int) -> None:
        """Read on with what waited for this."""
        one = self.sides[side]
        while one.waiting and one.waiting[0].position <= one.next:
            position, _, end, data, origin = one.waiting.pop(0)
            one.waiting_bytes -= len(data)
            self._give(side, position, end, data, origin)

    def _give_up_hole(self, side: int) -> None:
        """Read on behind the first hole."""
        one = self.sides[side]
        one.next = one.waiting[0].position
        self._drain(side)

    def finish(self) -> None:
        """The flow is over: no hole will be filled."""
        for side, one in enumerate(self.sides):
            while one.waiting:
                self._give_up_hole(side)
