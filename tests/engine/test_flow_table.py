"""Which packets make one flow, and what the table remembers of them."""

from __future__ import annotations

from itertools import permutations

import pytest

from classifier.engine.contract import (
    EVENT_FIN,
    EVENT_ISN,
    EVENT_RST,
    EVENT_SEQ,
    EVENT_SYN,
    EVENT_SYN_ACK,
    EngineOptions,
    Timeouts,
)
from reading import Result, read
from wire import (
    A4,
    A6,
    ACK,
    B4,
    B6,
    C4,
    FIN,
    PSH,
    RST,
    SECOND,
    START,
    SYN,
    ethernet,
    ethernet6,
    icmp,
    ipv4,
    ipv6,
    pcap,
    tcp,
    udp,
)

CLIENT, SERVER = 40000, 80


def up(payload: bytes = b"", *, flags: int = ACK, seq: int = 1001, ack: int = 9001) -> bytes:
    """A segment from the client, whose initial sequence number is usually 1000."""
    return ethernet(ipv4(tcp(CLIENT, SERVER, payload, flags=flags, seq=seq, ack=ack), protocol=6))


def down(payload: bytes = b"", *, flags: int = ACK, seq: int = 9001, ack: int = 1001) -> bytes:
    """A segment from the server, whose initial sequence number is usually 9000."""
    segment = tcp(SERVER, CLIENT, payload, flags=flags, seq=seq, ack=ack)
    return ethernet(ipv4(segment, B4, A4, protocol=6))


def question(port: int = CLIENT) -> bytes:
    return ethernet(ipv4(udp(port, 53, b"?")))


OPEN = [up(flags=SYN, seq=1000), down(flags=SYN | ACK, seq=9000), up()]
CLOSE = [up(flags=FIN | ACK), down(flags=FIN | ACK), up(seq=1002, ack=9002)]
AGAIN = [up(flags=SYN, seq=5000), down(flags=SYN | ACK, seq=20000, ack=5001)]


def at(*packets: tuple[float, bytes], **options: object) -> Result:
    """Read frames at these seconds."""
    return read(pcap([(START + round(s * SECOND), frame) for s, frame in packets]), **options)


def quickly(*frames: bytes, **options: object) -> Result:
    """Read frames a millisecond apart."""
    return at(*[(number / 1000, frame) for number, frame in enumerate(frames)], **options)


def packets(result: Result) -> list[int]:
    """How many packets each flow has."""
    return [sum(row.packets) for row in result.rows]


# What a row remembers


def test_a_row_holds_both_directions_of_a_connection() -> None:
    request, answer = b"GET / HTTP/1.0\r\n\r\n", b"HTTP/1.0 200 OK\r\n\r\n"
    result = quickly(*OPEN, up(request, flags=ACK | PSH), down(answer), *CLOSE)
    row = result.row
    assert (row.a, row.b, row.ip_version, row.ip_protocol) == ((A4, 40000), (B4, 80), 4, 6)
    assert (row.packets, row.first_frame, row.first_sender) == ((5, 3), 1, 0)
    assert row.payload == (len(request), len(answer))
    assert row.bytes == (5 * 40 + len(request), 3 * 40 + len(answer))
    assert row.flags == (SYN | ACK | PSH | FIN, SYN | ACK | FIN)
    assert row.a_events == EVENT_SYN | EVENT_ISN | EVENT_SEQ | EVENT_FIN
    assert row.b_events == EVENT_SYN_ACK | EVENT_ISN | EVENT_SEQ | EVENT_FIN
    assert (row.isn, row.seq, row.span) == ((1000, 9000), (1001, 9001), row.payload)
    assert row.heads == (request, answer)
    assert row.last_seen - row.first_seen == 7 * 1_000_000
    assert result.outcomes == {("in flow", ""): 8}


def test_a_is_the_smaller_endpoint_whoever_speaks_first() -> None:
    there, back = quickly(OPEN[0], OPEN[1]).row, quickly(OPEN[1], OPEN[0]).row
    assert (there.a, there.b) == (back.a, back.b) == ((A4, 40000), (B4, 80))
    assert (there.first_sender, back.first_sender) == (0, 1)


def test_the_port_decides_between_two_endpoints_on_one_host() -> None:
    row = quickly(ethernet(ipv4(udp(500, 400, b"x"), A4, A4))).row
    assert (row.a, row.b, row.first_sender) == ((A4, 400), (A4, 500), 1)


def test_the_sender_of_the_first_reset_is_kept() -> None:
    assert quickly(*OPEN, down(flags=RST), up(flags=RST)).row.first_reset == 2
    assert quickly(*OPEN, up(flags=RST), down(flags=RST)).row.first_reset == 1
    assert quickly(*OPEN).row.first_reset == 0


# Timeouts

TIMEOUTS = [
    (600, up(b"x"), 6),
    (120, question(), 17),
    (60, ethernet(ipv4(icmp(8, ident=1), protocol=1)), 1),
    (60, ethernet6(ipv6(icmp(128, ident=1), next_header=58)), 58),
    (120, ethernet(ipv4(b"hello", protocol=89)), 89),
    (120, ethernet(ipv4(b"\0\7\0\7" + bytes(8), protocol=132)), 132),
]


@pytest.mark.parametrize(("seconds", "frame", "protocol"), TIMEOUTS)
def test_each_protocol_has_its_timeout(seconds: int, frame: bytes, protocol: int) -> None:
    within = at((0, frame), (seconds, frame))
    beyond = at((0, frame), (seconds + 1e-6, frame))
    assert packets(within) == [2]
    assert packets(beyond) == [1, 1]
    assert beyond.rows[0].ip_protocol == protocol


def test_timeouts_are_options() -> None:
    options = {"timeouts": Timeouts(udp=1, tcp=2, icmp=3, other=4)}
    for _, frame, protocol in TIMEOUTS:
        limit = {6: 2, 17: 1, 1: 3, 58: 3}.get(protocol, 4)
        assert packets(at((0, frame), (limit, frame), **options)) == [2]
        assert packets(at((0, frame), (limit + 0.001, frame), **options)) == [1, 1]


@pytest.mark.parametrize(
    "close",
    [CLOSE[:2], [up(flags=RST)], [down(flags=RST | ACK)], [down(flags=FIN), up(flags=FIN)]],
    ids=["both finished", "client reset", "server reset", "server finished first"],
)
def test_a_closed_connection_is_over_after_60_seconds(close: list[bytes]) -> None:
    begun = [(n / 1000, frame) for n, frame in enumerate([*OPEN, *close])]
    within = at(*begun, (60, up(b"late")))
    beyond = at(*begun, (61, up(b"late")))
    assert len(within.rows) == 1
    assert len(beyond.rows) == 2


def test_one_fin_of_two_does_not_close() -> None:
    result = at((0, OPEN[0]), (1, OPEN[1]), (2, CLOSE[0]), (500, down(b"still here")))
    assert packets(result) == [4]


def test_a_fin_of_the_only_side_that_was_recorded_closes() -> None:
    assert packets(at((0, up(b"x")), (1, up(flags=FIN)), (100, up(b"y")))) == [2, 1]


def test_an_active_timeout_cuts_a_flow_that_never_rests() -> None:
    frames = [(float(second), question()) for second in range(0, 100, 10)]
    assert packets(at(*frames)) == [10]
    assert packets(at(*frames, timeouts=Timeouts(active=30))) == [4, 4, 2]


# New connections on a used key


def test_a_new_syn_on_a_closed_key_is_a_new_flow() -> None:
    result = quickly(*OPEN, *CLOSE, *AGAIN)
    assert packets(result) == [6, 2]
    assert [row.isn for row in result.rows] == [(1000, 9000), (5000, 20000)]


def test_a_new_syn_is_a_new_flow_though_the_end_of_the_last_one_is_missing() -> None:
    assert packets(quickly(*OPEN, up(b"x"), *AGAIN)) == [4, 2]


def test_a_repeated_syn_belongs_to_the_flow() -> None:
    assert packets(quickly(OPEN[0], OPEN[0], OPEN[0], *OPEN[1:])) == [5]


def test_a_syn_repeated_after_a_reset_belongs_to_the_flow_as_windows_tries_three_times() -> None:
    refused = down(flags=RST | ACK, seq=0)
    assert packets(at(*[(n / 2, f) for n, f in enumerate([OPEN[0], refused] * 3)])) == [6]


def test_a_server_that_takes_the_third_try_is_in_the_same_flow() -> None:
    refused = down(flags=RST | ACK, seq=0)
    result = quickly(OPEN[0], refused, OPEN[0], refused, *OPEN)
    assert packets(result) == [7]
    assert result.row.isn == (1000, 9000)


def test_syn_acks_with_several_numbers_are_one_flow() -> None:
    answers = [down(flags=SYN | ACK, seq=seq) for seq in (9000, 777, 31337)]
    row = quickly(OPEN[0], *answers, up()).row
    assert sum(row.packets) == 5
    assert row.b_isn == 9000


def test_a_syn_ack_to_another_syn_on_a_closed_key_is_a_new_flow() -> None:
    result = quickly(*OPEN, down(flags=RST), down(flags=SYN | ACK, seq=20000, ack=5001))
    assert packets(result) == [4, 1]


def test_a_syn_ack_tells_the_initial_number_of_the_syn_that_was_not_recorded() -> None:
    row = quickly(*OPEN[1:]).row
    assert row.isn == (1000, 9000)
    assert row.a_events == EVENT_ISN
    assert packets(quickly(*OPEN[1:], OPEN[0])) == [3]  # late, but of this connection
    assert packets(quickly(*OPEN[1:], up(flags=SYN, seq=5000))) == [2, 1]


def test_a_syn_that_was_recorded_late_belongs_to_the_data_that_follows_it() -> None:
    assert packets(quickly(up(b"data", seq=1001), up(flags=SYN, seq=1000))) == [2]
    assert packets(quickly(up(b"data", seq=1001), up(flags=SYN, seq=4000))) == [1, 1]


def test_both_sides_may_open_at_once() -> None:
    result = quickly(up(flags=SYN, seq=1000), down(flags=SYN, seq=9000), up(), down())
    assert packets(result) == [4]


def test_a_zero_initial_sequence_number_is_a_number() -> None:
    first = [up(flags=SYN, seq=0), down(flags=SYN | ACK, ack=1, seq=0)]
    assert packets(quickly(*first, *first)) == [4]
    assert packets(quickly(*first, up(flags=SYN, seq=1))) == [2, 1]


# Time out of order


def test_a_capture_may_go_back_in_time_and_no_duration_is_negative() -> None:
    result = at(
        (5, question()), (1, question()), (9, question()), (-3, question()), (2, question())
    )
    assert result.row.packets == (5, 0)
    assert result.row.first_seen == START - 3 * SECOND
    assert result.row.last_seen == START + 9 * SECOND


def test_a_step_back_does_not_cut_a_flow() -> None:
    assert packets(at((1000, question()), (0, question()), (1000, question()))) == [3]


# Payload, sent once


def span(result: Result) -> tuple[int, int, int]:
    """Lowest sequence number, span and payload seen of the client."""
    row = result.row
    return row.a_seq, row.a_span, row.a_payload


def test_a_retransmission_is_seen_twice_and_spans_once() -> None:
    assert span(quickly(*OPEN, up(b"x" * 100), up(b"x" * 100))) == (1001, 100, 200)


def test_an_overlap_is_spanned_once() -> None:
    result = quickly(*OPEN, up(b"x" * 100), up(b"x" * 100, seq=1051))
    assert span(result) == (1001, 150, 200)


def test_a_hole_is_spanned_but_not_seen() -> None:
    result = quickly(*OPEN, up(b"x" * 100), up(b"x" * 100, seq=2001))
    assert span(result) == (1001, 1100, 200)


def test_segments_in_any_order_span_the_same() -> None:
    parts = [up(b"x" * 10, seq=1001 + place) for place in (0, 10, 20, 30)]
    for order in permutations(parts):
        assert span(quickly(*OPEN, *order)) == (1001, 40, 40)


def test_keep_alives_do_not_grow_the_span() -> None:
    probes = [up(b"\0", seq=1100)] * 20
    assert span(quickly(*OPEN, up(b"x" * 100), *probes)) == (1001, 100, 120)


def test_sequence_numbers_wrap() -> None:
    begin = 2**32 - 50
    parts = [up(b"x" * 40, seq=begin + place) for place in (0, 40, 80)]
    opened = up(flags=SYN, seq=begin - 1)
    assert span(quickly(opened, *parts)) == (begin, 120, 120)
    assert span(quickly(opened, *reversed(parts))) == (begin, 120, 120)


def test_more_than_four_gigabytes_can_be_spanned() -> None:
    step = 0x2000_0000
    parts = [up(b"x", seq=1001 + number * step) for number in range(20)]
    assert span(quickly(*OPEN, *parts)) == (1001, 19 * step + 1, 20)


def test_the_payload_of_a_reset_is_not_of_the_stream() -> None:
    row = quickly(*OPEN, up(b"go away", flags=RST)).row
    assert row.a_payload == 7
    assert not row.a_events & EVENT_SEQ
    assert row.a_events & EVENT_RST
    assert row.heads[0] == b""


def test_data_on_a_syn_counts_behind_it() -> None:
    row = quickly(up(b"fast", flags=SYN, seq=1000), up(b" open", seq=1005)).row
    assert (row.a_seq, row.a_span, row.heads[0]) == (1001, 9, b"fast open")


# Heads

STREAM = bytes(range(1, 41))


def pieces(*places: tuple[int, int]) -> list[bytes]:
    return [up(STREAM[low:high], seq=1001 + low) for low, high in places]


@pytest.mark.parametrize(
    "places",
    [
        [(0, 10), (10, 20), (20, 40)],
        [(10, 20), (20, 40), (0, 10)],
        [(0, 10), (20, 40), (10, 20)],
        [(0, 10), (0, 10), (5, 25), (20, 40)],
        [(20, 30), (10, 20), (0, 10), (30, 40)],
    ],
)
@pytest.mark.parametrize("opened", [True, False])
def test_a_head_is_in_order_across_segments(places: list[tuple[int, int]], *, opened: bool) -> None:
    assert quickly(*(OPEN if opened else []), *pieces(*places)).row.heads[0] == STREAM


def test_a_head_ends_at_a_hole() -> None:
    assert quickly(*OPEN, *pieces((0, 10), (20, 40))).row.heads[0] == STREAM[:10]
    assert quickly(*OPEN, *pieces((10, 40))).row.heads[0] == b""


def test_a_head_without_a_syn_begins_at_the_lowest_number_even_if_it_was_full() -> None:
    frames = pieces((20, 40), (10, 20), (0, 10))
    assert quickly(*frames, head_bytes=16).row.heads[0] == STREAM[:16]
    assert quickly(*pieces((20, 40), (0, 5)), head_bytes=16).row.heads[0] == STREAM[:5]


def test_a_head_behind_a_syn_does_not_move_for_a_keep_alive() -> None:
    frames = [*OPEN, up(b"\0", seq=1000), *pieces((0, 20)), up(b"\0", seq=1000)]
    assert quickly(*frames).row.heads[0] == STREAM[:20]


def test_a_frame_that_was_kept_in_part_is_a_hole() -> None:
    from wire import pcap_header, pcap_record

    first, second = pieces((0, 20), (20, 40))
    data = pcap_header(magic=0xA1B23C4D)
    data += pcap_record(START, first[:-10], tick=1, wire=len(first))
    data += pcap_record(START, second, tick=1)
    assert read(data).row.heads[0] == STREAM[:10]


def test_heads_are_as_long_as_asked_for() -> None:
    for limit in (0, 1, 15, 40, 100):
        row = quickly(*OPEN, *pieces((0, 10), (10, 20), (20, 40)), head_bytes=limit).row
        assert row.heads[0] == STREAM[:limit]
        assert row.a_span == 40


def test_the_head_of_datagrams_is_the_first_one_with_payload() -> None:
    datagrams = [ethernet(ipv4(udp(CLIENT, 53, text))) for text in (b"", b"first", b"second")]
    assert quickly(*datagrams).row.heads == (b"first", b"")


# ICMP


def echo(ident: int = 7, *, answer: bool = False) -> bytes:
    ends = (B4, A4) if answer else (A4, B4)
    return ethernet(ipv4(icmp(0 if answer else 8, ident=ident, payload=b"ping"), *ends, protocol=1))


def test_an_echo_and_its_reply_are_one_flow_of_the_asking_type() -> None:
    row = quickly(echo(), echo(answer=True), echo(), echo(answer=True)).row
    assert (row.icmp_type, row.icmp_code, row.key_id, row.packets) == (8, 0, 7, (2, 2))
    assert (row.a_events, row.b_events) == (EVENT_SYN, EVENT_SYN_ACK)
    assert row.payload == (8, 8)


def test_echoes_with_other_identifiers_are_other_flows() -> None:
    assert packets(quickly(echo(7), echo(8), echo(7, answer=True))) == [2, 1]


def test_a_reply_alone_is_a_flow_of_the_asking_type_with_the_answer_seen() -> None:
    row = quickly(echo(answer=True)).row
    assert (row.icmp_type, row.b_events, row.first_sender) == (8, EVENT_SYN_ACK, 1)


@pytest.mark.parametrize(("asked", "answered"), [(13, 14), (15, 16), (17, 18)])
def test_the_other_icmp_queries_are_paired_too(asked: int, answered: int) -> None:
    frames = [
        ethernet(ipv4(icmp(asked, ident=3), A4, B4, protocol=1)),
        ethernet(ipv4(icmp(answered, ident=3), B4, A4, protocol=1)),
    ]
    assert quickly(*frames).row.icmp_type == asked


def test_icmpv6_queries_are_paired() -> None:
    frames = [
        ethernet6(ipv6(icmp(128, ident=3), A6, B6, next_header=58)),
        ethernet6(ipv6(icmp(129, ident=3), B6, A6, next_header=58)),
    ]
    row = quickly(*frames).row
    assert (row.icmp_type, row.key_id, row.packets) == (128, 3, (1, 1))


def test_icmp_errors_are_flows_by_type_and_code() -> None:
    errors = [ethernet(ipv4(icmp(3, code, 9), protocol=1)) for code in (1, 3, 3)]
    rows = quickly(*errors).rows
    assert [(row.icmp_type, row.icmp_code, row.key_id) for row in rows] == [(3, 1, 0), (3, 3, 0)]
    assert packets(quickly(*errors)) == [1, 2]


# Bounds


def test_the_longest_idle_flow_is_evicted_and_counted() -> None:
    first, second, third = (question(port) for port in (1, 2, 3))
    result = at((0, first), (1, second), (2, first), (3, third), (4, first), max_flows=2)
    assert result.health.evicted == 1
    assert [(row.a_port, sum(row.packets)) for row in result.rows] == [(1, 3), (2, 1), (3, 1)]


def test_evicted_flows_are_joined_again() -> None:
    from classifier.flows.merge import join

    frames = [
        (second + n / 100, frame)
        for second in range(20)
        for n, frame in enumerate([question(1), question(2), question(3)])
    ]
    whole, bounded = at(*frames), at(*frames, max_flows=1)
    assert bounded.health.evicted == 59
    joined = join(bounded.columns, EngineOptions())
    assert len(joined) == 3
    for name, column in whole.columns.data.items():
        assert (column == joined[name]).all(), name


def test_batches_are_of_the_size_asked_for_and_lose_nothing() -> None:
    from classifier.engine.contract import EngineOptions, Source
    from classifier.engine.portable import PortableEngine
    from reading import MemoryPath

    frames = [(second * 130.0, question(port)) for second in range(10) for port in range(1, 8)]
    data = pcap([(START + round(s * SECOND), frame) for s, frame in frames])
    source = Source(MemoryPath(data), "t.pcap", len(data))  # type: ignore[arg-type]
    batches = list(PortableEngine().read([source], EngineOptions(batch_rows=8)))
    assert [len(batch) for batch in batches[:-1]] == [8] * (len(batches) - 1)
    assert sum(len(batch) for batch in batches) == 70
    assert sum(int(batch.columns["a_packets"].sum()) for batch in batches) == 70


def test_several_files_are_one_recording() -> None:
    def file(*seconds: int) -> bytes:
        return pcap([(START + s * SECOND, question()) for s in seconds])

    result = read(file(0, 60), file(120, 180), file(500))
    assert packets(result) == [4, 1]
    assert [(row.source, row.first_frame) for row in result.rows] == [(0, 1), (2, 1)]


def test_hosts_protocols_and_ports_keep_flows_apart() -> None:
    frames = [
        ethernet(ipv4(udp(1, 2, b"x"))),
        ethernet(ipv4(udp(2, 1, b"x"), B4, A4)),
        ethernet(ipv4(udp(1, 3, b"x"))),
        ethernet(ipv4(udp(1, 2, b"x"), destination=C4)),
        ethernet(ipv4(tcp(1, 2, b"x"), protocol=6)),
    ]
    assert packets(quickly(*frames)) == [2, 1, 1, 1]
