"""Matches, raised heads and transcripts of any cut of a recording are those of one reader.

The exceptions stand in docs/engine.md: payload is in order here, and what selects or raises by a
match stands before the cuts or behind them all, unless a test says otherwise.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from classifier.engine.content import Pattern, TranscriptOptions
from classifier.engine.contract import Batch, EngineOptions
from classifier.flows.columns import Columns, concatenate
from classifier.flows.merge import join
from reading import read, rows_of
from wire import A4, ACK, B4, FIN, SECOND, START, SYN, ethernet, ipv4, pcap, tcp, udp

if TYPE_CHECKING:
    from types import SimpleNamespace

History = list[tuple[int, bytes]]
HEAD = 24
PORTS = ((6, 80), (17, 53))
SIDES = st.booleans()


def segment(up: bool, flags: int, seq: int, ack: int, payload: bytes = b"") -> bytes:  # noqa: FBT001
    ends, ports = ((A4, B4), (4000, 80)) if up else ((B4, A4), (80, 4000))
    return ethernet(ipv4(tcp(*ports, payload, flags=flags, seq=seq, ack=ack), *ends, protocol=6))


def datagram(up: bool, payload: bytes) -> bytes:  # noqa: FBT001
    ends, ports = ((A4, B4), (4000, 53)) if up else ((B4, A4), (53, 4000))
    return ethernet(ipv4(udp(*ports, payload), *ends))


@st.composite
def conversations(draw: st.DrawFn) -> History:
    """A connection with or without its beginning, in order, with repetitions; datagrams beside."""
    time, history = START, []

    def add(frame: bytes) -> None:
        nonlocal time
        time += draw(st.sampled_from([1000, SECOND, 30 * SECOND]))
        history.append((time, frame))

    isn = draw(st.sampled_from([0, 2**32 - 20, 7_000_000]))
    begin = [isn + 1, isn + 90_001]
    following = list(begin)
    streams = [b"", b""]
    if draw(st.booleans()):
        add(segment(True, SYN, isn, 0))  # noqa: FBT003
        if draw(st.booleans()):
            add(segment(False, SYN | ACK, begin[1] - 1, begin[0]))  # noqa: FBT003
    for _ in range(draw(st.integers(0, 14))):
        side = draw(st.integers(0, 1))
        payload = draw(st.sampled_from([b"", b"a", b"magic", b"word ", b"0123456789"]))
        if draw(st.integers(0, 3)) == 3:
            add(datagram(not side, payload))
            continue
        again = streams[side][-draw(st.sampled_from([0, 0, 4])) :] if streams[side] else b""
        again = again if draw(st.booleans()) else b""
        streams[side] += payload
        add(segment(not side, ACK, following[side] - len(again), following[1 - side],
                    again + payload))  # fmt: skip
        following[side] += len(payload)
    if draw(st.booleans()):
        add(segment(True, FIN | ACK, following[0], following[1]))  # noqa: FBT003
    return history


def as_batch(columns: Columns) -> Batch:
    return Batch(
        dict(columns.data),
        columns.a_head.gathered(),
        columns.b_head.gathered(),
        columns.a_matches.joined(),
        columns.b_matches.joined(),
        columns.transcripts,
    )


def in_parts(history: History, places: list[int], order, options: EngineOptions) -> Columns:
    """Read each part by itself, put the rows together in any order, and join them."""
    bounds = [0, *sorted({place % (len(history) + 1) for place in places}), len(history)]
    batches, before = [], 0
    for low, high in pairwise(bounds):
        settings = vars_of(replace(options, partial=True))
        columns = read(pcap(history[low:high]), **settings).columns
        columns["first_frame"][:] += before
        columns.transcripts.frame[:] += before
        before = high
        batches.append(as_batch(columns))
    order.shuffle(batches)
    return join(concatenate(batches), options)


def vars_of(options: EngineOptions) -> dict[str, object]:
    return {name: getattr(options, name) for name in options.__struct_fields__}


def assert_same(
    ours: list[SimpleNamespace], theirs: list[SimpleNamespace], *, but: str = ""
) -> None:
    assert len(ours) == len(theirs)
    for our, their in zip(ours, theirs, strict=True):
        for name, value in vars(their).items():
            if name not in {but, "transcript"}:
                assert getattr(our, name) == value, name
        if but != "transcript":
            assert_same_transcript(our, their)


def assert_same_transcript(ours: SimpleNamespace, theirs: SimpleNamespace) -> None:
    """Repetitions of what came before a cut are dropped bytes to a reader that knows no better."""
    if theirs.transcript is None or ours.transcript is None:
        assert ours.transcript == theirs.transcript
        return
    assert ours.transcript.start == theirs.transcript.start
    assert ours.transcript.pieces == theirs.transcript.pieces
    for side in (0, 1):
        more = ours.transcript.dropped[side] - theirs.transcript.dropped[side]
        repeated = theirs.payload[side] - theirs.span[side] if theirs.ip_protocol == 6 else 0
        assert 0 <= more <= repeated


SHARED = settings(max_examples=80, deadline=None)
PLACES = st.lists(st.integers(0, 30), max_size=3)
LOOKS = (Pattern(3, b"magic"), Pattern(1, b"^word"), Pattern(2, b"(?i)[0-9]+A", 6))


@SHARED
@given(
    history=conversations(),
    places=PLACES,
    order=st.randoms(),
    flow_bytes=st.sampled_from([65_536, 12, 3]),
)
def test_any_cut_in_any_order_matches_and_is_transcribed_as_by_one_reader(
    history: History, places: list[int], order, flow_bytes: int
) -> None:
    options = EngineOptions(
        head_bytes=HEAD, patterns=LOOKS, transcripts=TranscriptOptions(PORTS, flow_bytes)
    )
    whole = read(pcap(history), **vars_of(options)).rows
    assert_same(rows_of(in_parts(history, places, order, options), [""]), whole)


@SHARED
@given(history=conversations(), places=PLACES, order=st.randoms())
def test_whether_a_flow_is_selected_is_told_of_the_joined_heads(
    history: History, places: list[int], order
) -> None:
    patterns = (*LOOKS, Pattern(9, b"^.{6}magic", transcript=True))
    options = EngineOptions(head_bytes=HEAD, patterns=patterns)
    whole = read(pcap(history), **vars_of(options)).rows
    joined = rows_of(in_parts(history, places, order, options), [""])
    assert_same(joined, whole, but="transcript")
    for ours, theirs in zip(joined, whole, strict=True):
        # A match that spans the cut selects nobody in either part.
        assert ours.transcript is None or theirs.transcript is not None
        if ours.transcript and theirs.transcript:
            for piece in ours.transcript.pieces:
                side, position, data, frame = piece[:4]
                (full,) = [
                    other for other in theirs.transcript.pieces
                    if other[0] == side and other[3] == frame
                ]  # fmt: skip
                assert data in full[2]
                assert position >= full[1]


@SHARED
@given(history=conversations(), place=st.integers(0, 30), order=st.randoms())
def test_a_flow_that_a_match_selected_before_the_cut_and_behind_it_is_transcribed_whole(
    history: History, place: int, order
) -> None:
    """Every payload matches, so that each part selects and raises."""
    patterns = (Pattern(9, b"(?s).", head_bytes=60, transcript=True),)
    options = EngineOptions(head_bytes=HEAD, patterns=patterns)
    whole = read(pcap(history), **vars_of(options)).rows
    assert_same(rows_of(in_parts(history, [place], order, options), [""]), whole)


@pytest.mark.parametrize("max_flows", [1, 2])
def test_what_was_evicted_is_joined_again(max_flows: int) -> None:
    frames = [
        frame
        for number in range(4)
        for frame in (
            segment(True, ACK, 100 + 5 * number, 0, b"word "),  # noqa: FBT003
            datagram(True, b"magic"),  # noqa: FBT003
            ethernet(ipv4(udp(9, 53, b"x"), "10.0.0.9")),
        )
    ]
    capture = pcap((START + n * 1000, frame) for n, frame in enumerate(frames))
    options = EngineOptions(patterns=LOOKS, transcripts=TranscriptOptions(PORTS))
    whole = read(capture, **vars_of(options))
    evicted = read(capture, **vars_of(replace(options, max_flows=max_flows)))
    assert len(evicted.rows) > len(whole.rows)
    assert_same(rows_of(join(evicted.columns, options), [""]), whole.rows)


def test_what_a_later_part_did_not_keep_is_counted_as_dropped() -> None:
    patterns = (Pattern(1, b"^magic", transcript=True),)
    options = EngineOptions(patterns=patterns)
    history = [
        (START, segment(True, SYN, 99, 0)),  # noqa: FBT003
        (START + 1, segment(True, ACK, 100, 0, b"magic")),  # noqa: FBT003
        (START + 2, segment(True, ACK, 105, 0, b"behind")),  # noqa: FBT003
    ]

    class InOrder:
        def shuffle(self, _: object) -> None: ...

    (row,) = rows_of(in_parts(history, [2], InOrder(), options), [""])
    assert [piece[2] for piece in row.transcript.pieces] == [b"magic"]
    assert row.transcript.dropped == (6, 0)


def test_rows_that_are_taken_bring_their_own_content() -> None:
    frames = [ethernet(ipv4(udp(n, 53 + n % 2, b"word%d" % n))) for n in range(6)]
    capture = pcap((START + n, frame) for n, frame in enumerate(frames))
    columns = read(capture, patterns=LOOKS, transcripts=TranscriptOptions(((17, 53),))).columns
    taken = columns.take(np.array([4, 1, 2], dtype=np.int64))
    assert taken.a_matches[0] == (1,)
    assert taken.transcripts.row.tolist() == [0, 2]
    assert [taken.transcripts.data[n] for n in (0, 1)] == [b"word4", b"word2"]
    twice = concatenate([as_batch(taken), as_batch(columns)])
    assert twice.transcripts.row.tolist() == [0, 2, 3, 5, 7]
    assert twice.transcripts.data[3] == b"word2"
