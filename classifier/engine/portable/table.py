"""The flow table: packets in, rows of the engine contract out."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from classifier.engine.contract import (
    EVENT_FIN,
    EVENT_ISN,
    EVENT_RST,
    EVENT_SEQ,
    EVENT_SYN,
    EVENT_SYN_ACK,
    HEADLESS,
    IN_FLOW,
)
from classifier.engine.portable import columns
from classifier.engine.portable.content import ContentRules
from classifier.engine.portable.fragments import Datagrams, Head, Late
from classifier.engine.portable.head import Held, keep_head
from classifier.engine.portable.transcript import Origin
from classifier.engine.portable.transport import ICMP, ICMP6, ICMP_QUERIES, TCP, UDP

if TYPE_CHECKING:
    from classifier.engine.contract import Batch, EngineOptions, Health
    from classifier.engine.portable.content import Content
    from classifier.engine.portable.packet import Packet

__all__ = ["FlowTable", "Row"]

_FIN, _SYN, _RST, _ACK = 1, 2, 4, 16
_MASK = 0xFFFF_FFFF
_HALF = 0x8000_0000


class Row:
    """One flow while it is alive. Pairs hold (a's, b's) value; see the engine contract."""

    __slots__ = (
        "bytes",
        "content",
        "events",
        "first_frame",
        "first_reset",
        "first_seen",
        "first_sender",
        "flags",
        "head_start",
        "heads",
        "held",
        "icmp_error",
        "icmp_errors",
        "isn",
        "key",
        "last_seen",
        "packets",
        "payload",
        "sequence",
        "source",
        "span",
    )

    def __init__(self, key: Key, time: int, side: int, source: int, frame: int) -> None:
        self.key = key
        self.first_seen = time
        self.last_seen = time
        self.first_sender = side
        self.first_reset = 0
        self.source = source
        self.first_frame = frame
        self.packets = [0, 0]
        self.bytes = [0, 0]
        self.payload = [0, 0]
        self.flags = [0, 0]
        self.events = [0, 0]
        self.isn = [0, 0]
        self.sequence = [0, 0]
        self.span = [0, 0]
        self.heads = [b"", b""]
        self.head_start = [-1, -1]
        self.held: tuple[dict[int, bytes], dict[int, bytes]] | None = None
        self.content: Content | None = None
        self.icmp_error = -1
        self.icmp_errors = 0

    def note_error(self, error: int) -> None:
        """An ICMP error speaks of this flow: type * 256 + code."""
        if not self.icmp_errors:
            self.icmp_error = error
        self.icmp_errors += 1

    @property
    def closed(self) -> bool:
        """RST by anyone, or FIN by every side that has spoken."""
        a, b = self.events
        if (a | b) & EVENT_RST:
            return True
        if not (a | b) & EVENT_FIN:
            return False
        return (bool(a & EVENT_FIN) or not self.packets[0]) and (
            bool(b & EVENT_FIN) or not self.packets[1]
        )


Key = tuple[int, bytes, bytes, int, bool, int, int, int, int, int, int, int, tuple[str, ...]]
"""version, a, b, protocol, has ports, ports of both, ICMP type and code, key id, VLANs, tunnels"""


class FlowTable:
    """Live flows, least recently seen first, and the finished rows that wait to be emitted."""

    def __init__(self, options: EngineOptions, health: Health) -> None:
        self._options = options
        self._health = health
        timeouts = options.timeouts
        self._closed = int(timeouts.closed * 1e9)
        self._active = int(timeouts.active * 1e9)
        self._other = int(timeouts.other * 1e9)
        self._idle = {
            TCP: int(timeouts.tcp * 1e9),
            UDP: int(timeouts.udp * 1e9),
            ICMP: int(timeouts.icmp * 1e9),
            ICMP6: int(timeouts.icmp * 1e9),
        }
        self._live: OrderedDict[Key, Row] = OrderedDict()
        self._done: list[Row] = []
        self._held = Held()
        self._datagrams = Datagrams(self._headless)
        looks = options.patterns or options.transcripts.ports
        self._content = ContentRules(options, health, self._held) if looks else None

    def add(
        self, packet: Packet, time: int, source: int, frame: int, quote: Packet | None = None
    ) -> None:
        """Count one decoded packet to its flow, its frame to an outcome, an error to its quote."""
        error = packet.icmp_type << 8 | packet.icmp_code
        if packet.fragment is not None:
            self._fragment(packet, time, source, frame)
        else:
            key, side = _key(packet)
            self._count(key, side, packet, time, source, frame)
        if quote is not None:
            self._mention(_key(quote)[0], error, time, source, frame)

    def _mention(self, key: Key, error: int, time: int, source: int, frame: int) -> None:
        """Count an ICMP error to the flow that it quotes. It is no packet of that flow.

        Where a part of that flow may be known elsewhere, a row without packets is left to the
        fold, which finds it.
        """
        row = self._live.get(key)
        if row is not None and not self._has_paused(row, time):
            row.note_error(error)
        elif self._options.partial or self._health.evicted:
            mention = Row(key, time, 0, source, frame)
            mention.note_error(error)
            self._done.append(mention)

    def _count(
        self, key: Key, side: int, packet: Packet, time: int, source: int, frame: int
    ) -> None:
        self._frame_in_flow(packet.partial, source, frame)
        row = self._live.get(key)
        if row is not None and self._is_over(row, side, packet, time):
            self._emit(row)
            row = None
        if row is None:
            if len(self._live) >= self._options.max_flows and key not in self._live:
                self._emit(self._live.popitem(last=False)[1])
                self._health.evicted += 1
            row = Row(key, time, side, source, frame)
            self._live[key] = row
        self._live.move_to_end(key)
        if time < row.first_seen:
            row.first_seen = time
        elif time > row.last_seen:
            row.last_seen = time
        row.packets[side] += 1
        row.bytes[side] += packet.ip_bytes
        if packet.payload_length:
            row.payload[side] += packet.payload_length
        lowest = row.sequence[side]
        if packet.protocol == TCP:
            _note_tcp(row, side, packet)
        elif packet.icmp_type in ICMP_QUERIES:
            row.events[side] |= EVENT_SYN_ACK if packet.icmp_answer else EVENT_SYN
        if self._content:
            self._content.add(row, side, packet, lowest, Origin(source, frame, time))
            return
        limit = self._options.head_bytes
        if packet.payload and (len(row.heads[side]) < limit or row.sequence[side] != lowest):
            keep_head(row, side, packet, limit, self._held)

    def _frame_in_flow(self, partial: tuple[str, str] | None, source: int, frame: int) -> None:
        outcome = (IN_FLOW, "")
        self._health.outcomes[outcome] += 1
        self._health.first_frames.setdefault(outcome, (source, frame))
        if partial:
            self._health.partial[partial] += 1

    def _is_over(self, row: Row, side: int, packet: Packet, time: int) -> bool:
        """Whether ``packet`` begins a new flow on a key that is still live."""
        if self._has_paused(row, time):
            return True
        if packet.protocol != TCP or not packet.flags & _SYN:
            return False
        is_reuse = _may_be_reuse if self._options.partial else _is_reuse
        return is_reuse(row, side, packet)

    def _has_paused(self, row: Row, time: int) -> bool:
        """Whether a flow is over at ``time``, for nothing was heard of it or it is too old."""
        protocol = row.key[3]
        limit = self._idle.get(protocol, self._other)
        if protocol == TCP and self._options.partial:
            limit = min(limit, self._closed)
        elif protocol == TCP and row.closed:
            limit = self._closed
        if time - row.last_seen > limit:
            return True
        return bool(self._active) and time - row.first_seen > self._active

    def _fragment(self, packet: Packet, time: int, source: int, frame: int) -> None:
        """Count a fragment: the head makes or finds its flow, the others follow the head."""
        if packet.fragment == 0:
            key, side = _key(packet)
            ahead = packet.payload_length - packet.fragment_length  # from payload back to offset 0
            head = Head(key, side, packet.sequence + bool(packet.flags & _SYN) + ahead)
            waiting = self._datagrams.come_first(packet.datagram, head, time)
            self._count(key, side, packet, time, source, frame)
            for late in waiting:
                self._follow(packet, head, late)
            return
        offset = packet.fragment or 0
        late = Late(time, source, frame, packet.ip_bytes, packet.payload_length, offset)
        # The head may come later: recorders reorder, and some stacks send the tail first.
        known = self._datagrams.come_late(packet.datagram, late)
        if known is not None:
            self._follow(packet, known, late)

    def _follow(self, packet: Packet, head: Head, late: Late) -> None:
        """Count a later fragment to the flow of its head. ``packet`` is overwritten."""
        key, side, sequence = head
        time, source, frame, packet.ip_bytes, packet.payload_length, offset = late
        packet.protocol, packet.flags, packet.payload, packet.partial = key[3], 0, b"", None
        packet.sequence = (sequence + offset) & _MASK
        self._count(key, side, packet, time, source, frame)

    def _headless(self, source: int, frame: int) -> None:
        outcome = (HEADLESS, "")
        self._health.outcomes[outcome] += 1
        self._health.first_frames.setdefault(outcome, (source, frame))

    def _emit(self, row: Row) -> None:
        """A row is finished."""
        self._held.forget(row)
        self._done.append(row)

    def full(self) -> bool:
        """Whether a batch is ready."""
        return len(self._done) >= self._options.batch_rows

    def take(self, tunnels: dict[tuple[str, ...], int]) -> Batch:
        """The finished rows as a batch."""
        rows, self._done = self._done, []
        return columns.batch(rows, tunnels, self._content.matcher if self._content else None)

    def finish(self) -> None:
        """The recording is over: every live flow is done, every waiting fragment is headless."""
        self._done.extend(self._live.values())
        self._live.clear()
        self._datagrams.finish()


def _key(packet: Packet) -> tuple[Key, int]:
    """The key of a packet's flow, and which side sent it (0: a, 1: b)."""
    source = (packet.source, packet.source_port)
    destination = (packet.destination, packet.destination_port)
    side = 0 if source <= destination else 1
    (a, a_port), (b, b_port) = (source, destination) if side == 0 else (destination, source)
    return (
        packet.version,
        a,
        b,
        packet.protocol,
        packet.has_ports,
        a_port,
        b_port,
        packet.icmp_type,
        packet.icmp_code,
        packet.key_id,
        packet.vlan,
        packet.outer_vlan,
        packet.tunnels,
    ), side


def _is_reuse(row: Row, side: int, packet: Packet) -> bool:
    """Whether a SYN or SYN-ACK on a live key opens a new connection.

    A SYN repeated with the same initial sequence number belongs to the flow, also after a RST
    (Windows tries three times). One with a new number is a new connection, closed or not: the
    end of the last one may simply not have been recorded. A SYN-ACK is told by the SYN that it
    acknowledges, for SYN cookies and load balancers answer one SYN with several numbers.
    """
    other = 1 - side
    if packet.flags & _ACK:
        if row.events[other] & EVENT_ISN:
            return row.closed and (packet.acknowledgement - 1) & _MASK != row.isn[other]
        if row.events[side] & EVENT_ISN:
            return row.closed and row.isn[side] != packet.sequence
    elif row.events[side] & EVENT_ISN:
        return row.isn[side] != packet.sequence
    if row.closed:
        return True
    if row.events[side] & EVENT_SEQ:
        return row.sequence[side] != (packet.sequence + 1) & _MASK
    return False


def _may_be_reuse(row: Row, side: int, packet: Packet) -> bool:
    """Whether :func:`_is_reuse` could say yes if more of the recording were known.

    For rows that the fold will join (``EngineOptions.partial``): it knows what came before, but
    sees only where rows begin. So every SYN and SYN-ACK begins a row, but for those that go on
    with a connection whatever came before: a repetition, and the answer to a SYN of this row.
    """
    own, others = row.events[side], row.events[1 - side]
    if not packet.flags & _ACK:
        return not (own & EVENT_SYN and row.isn[side] == packet.sequence)
    asked = (packet.acknowledgement - 1) & _MASK
    if not others & EVENT_ISN or row.isn[1 - side] != asked:
        return True
    if own & EVENT_SEQ and not own & EVENT_ISN:
        return True  # its head began without knowing this number
    if others & EVENT_SYN:
        return False
    repeated = own & EVENT_SYN_ACK and not (own & EVENT_SYN or others & EVENT_SYN_ACK)
    return not repeated or bool((own | others) & (EVENT_FIN | EVENT_RST))


def _note_tcp(row: Row, side: int, packet: Packet) -> None:
    """Flags, handshake, close and sequence space of one TCP packet."""
    flags = packet.flags
    row.flags[side] |= flags
    events = row.events[side]
    start = packet.sequence
    if flags & _SYN:
        if flags & _ACK:
            events |= EVENT_SYN_ACK
            if not row.events[1 - side] & EVENT_ISN:
                row.isn[1 - side] = (packet.acknowledgement - 1) & _MASK
                row.events[1 - side] |= EVENT_ISN
        else:
            events |= EVENT_SYN
        if not events & EVENT_ISN:
            row.isn[side] = start
            events |= EVENT_ISN
        start = (start + 1) & _MASK
    if flags & _FIN:
        events |= EVENT_FIN
    if flags & _RST:
        events |= EVENT_RST
        row.first_reset = row.first_reset or side + 1
    length = packet.payload_length
    if length and not flags & _RST:  # a RST's payload is a message to people, not the stream
        if not events & EVENT_SEQ:
            events |= EVENT_SEQ
            row.sequence[side], row.span[side] = start, length
        else:
            _extend(row, side, start, length)
    row.events[side] = events


def _extend(row: Row, side: int, start: int, length: int) -> None:
    """Widen the sequence space by a segment; numbers wrap at 2^32, the span does not."""
    ahead = (start + length - row.sequence[side] - row.span[side]) & _MASK
    if 0 < ahead < _HALF:
        row.span[side] += ahead
    before = (row.sequence[side] - start) & _MASK
    if 0 < before < _HALF and row.span[side] < _HALF:
        row.sequence[side] = start
        row.span[side] += before
