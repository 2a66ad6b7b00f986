"""Patterns, raised heads and transcripts: every rule of docs/engine.md, on every engine."""

from __future__ import annotations

import pytest

from classifier.engine.content import Pattern, TranscriptOptions
from wire import (
    A4,
    ACK,
    B4,
    RST,
    SECOND,
    START,
    SYN,
    ethernet,
    fragments4,
    icmp,
    ipv4,
    pcap,
    pcap_header,
    pcap_of,
    pcap_record,
    sctp,
    tcp,
    udp,
)

CLIENT, SERVER = 40000, 80
ON_PORT = TranscriptOptions(ports=((6, SERVER), (17, SERVER)))
STREAM = bytes(range(256)) * 400
SELECT = Pattern(1, b"magic", transcript=True)


def up(payload: bytes = b"", *, flags: int = ACK, seq: int = 1001, ack: int = 9001) -> bytes:
    """A segment from the client (side 0), whose initial sequence number is usually 1000."""
    return ethernet(ipv4(tcp(CLIENT, SERVER, payload, flags=flags, seq=seq, ack=ack), protocol=6))


def down(payload: bytes = b"", *, flags: int = ACK, seq: int = 9001, ack: int = 1001) -> bytes:
    """A segment from the server (side 1), whose initial sequence number is usually 9000."""
    segment = tcp(SERVER, CLIENT, payload, flags=flags, seq=seq, ack=ack)
    return ethernet(ipv4(segment, B4, A4, protocol=6))


def ask(payload: bytes, port: int = SERVER) -> bytes:
    return ethernet(ipv4(udp(CLIENT, port, payload)))


def answer(payload: bytes, port: int = SERVER) -> bytes:
    return ethernet(ipv4(udp(port, CLIENT, payload), B4, A4))


OPEN = [up(flags=SYN, seq=1000), down(flags=SYN | ACK, seq=9000)]


def sent(*spans: tuple[int, int]) -> list[bytes]:
    """Segments of the client's stream, from and to these places."""
    return [up(STREAM[low:high], seq=1001 + low) for low, high in spans]


def spans(row, side: int = 0) -> list[tuple[int, int]]:
    """Places of the pieces of a side, whose bytes must be those of the stream."""
    found = []
    for who, position, data, *_ in row.transcript.pieces:
        if who == side:
            assert data == STREAM[position : position + len(data)]
            found.append((position, position + len(data)))
    return found


# What matches.


def test_the_patterns_of_each_side_are_told_ascending(read):
    patterns = (Pattern(9, b"lo"), Pattern(4, b"^hel"), Pattern(7, b"world"), Pattern(5, b"x"))
    row = read(pcap_of(ask(b"hello"), answer(b"hell, the world")), patterns=patterns).row
    assert row.matches == ((4, 9), (4, 7))


def test_a_pattern_holds_for_its_ip_protocol_only(read):
    patterns = (Pattern(1, b"hello", 6), Pattern(2, b"hello", 17), Pattern(3, b"hello"))
    assert read(pcap_of(ask(b"hello")), patterns=patterns).row.matches[0] == (2, 3)
    assert read(pcap_of(*OPEN, up(b"hello")), patterns=patterns).row.matches[0] == (1, 3)


def test_any_byte_and_case_are_as_the_syntax_says(read):
    patterns = (
        Pattern(1, b"a.b"),
        Pattern(2, b"A"),
        Pattern(3, b"(?i)A"),
        Pattern(4, rb"\xff\x00"),
    )
    assert read(pcap_of(ask(b"a\nb\xff\0")), patterns=patterns).row.matches[0] == (1, 3, 4)


def test_a_match_is_told_of_the_head_in_order_across_segments(read):
    row = read(
        pcap_of(*OPEN, up(b"ic", seq=1004), up(b"mag", seq=1001)), patterns=(Pattern(1, b"^magic"),)
    ).row
    assert row.matches[0] == (1,)


def test_an_empty_head_matches_nothing_and_the_end_of_a_head_is_not_looked_behind(read):
    patterns = (Pattern(1, b""), Pattern(2, b"late"))
    row = read(pcap_of(*OPEN, up(b"x" * 16 + b"late")), patterns=patterns, head_bytes=16).row
    assert row.matches == ((1,), ())


def test_flows_without_ports_are_matched(read):
    frames = [ethernet(ipv4(icmp(8, payload=b"abcd"), protocol=1))]
    assert read(pcap_of(*frames), patterns=(Pattern(3, b"^abcd", 1),)).row.matches[0] == (3,)


# How long heads are.


def test_a_match_raises_the_heads_of_both_sides_at_once(read):
    long, reply = b"magic" + STREAM[:500], STREAM[:1000]
    frames = [*OPEN, up(long), down(reply[:600]), down(reply[600:], seq=9601)]
    row = read(pcap_of(*frames), patterns=(Pattern(1, b"^magic", head_bytes=800),)).row
    assert row.heads == (long, reply[:800])


def test_the_largest_limit_counts_and_none_lowers(read):
    patterns = (
        Pattern(1, b"ma", head_bytes=300), Pattern(2, b"gi", head_bytes=400),
        Pattern(3, b"ic", head_bytes=10), Pattern(4, b"other", head_bytes=500),
    )  # fmt: skip
    row = read(pcap_of(*OPEN, up(b"magic" + STREAM[:600])), patterns=patterns).row
    assert len(row.heads[0]) == 400


def test_a_pattern_for_another_protocol_raises_nothing(read):
    pattern = Pattern(1, b"magic", 17, head_bytes=400)
    row = read(pcap_of(*OPEN, up(b"magic" + STREAM[:600])), patterns=(pattern,)).row
    assert len(row.heads[0]) == 256


def test_a_raised_head_goes_on_in_later_segments(read):
    frames = [*OPEN, up(b"magic"), *(up(STREAM[:100], seq=1006 + 100 * n) for n in range(6))]
    row = read(pcap_of(*frames), patterns=(Pattern(1, b"magic", head_bytes=450),)).row
    assert row.heads[0] == (b"magic" + STREAM[:100] * 6)[:450]


def test_a_head_that_one_pattern_raised_grows_on_while_another_may_still_select(read):
    frames = [*OPEN, down(b"220 ready"), up(b"USER a"), down(STREAM[:90], seq=9010)]
    frames += [up(STREAM[:90], seq=1007)]
    patterns = (Pattern(2, b"^220", 6, head_bytes=80), SELECT)
    row = read(pcap_of(*frames), head_bytes=64, patterns=patterns).row
    assert row.heads == ((b"USER a" + STREAM)[:80], (b"220 ready" + STREAM)[:80])
    assert row.transcript is None


def test_what_was_passed_over_before_the_match_is_a_hole(read):
    frames = [*OPEN, *sent((0, 100)), down(b"magic"), *sent((100, 150))]
    row = read(
        pcap_of(*frames), head_bytes=40, patterns=(Pattern(1, b"magic", head_bytes=120),)
    ).row
    assert row.heads[0] == STREAM[:40]
    frames += sent((20, 70), (70, 110))
    row = read(
        pcap_of(*frames), head_bytes=40, patterns=(Pattern(1, b"magic", head_bytes=120),)
    ).row
    assert row.heads[0] == STREAM[:120]  # repeated, and (100, 150) waited for it


def test_a_datagram_that_matches_is_in_the_head_as_a_whole_and_an_earlier_one_as_it_was(read):
    pattern = (Pattern(1, b"magic", head_bytes=500),)
    long = b"magic" + STREAM[:400]
    assert read(pcap_of(ask(long), answer(long)), patterns=pattern).row.heads == (long, long)
    row = read(pcap_of(ask(STREAM[:400]), answer(long)), patterns=pattern).row
    assert row.heads == (STREAM[:256], long)


def test_a_trigger_looks_no_further_than_the_usual_head(read):
    pattern = (Pattern(1, b"magic", head_bytes=500),)
    head = STREAM[:30] + b"magic" + STREAM[:400]
    assert len(read(pcap_of(*OPEN, up(head)), patterns=pattern, head_bytes=35).row.heads[0]) == 435
    short = read(pcap_of(*OPEN, up(head)), patterns=pattern, head_bytes=34).row
    assert short.heads[0] == head[:34]


def test_a_match_may_need_several_packets(read):
    frames = [*OPEN, up(b"ma"), up(b"gic" + STREAM[:400], seq=1003)]
    row = read(pcap_of(*frames), patterns=(Pattern(1, b"^magic", head_bytes=300),)).row
    assert len(row.heads[0]) == 300


def test_without_heads_nothing_matches(read):
    row = read(
        pcap_of(*OPEN, up(b"magic")),
        head_bytes=0,
        patterns=(Pattern(1, b"magic", None, 99, True),),  # noqa: FBT003
    ).row
    assert (row.heads[0], row.matches[0], row.transcript) == (b"", (), None)


# Who is selected for a transcript.


@pytest.mark.parametrize("port", [CLIENT, SERVER])
def test_a_port_on_either_side_selects_a_flow(read, port):
    frames = [*OPEN, up(b"ask"), down(b"tell"), ethernet(ipv4(udp(CLIENT, 81, b"no")))]
    result = read(pcap_of(*frames), transcripts=TranscriptOptions(ports=((6, port),)))
    assert [row.transcript is not None for row in result.rows] == [True, False]
    pieces = result.rows[0].transcript.pieces
    assert pieces == [
        (0, 0, b"ask", 3, 0, START + 2 * SECOND),
        (1, 0, b"tell", 4, 0, START + 3 * SECOND),
    ]
    assert result.rows[0].transcript.start == (1001, 9001)


def test_ports_are_of_their_protocol_only(read):
    result = read(pcap_of(ask(b"udp")), transcripts=TranscriptOptions(ports=((6, SERVER),)))
    assert result.row.transcript is None
    none = ethernet(ipv4(b"\0\0\0\0 raw", protocol=200))
    result = read(pcap_of(none), transcripts=TranscriptOptions(ports=((200, 0),)))
    assert result.row.transcript is None


def test_a_selected_flow_without_payload_has_no_transcript(read):
    assert read(pcap_of(*OPEN), transcripts=ON_PORT).row.transcript is None


def test_a_match_selects_a_flow_from_its_start(read):
    frames = [*OPEN, up(b"first"), up(b" second", seq=1006), down(b"magic"), up(b"x", seq=1013)]
    transcript = read(pcap_of(*frames), patterns=(SELECT,)).row.transcript
    assert [piece[:4] for piece in transcript.pieces] == [
        (0, 0, b"first", 3),
        (0, 5, b" second", 4),
        (1, 0, b"magic", 5),
        (0, 12, b"x", 6),
    ]
    assert transcript.dropped == (0, 0)


def test_of_what_came_before_the_match_only_a_head_is_kept(read):
    frames = [*OPEN, *sent((0, 30), (30, 100)), down(b"magic" + bytes(90)), *sent((100, 150))]
    result = read(pcap_of(*frames), patterns=(SELECT,), head_bytes=40)
    assert spans(result.row) == [(0, 30), (30, 40), (100, 150)]
    assert [piece[2] for piece in result.row.transcript.pieces if piece[0]] == [
        b"magic" + bytes(90)
    ]
    assert result.row.transcript.dropped == (60, 0)
    assert result.health.transcript_dropped == 0


def test_a_match_of_datagrams_keeps_the_ones_before(read):
    frames = [ask(b"one"), ask(b"two"), ask(b"x" * 50), answer(b"magic" * 20), ask(b"four")]
    transcript = read(pcap_of(*frames), patterns=(SELECT,), head_bytes=16).row.transcript
    assert [piece[:4] for piece in transcript.pieces] == [
        (0, 0, b"one", 1),
        (0, 3, b"two", 2),
        (0, 6, b"x" * 10, 3),
        (1, 0, b"magic" * 20, 4),
        (0, 56, b"four", 5),
    ]
    assert transcript.dropped == (40, 0)


def test_no_match_no_transcript(read):
    result = read(pcap_of(*OPEN, up(b"tragic"), down(b"comic")), patterns=(SELECT,))
    assert result.row.transcript is None
    frames = [*OPEN, *sent((0, 40)), down(bytes(40)), up(b"magic", seq=1041)]
    result = read(pcap_of(*frames), patterns=(SELECT,), head_bytes=40)
    assert result.row.transcript is None


# What a transcript of TCP holds.


def test_a_repetition_is_left_out_and_a_segment_gives_what_is_new(read):
    frames = [*OPEN, *sent((0, 10), (0, 10), (5, 20), (18, 20), (20, 25))]
    row = read(pcap_of(*frames), transcripts=ON_PORT).row
    assert spans(row) == [(0, 10), (10, 20), (20, 25)]
    assert [piece[3] for piece in row.transcript.pieces] == [3, 5, 7]
    assert row.transcript.dropped == (0, 0)


def test_what_came_too_early_waits_for_the_hole_to_be_filled(read):
    frames = [*OPEN, *sent((20, 30), (0, 10)), down(b"\0"), *sent((8, 22))]
    row = read(pcap_of(*frames), transcripts=ON_PORT).row
    pieces = [(side, position, len(data), frame) for side, position, data, frame, *_ in
              row.transcript.pieces]  # fmt: skip
    assert pieces == [(0, 0, 10, 4), (1, 0, 1, 5), (0, 10, 12, 6), (0, 22, 8, 3)]


def test_when_the_flow_ends_holes_are_given_up_in_order(read):
    frames = [*OPEN, *sent((0, 5), (20, 30), (10, 15), (28, 40))]
    assert spans(read(pcap_of(*frames), transcripts=ON_PORT).row) == [
        (0, 5),
        (10, 15),
        (20, 30),
        (30, 40),
    ]


def test_when_64_pieces_wait_the_first_hole_is_given_up(read):
    waiting = [(10 + 2 * n, 11 + 2 * n) for n in range(63)]
    frames = [*OPEN, *sent((0, 5), *waiting), down(b"a"), *sent((900, 901)), down(b"b", seq=9002)]
    pieces = read(pcap_of(*frames), transcripts=ON_PORT).row.transcript.pieces
    order = [(piece[0], piece[1]) for piece in pieces]
    assert order[:4] == [(0, 0), (1, 0), (0, 10), (1, 1)]
    assert order[4:] == [(0, low) for low, _ in [*waiting[1:], (900, 901)]]
    late = read(pcap_of(*frames, *sent((5, 12))), transcripts=ON_PORT).row
    assert spans(late)[:4] == [(0, 5), (10, 11), (11, 12), (12, 13)]


def test_when_64_kib_wait_the_hole_is_given_up(read):
    big = 32_768
    options = TranscriptOptions(ports=ON_PORT.ports, flow_bytes=1 << 20)
    early = [(10, 10 + big), (10 + big, 9 + 2 * big)]
    frames = [*OPEN, *sent(*early), down(b"\0")]
    assert read(pcap_of(*frames), transcripts=options).row.transcript.pieces[0][0] == 1
    frames = [*OPEN, *sent(early[0], (10 + big, 10 + 2 * big)), down(b"\0")]
    assert read(pcap_of(*frames), transcripts=options).row.transcript.pieces[0][0] == 0


def test_position_0_is_behind_the_syn_also_if_only_its_answer_was_seen(read):
    frames = [down(flags=SYN | ACK, seq=9000, ack=1001), *sent((7, 9), (0, 7))]
    row = read(pcap_of(*frames), transcripts=ON_PORT).row
    assert spans(row) == [(0, 7), (7, 9)]
    fast_open = up(STREAM[:3], flags=SYN, seq=1000)
    assert spans(read(pcap_of(fast_open, *sent((3, 5))), transcripts=ON_PORT).row) == [
        (0, 3),
        (3, 5),
    ]


def test_without_a_syn_it_is_the_first_payload_byte_and_what_comes_before_is_dropped(read):
    frames = sent((0, 0), (50, 60), (40, 45), (45, 55), (58, 70))
    transcript = read(pcap_of(*frames), transcripts=ON_PORT).row.transcript
    assert [piece[1:4] for piece in transcript.pieces] == [
        (0, STREAM[50:60], 2),
        (10, STREAM[60:70], 5),
    ]
    assert transcript.start == (1051, 0)
    assert transcript.dropped == (10, 0)


def test_sequence_numbers_wrap(read):
    isn = 0xFFFF_FFF0
    frames = [up(flags=SYN, seq=isn), up(STREAM[:20], seq=isn + 1), up(STREAM[20:30], seq=5)]
    assert spans(read(pcap_of(*frames), transcripts=ON_PORT).row) == [(0, 20), (20, 30)]


def test_the_payload_of_a_reset_is_not_of_the_stream(read):
    frames = [*OPEN, *sent((0, 3)), up(b"go away", flags=RST, seq=1004)]
    row = read(pcap_of(*frames), transcripts=ON_PORT).row
    assert spans(row) == [(0, 3)]
    assert row.transcript.dropped == (0, 0)


def test_bytes_that_the_recorder_did_not_keep_are_a_gap(read):
    frames = [*OPEN, *sent((0, 10), (10, 30), (30, 32))]
    records = [
        pcap_record(START + n, frame[: 54 + 4], wire=len(frame)) for n, frame in enumerate(frames)
    ]
    row = read(pcap_header() + b"".join(records), transcripts=ON_PORT).row
    assert spans(row) == [(0, 4), (10, 14), (30, 32)]
    assert row.transcript.dropped == (0, 0)


def test_later_fragments_are_a_gap(read):
    segment = tcp(CLIENT, SERVER, STREAM[:44], flags=ACK, seq=1001)
    parts = [ethernet(part) for part in fragments4(segment, 32, protocol=6)]
    row = read(pcap_of(*OPEN, *parts, *sent((44, 50))), transcripts=ON_PORT).row
    assert spans(row) == [(0, 12), (44, 50)]
    parts = [ethernet(part) for part in fragments4(udp(CLIENT, SERVER, STREAM[:56]), 32)]
    row = read(pcap_of(*parts, ask(STREAM[56:60])), transcripts=ON_PORT).row
    assert spans(row) == [(0, 24), (56, 60)]


def test_each_connection_on_a_key_has_its_own_transcript(read):
    frames = [*OPEN, up(b"one"), up(flags=SYN, seq=70_000), up(b"two", seq=70_001)]
    rows = read(pcap_of(*frames), transcripts=ON_PORT).rows
    assert [row.transcript.pieces[0][:3] for row in rows] == [(0, 0, b"one"), (0, 0, b"two")]


# What a transcript of messages holds.


def test_every_datagram_is_a_piece(read):
    frames = [ask(b"one"), answer(b"uno"), ask(b""), ask(b"two"), answer(b"due")]
    transcript = read(pcap_of(*frames), transcripts=ON_PORT).row.transcript
    assert [piece[:4] for piece in transcript.pieces] == [
        (0, 0, b"one", 1),
        (1, 0, b"uno", 2),
        (0, 3, b"two", 4),
        (1, 3, b"due", 5),
    ]
    assert transcript.start == (0, 0)


def test_the_position_of_a_datagram_counts_what_was_on_the_wire(read):
    frame = ask(STREAM[:20])
    records = [pcap_record(START, frame[:47], wire=len(frame)), pcap_record(START + 1, frame[:42],
               wire=len(frame)), pcap_record(START + 2, ask(STREAM[40:42]))]  # fmt: skip
    row = read(pcap_header() + b"".join(records), transcripts=ON_PORT).row
    assert spans(row) == [(0, 5), (40, 42)]


def test_other_protocols_with_ports_have_transcripts_too(read):
    frame = ethernet(ipv4(sctp(CLIENT, 38412, b"chunk"), protocol=132))
    row = read(pcap_of(frame), transcripts=TranscriptOptions(ports=((132, 38412),))).row
    assert row.transcript.pieces[0][:3] == (1 if row.a[1] == 38412 else 0, 0, b"chunk")


# How much is kept.


def test_of_each_direction_so_many_bytes_are_kept_and_a_piece_is_cut_there(read):
    options = TranscriptOptions(ports=ON_PORT.ports, flow_bytes=12)
    frames = [*OPEN, *sent((0, 10)), down(STREAM[:11]), *sent((10, 20), (20, 30), (20, 30))]
    result = read(pcap_of(*frames), transcripts=options)
    assert spans(result.row) == [(0, 10), (10, 12)]
    assert spans(result.row, 1) == [(0, 11)]
    assert result.row.transcript.dropped == (18, 0)
    assert result.health.transcript_dropped == 18


def test_of_the_whole_reading_so_many_bytes_are_kept(read):
    options = TranscriptOptions(ports=ON_PORT.ports, total_bytes=15)
    other = ethernet(ipv4(udp(CLIENT, SERVER, STREAM[:9]), "10.0.0.0"))
    result = read(pcap_of(*OPEN, *sent((0, 10)), other, *sent((10, 14))), transcripts=options)
    assert [spans(row) for row in sorted(result.rows, key=lambda row: row.ip_protocol)] == [
        [(0, 10)],
        [(0, 5)],
    ]
    assert sorted(row.transcript.dropped for row in result.rows) == [(4, 0), (4, 0)]
    assert result.health.transcript_dropped == 8


def test_what_waits_counts_when_it_arrives(read):
    options = TranscriptOptions(ports=ON_PORT.ports, flow_bytes=10)
    result = read(pcap_of(*OPEN, *sent((5, 13), (0, 5))), transcripts=options)
    assert spans(result.row) == [(0, 2), (5, 13)]
    assert result.row.transcript.dropped == (3, 0)


def test_a_match_brings_what_was_kept_before_it_even_where_nothing_is_left(read):
    options = TranscriptOptions(total_bytes=4)
    frames = [*OPEN, up(b"first"), down(b"magic"), up(b"x", seq=1006)]
    result = read(pcap_of(*frames), patterns=(SELECT,), transcripts=options)
    assert [piece[2] for piece in result.row.transcript.pieces] == [b"first"]
    assert result.row.transcript.dropped == (1, 5)
    assert result.health.transcript_dropped == 6


def test_a_transcript_may_be_shorter_than_a_head(read):
    options = TranscriptOptions(flow_bytes=3)
    frames = [*OPEN, up(b"first"), down(b"magic")]
    result = read(pcap_of(*frames), patterns=(SELECT,), transcripts=options)
    assert [piece[2] for piece in result.row.transcript.pieces] == [b"fir", b"mag"]
    assert result.row.transcript.dropped == (2, 2)
    assert result.health.transcript_dropped == 2


def test_pieces_tell_the_file_of_their_frame(read):
    first = pcap([(START, OPEN[0]), (START + 1, sent((0, 5))[0])])
    second = pcap([(START + 2, sent((5, 9))[0])])
    row = read(first, second, transcripts=ON_PORT).row
    assert [piece[3:5] for piece in row.transcript.pieces] == [(2, 0), (1, 1)]


def test_batches_number_their_own_rows(read):
    frames = [ethernet(ipv4(udp(1000 + n, 80 + n % 2, bytes([n])))) for n in range(20)]
    result = read(pcap_of(*frames), transcripts=ON_PORT, batch_rows=3, max_flows=2)
    assert {row.a[1] if row.a[1] >= 1000 else row.b[1]: row.transcript and
            row.transcript.pieces[0][2] for row in result.rows} == {
        1000 + n: None if n % 2 else bytes([n]) for n in range(20)
    }  # fmt: skip
