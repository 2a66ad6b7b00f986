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
from classifier.engine.portable.head import keep_head
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
_MAX_DATAGRAMS = 4_096  # fragmented datagrams remembered at a time
_MAX_WAITING = 64  # fragments of one datagram that wait for its head

_Late = tuple[int, int, int, int, int, int]
"""A fragment that is not the head: time, source, frame, IP bytes, payload length, offset"""


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

_Head = tuple[Key, int, int]
"""Of the head of a fragmented datagram: its flow, its side, the sequence number of offset 0"""

_Datagram = _Head | list[_Late]
"""What is known of a fragmented datagram: its head, or who waits for it"""


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
        self._datagrams: OrderedDict[tuple[object, ...], _Datagram] = OrderedDict()
        looks = options.patterns or options.transcripts.ports
        self._content = ContentRules(options, health) if looks else None

    def add(self, packet: Packet, time: int, source: int, frame: int) -> None:
        """Count one decoded packet to its flow, and its frame to an outcome."""
        if packet.fragment is not None:
            self._fragment(packet, time, source, frame)
        else:
            key, side = _key(packet)
            self._count(key, side, packet, time, source, frame)

    def _count(
        self, key: Key, side: int, packet: Packet, time: int, source: int, frame: int
    ) -> None:
        self._frame_in_flow(packet.partial, source, frame)
        row = self._live.get(key)
        if row is not None and self._is_over(row, side, packet, time):
            self._done.append(row)
            row = None
        if row is None:
            if len(self._live) >= self._options.max_flows and key not in self._live:
                self._done.append(self._live.popitem(last=False)[1])
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
            keep_head(row, side, packet, limit)

    def _frame_in_flow(self, partial: tuple[str, str] | None, source: int, frame: int) -> None:
        outcome = (IN_FLOW, "")
        self._health.outcomes[outcome] += 1
        self._health.first_frames.setdefault(outcome, (source, frame))
        if partial:
            self._health.partial[partial] += 1

    def _is_over(self, row: Row, side: int, packet: Packet, time: int) -> bool:
        """Whether ``packet`` begins a new flow on a key that is still live."""
        gap = time - row.last_seen
        is_tcp = packet.protocol == TCP
        limit = self._idle.get(packet.protocol, self._other)
        if is_tcp and self._options.partial:
            limit = min(limit, self._closed)
        elif is_tcp and row.closed:
            limit = self._closed
        if gap > limit:
            return True
        if self._active and time - row.first_seen > self._active:
            return True
        if not is_tcp or not packet.flags & _SYN:
            return False
        is_reuse = _may_be_reuse if self._options.partial else _is_reuse
        return is_reuse(row, side, packet)

    def _fragment(self, packet: Packet, time: int, source: int, frame: int) -> None:
        """Count a fragment: the head makes or finds its flow, the others follow the head."""
        known = self._datagrams.get(packet.datagram)
        if packet.fragment == 0:
            key, side = _key(packet)
            ahead = packet.payload_length - packet.fragment_length  # from payload back to offset 0
            head = key, side, packet.sequence + bool(packet.flags & _SYN) + ahead
            self._remember(packet.datagram, head)
            self._count(key, side, packet, time, source, frame)
            for late in known if isinstance(known, list) else ():
                self._follow(packet, head, late)
            return
        offset = packet.fragment or 0
        late = (time, source, frame, packet.ip_bytes, packet.payload_length, offset)
        if isinstance(known, tuple):
            self._follow(packet, known, late)
        else:
            # The head may come later: recorders reorder, and some stacks send the tail first.
            waiting: list[_Late] = known or []
            if known is None:
                self._remember(packet.datagram, waiting)
            if len(waiting) < _MAX_WAITING:
                waiting.append(late)
            else:
                self._headless(source, frame)

    def _follow(self, packet: Packet, head: _Head, late: _Late) -> None:
        """Count a later fragment to the flow of its head. ``packet`` is overwritten."""
        key, side, sequence = head
        time, source, frame, packet.ip_bytes, packet.payload_length, offset = late
        packet.protocol, packet.flags, packet.payload, packet.partial = key[3], 0, b"", None
        packet.sequence = (sequence + offset) & _MASK
        self._count(key, side, packet, time, source, frame)

    def _remember(self, datagram: tuple[object, ...], value: _Datagram) -> None:
        self._datagrams[datagram] = value
        self._datagrams.move_to_end(datagram)
        if len(self._datagrams) > _MAX_DATAGRAMS:
            self._give_up(self._datagrams.popitem(last=False)[1])

    def _give_up(self, dropped: _Datagram) -> None:
        if isinstance(dropped, list):
            for _, source, frame, *_ in dropped:
                self._headless(source, frame)

    def _headless(self, source: int, frame: int) -> None:
        outcome = (HEADLESS, "")
        self._health.outcomes[outcome] += 1
        self._health.first_frames.setdefault(outcome, (source, frame))

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
        for waiting in self._datagrams.values():
            self._give_up(waiting)
        self._datagrams.clear()


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
