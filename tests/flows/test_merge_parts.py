"""Any cut of a recording into files, read one by one and joined, is what one reader makes of it.

Time never goes back across the histories here: rows of different files are ordered by their first
time, so a frame that is older than the file before it can be told from a frame of that file by
nothing. Heads are compared byte by byte only where payload came in order, and repetitions reach
to the end of what was sent: a row keeps the bytes behind a hole only while it is being read. Where
payload came in any order, what is joined must still be bytes that followed each other on the wire.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.engine.contract import EVENT_SEQ, Batch, EngineOptions, Timeouts
from classifier.flows.columns import Columns, concatenate
from classifier.flows.merge import join
from quotes import error4
from reading import Result, read, rows_of
from wire import (
    A4,
    ACK,
    B4,
    FIN,
    PSH,
    RST,
    SECOND,
    START,
    SYN,
    ethernet,
    icmp,
    ipv4,
    pcap,
    tcp,
    udp,
)

if TYPE_CHECKING:
    from types import SimpleNamespace

GAPS = [0.001, 0.5, 7.0, 30.0, 59.999, 60.0, 60.001, 100.0, 119.0, 121.0, 400.0, 600.0, 600.001]
NUMBERS = [2**32 - 300, 2**32 - 40, 5, 200]
"""Initial sequence numbers near the wrap, so close together that a span has one meaning."""
HEAD = 24

History = list[tuple[int, bytes]]


def stream(seq: int, length: int) -> bytes:
    """Payload in which each byte tells its sequence number."""
    return bytes((seq + place) & 0xFF for place in range(length))


def segment(up: bool, flags: int, seq: int, ack: int, length: int) -> bytes:  # noqa: FBT001
    ends, ports = ((A4, B4), (4000, 80)) if up else ((B4, A4), (80, 4000))
    begin = seq + 1 if flags & SYN else seq
    payload = stream(begin, length)
    return ethernet(ipv4(tcp(*ports, payload, flags=flags, seq=seq, ack=ack), *ends, protocol=6))


FLAGS = [
    SYN,
    SYN,
    SYN | ACK,
    SYN | ACK,
    ACK,
    ACK | PSH,
    FIN | ACK,
    RST,
    RST | ACK,
    SYN | FIN,
    SYN | RST,
]


@st.composite
def any_segment(draw: st.DrawFn) -> bytes:
    flags = draw(st.sampled_from(FLAGS))
    seq = draw(st.sampled_from(NUMBERS)) + (0 if flags & SYN else draw(st.integers(0, 60)))
    ack = draw(st.sampled_from(NUMBERS)) + 1
    length = draw(st.sampled_from([0, 0, 1, 10, 30]))
    return segment(draw(st.booleans()), flags, seq, ack, length)


@st.composite
def any_datagram(draw: st.DrawFn) -> bytes:
    ends = draw(st.sampled_from([(A4, B4, 500, 53), (B4, A4, 53, 500), (A4, B4, 501, 53)]))
    payload = bytes(draw(st.integers(0, 40)))
    return ethernet(ipv4(udp(*ends[2:], payload), *ends[:2]))


@st.composite
def any_message(draw: st.DrawFn) -> bytes:
    ends = draw(st.sampled_from([(A4, B4), (B4, A4)]))
    kind, ident = draw(st.sampled_from([0, 8, 3])), draw(st.integers(1, 2))
    return ethernet(ipv4(icmp(kind, ident=ident, payload=b"x" * kind), *ends, protocol=1))


@st.composite
def any_error(draw: st.DrawFn) -> bytes:
    """An ICMP error about one of the flows of the strategies above."""
    quote = draw(st.one_of(any_segment(), any_datagram(), any_message()))[14:]
    return ethernet(error4(quote[:28], 3, draw(st.integers(0, 3))))


@st.composite
def histories(draw: st.DrawFn, frames: st.SearchStrategy[bytes]) -> History:
    """Frames at strictly growing times."""
    time, history = START, []
    for frame in draw(st.lists(frames, min_size=2, max_size=40)):
        history.append((time, frame))
        time += round(draw(st.sampled_from(GAPS)) * SECOND)
    return history


class Connection:
    """One TCP connection that sends its bytes in order, with repetitions."""

    def __init__(self, isn: tuple[int, int]) -> None:
        self.isn = isn
        self.next = [isn[0] + 1, isn[1] + 1]

    def send(self, side: int, flags: int, length: int, back: int) -> bytes:
        """Send ``length`` bytes, the first ``back`` of which were sent before."""
        begin = max(self.next[side] - back, self.isn[side] + 1)
        self.next[side] = max(self.next[side], begin + length)
        return segment(side == 0, flags, begin, self.next[1 - side], length)


@st.composite
def orderly_histories(draw: st.DrawFn) -> History:
    """Connections one after the other on one key, each with or without its beginning and end.

    Initial sequence numbers grow from one to the next, as those of RFC 9293 do: bytes of two
    connections that nothing tells apart must not look like repetitions of each other.
    """
    time, history = START, []

    def add(frame: bytes, gaps: list[float]) -> None:
        nonlocal time
        time += round(draw(st.sampled_from(gaps)) * SECOND)
        history.append((time, frame))

    base = draw(st.sampled_from([0, 2**32 - 150_000, 2**32 - 3, 7_000_000]))
    for number in range(draw(st.integers(1, 4))):
        isn = (base + number * 100_000) & 0xFFFF_FFFF
        live = Connection((isn, isn ^ 0x5555))
        if draw(st.booleans()):
            for _ in range(draw(st.integers(1, 2))):
                add(segment(True, SYN, isn, 0, 0), [0.001, 3.0])  # noqa: FBT003
            add(segment(False, SYN | ACK, isn ^ 0x5555, isn + 1, 0), [0.001])  # noqa: FBT003
        for _ in range(draw(st.integers(0, 12))):
            side, length = draw(st.integers(0, 1)), draw(st.sampled_from([0, 1, 5, 9]))
            back = draw(st.sampled_from([0, 0, 0, 4]))
            add(live.send(side, ACK, length + back, back), [0.001, 1.0, 45.0, 200.0])
        for flags in draw(st.sampled_from([[], [FIN | ACK], [RST], [FIN | ACK, FIN | ACK]])):
            add(live.send(draw(st.integers(0, 1)), flags, 0, 0), [0.001, 10.0])
        time += round(draw(st.sampled_from([1.0, 61.0, 700.0])) * SECOND)
    return history


def cut(history: History, places: list[int]) -> list[History]:
    bounds = [0, *sorted({place % (len(history) + 1) for place in places}), len(history)]
    return [history[low:high] for low, high in pairwise(bounds)]


def in_parts(
    parts: list[History], order: list[int], timeouts: Timeouts
) -> tuple[Columns, list[SimpleNamespace]]:
    """Read each part by itself, put the rows together in ``order``, and join them."""
    pieces, before = [], 0
    for part in parts:
        result = read(pcap(part), partial=True, head_bytes=HEAD, timeouts=timeouts)
        result.columns["first_frame"][:] += before
        before += len(part)
        pieces.append(result.columns)
    shuffled = [pieces[place] for place in order]
    options = EngineOptions(timeouts=timeouts, head_bytes=HEAD)
    joined = join(concatenate([as_batch(piece) for piece in shuffled]), options)
    return joined, rows_of(joined, [""])


def as_batch(columns: Columns):
    return Batch(
        dict(columns.data),
        columns.a_head.gathered(),
        columns.b_head.gathered(),
        columns.a_matches.joined(),
        columns.b_matches.joined(),
        columns.transcripts,
    )


def assert_equal(whole: Result, joined: list[SimpleNamespace], *, heads: bool) -> None:
    assert len(joined) == len(whole.rows)
    for ours, theirs in zip(joined, whole.rows, strict=True):
        for name, value in vars(theirs).items():
            if name not in {"heads", "transcript"} or heads:
                assert getattr(ours, name) == value, name


SHARED = settings(max_examples=150, deadline=None)
TIMEOUTS = st.sampled_from(
    [Timeouts(), Timeouts(tcp=50.0), Timeouts(closed=10.0, udp=7.0), Timeouts(closed=300.0)]
)
PLACES = st.lists(st.integers(0, 100), max_size=3)


@SHARED
@given(history=histories(any_segment()), places=PLACES, shuffle=st.randoms(), timeouts=TIMEOUTS)
def test_any_tcp_packets_in_any_cut_are_the_flows_of_one_reader(
    history: History,
    places: list[int],
    shuffle,
    timeouts: Timeouts,
) -> None:
    whole = read(pcap(history), head_bytes=HEAD, timeouts=timeouts)
    parts = cut(history, places)
    order = list(range(len(parts)))
    shuffle.shuffle(order)
    _, joined = in_parts(parts, order, timeouts)
    assert_equal(whole, joined, heads=False)
    for row in [*joined, *whole.rows]:
        for head in row.heads:
            assert head == stream(head[0] if head else 0, len(head))


@SHARED
@given(history=orderly_histories(), places=PLACES, shuffle=st.randoms(), timeouts=TIMEOUTS)
def test_connections_in_any_cut_are_the_flows_of_one_reader_with_their_heads(
    history: History,
    places: list[int],
    shuffle,
    timeouts: Timeouts,
) -> None:
    if not history:
        return
    whole = read(pcap(history), head_bytes=HEAD, timeouts=timeouts)
    parts = cut(history, places)
    order = list(range(len(parts)))
    shuffle.shuffle(order)
    assert_equal(whole, in_parts(parts, order, timeouts)[1], heads=True)


@SHARED
@given(
    history=histories(st.one_of(any_datagram(), any_message(), any_segment(), any_error())),
    places=PLACES,
    shuffle=st.randoms(),
    timeouts=TIMEOUTS,
)
def test_datagrams_and_messages_in_any_cut_are_the_flows_of_one_reader(
    history: History,
    places: list[int],
    shuffle,
    timeouts: Timeouts,
) -> None:
    whole = read(pcap(history), head_bytes=HEAD, timeouts=timeouts)
    parts = cut(history, places)
    order = list(range(len(parts)))
    shuffle.shuffle(order)
    _, joined = in_parts(parts, order, timeouts)
    assert_equal(whole, joined, heads=False)
    for ours, theirs in zip(joined, whole.rows, strict=True):
        if theirs.ip_protocol != 6:
            assert ours.heads == theirs.heads


@settings(max_examples=60, deadline=None)
@given(history=orderly_histories(), places=PLACES)
def test_joining_what_is_joined_changes_nothing(history: History, places: list[int]) -> None:
    once, rows = in_parts(cut(history, places), list(range(len(cut(history, places)))), Timeouts())
    again = join(once, EngineOptions(head_bytes=HEAD))
    assert rows_of(again, [""]) == rows


def test_a_row_of_a_partial_reader_begins_at_every_syn_that_could_open_a_connection() -> None:
    opened = [
        segment(True, SYN, 100, 0, 0),  # noqa: FBT003
        segment(True, SYN, 100, 0, 0),  # noqa: FBT003
        segment(False, SYN | ACK, 900, 101, 0),  # noqa: FBT003
    ]
    again = [segment(True, SYN, 500, 0, 0)]  # noqa: FBT003
    history = [(START + n, frame) for n, frame in enumerate(opened + again)]
    rows = read(pcap(history), partial=True).rows
    assert [sum(row.packets) for row in rows] == [3, 1]


@pytest.mark.parametrize("gap", [59.0, 61.0])
def test_whether_a_pause_ends_a_flow_is_told_by_what_came_before_the_cut(gap: float) -> None:
    closed = [(START, segment(True, RST, 100, 0, 0))]  # noqa: FBT003
    begun = [(START, segment(True, ACK, 100, 0, 5))]  # noqa: FBT003
    later = [(START + round(gap * SECOND), segment(False, ACK, 900, 0, 0))]  # noqa: FBT003
    assert len(in_parts([begun, later], [0, 1], Timeouts())[1]) == 1
    assert len(in_parts([closed, later], [1, 0], Timeouts())[1]) == (1 if gap < 60 else 2)


def test_bytes_behind_a_hole_at_the_cut_are_left_out_of_the_head() -> None:
    opened = [(START, segment(True, SYN, 100, 0, 0)), (START + 1, segment(True, ACK, 101, 0, 5))]  # noqa: FBT003
    behind = [(START + 2, segment(True, ACK, 111, 0, 5))]  # noqa: FBT003
    follows = [(START + 2, segment(True, ACK, 104, 0, 9))]  # noqa: FBT003
    assert in_parts([opened, behind], [0, 1], Timeouts())[1][0].heads[0] == stream(101, 5)
    assert in_parts([opened, follows], [1, 0], Timeouts())[1][0].heads[0] == stream(101, 12)


def test_an_earlier_piece_without_a_syn_comes_before_the_head() -> None:
    first = [(START, segment(True, ACK, 110, 0, 10))]  # noqa: FBT003
    second = [(START + 1, segment(True, ACK, 100, 0, 10))]  # noqa: FBT003
    row = in_parts([first, second], [0, 1], Timeouts())[1][0]
    assert row.heads[0] == stream(100, 20)
    assert (row.a_seq, row.a_span) == (100, 20)
    assert row.a_events & EVENT_SEQ


def test_an_error_finds_its_flow_in_another_part() -> None:
    asked = ethernet(ipv4(udp(500, 53, b"?"), A4, B4))
    error = ethernet(error4(ipv4(udp(500, 53, b"?"), A4, B4)[:28], 3, 3))
    host = ethernet(error4(ipv4(udp(500, 53, b"?"), A4, B4)[:28], 3, 1))
    parts = [[(START, asked)], [(START + 1, error), (START + 2, host)]]
    flow = next(row for row in in_parts(parts, [1, 0], Timeouts())[1] if row.ip_protocol == 17)
    assert (flow.icmp_error, flow.icmp_errors, flow.packets) == (3 << 8 | 3, 2, (1, 0))
    late = [[(START, asked)], [(START + 121 * SECOND, error)]]
    flows = [row for row in in_parts(late, [0, 1], Timeouts())[1] if row.ip_protocol == 17]
    assert [row.icmp_errors for row in flows] == [0]


def test_errors_about_flows_that_no_part_has_leave_no_row() -> None:
    error = ethernet(error4(ipv4(udp(500, 53, b"?"), A4, B4)[:28], 3, 3))
    for parts in ([[(START, error)]], [[(START, error)], [(START + 1, error)]]):
        rows = in_parts(parts, list(range(len(parts))), Timeouts())[1]
        assert [row.ip_protocol for row in rows] == [1]


def test_joining_no_rows_gives_no_rows() -> None:
    empty = concatenate([])
    assert len(join(empty, EngineOptions())) == 0
    assert empty["a_address"].shape == (0, 16)
    assert empty["first_seen"].dtype == np.int64
