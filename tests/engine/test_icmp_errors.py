"""ICMP errors count on the flow that they quote, and are rows of their own."""

from __future__ import annotations

import pytest

from classifier.engine.contract import Timeouts
from quotes import ASKED, ERRORS, FLOWS, NOTHING, PORT_UNREACHABLE, error4
from reading import read
from wire import SECOND, START, ethernet, pcap

ALL = list(FLOWS.values())


def errors_about(*frames: bytes, **options: object) -> dict[str, tuple[int, int]]:
    """What was said of each flow of ``FLOWS``, after a frame of each."""
    result = read(pcap([(START + n, frame) for n, frame in enumerate((*ALL, *frames))]), **options)
    of_frame = {row.first_frame: (row.icmp_error, row.icmp_errors) for row in result.rows}
    said = {name: of_frame.pop(number) for number, name in enumerate(FLOWS, 1)}
    assert set(of_frame.values()) <= {(-1, 0)}, "nothing is said of the errors themselves"
    return {name: word for name, word in said.items() if word != (-1, 0)}


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_counts_on_the_flow_that_it_quotes(name: str) -> None:
    frame, flow, error = ERRORS[name]
    assert errors_about(frame) == {flow: (error, 1)}


@pytest.mark.parametrize("name", NOTHING)
def test_what_does_not_tell_a_flow_counts_on_none(name: str) -> None:
    assert errors_about(NOTHING[name]) == {}


def test_an_error_stays_a_row_of_its_own_and_changes_no_other_number() -> None:
    flow = (START, ethernet(ASKED))
    error = (START + 50 * SECOND, ethernet(error4(ASKED[:28])))
    with_error = read(pcap([flow, error]))
    alone = read(pcap([flow])).row
    first, second = with_error.rows
    assert (second.ip_protocol, second.icmp_type, second.icmp_code) == (1, 3, 3)
    assert (first.icmp_error, first.icmp_errors) == (PORT_UNREACHABLE, 1)
    first.icmp_error, first.icmp_errors = -1, 0
    assert vars(first) == vars(alone)


def test_errors_are_counted_and_the_first_is_kept() -> None:
    frames = [ethernet(error4(ASKED[:28], 3, code)) for code in (1, 3, 3)]
    assert errors_about(*frames) == {"udp": (3 << 8 | 1, 3)}


@pytest.mark.parametrize(("pause", "count"), [(120, 1), (121, 0)])
def test_an_error_speaks_of_the_flow_that_is_not_over(pause: int, count: int) -> None:
    frames = [(START, ethernet(ASKED)), (START + pause * SECOND, ethernet(error4(ASKED[:28])))]
    assert read(pcap(frames)).rows[0].icmp_errors == count


def test_an_error_does_not_keep_a_flow_alive() -> None:
    error = ethernet(error4(ASKED[:28]))
    times = [(0, ethernet(ASKED)), (100, error), (200, ethernet(ASKED)), (201, error)]
    rows = read(pcap([(START + time * SECOND, frame) for time, frame in times])).rows
    assert [row.icmp_errors for row in rows if row.ip_protocol == 17] == [1, 1]


def test_a_quote_of_a_flow_that_was_never_seen_makes_no_row() -> None:
    (row,) = read(pcap([(START, ethernet(error4(ASKED[:28])))])).rows
    assert row.ip_protocol == 1


@pytest.mark.parametrize("options", [{"partial": True}, {"max_flows": 1}])
def test_what_another_reader_may_know_is_left_to_the_fold(options: dict[str, object]) -> None:
    frames = [ethernet(ASKED), ethernet(error4(ASKED[:28])), ethernet(error4(ASKED[:28], 3, 1))]
    other = read(pcap([(START + n, frame) for n, frame in enumerate(frames)]), **options)
    rows = [row for row in other.rows if row.ip_protocol == 17]
    if "partial" in options:
        assert [(row.packets, row.icmp_errors) for row in rows] == [((1, 0), 2)]
    else:
        assert [(row.packets, row.icmp_error) for row in rows] == [
            ((1, 0), -1), ((0, 0), PORT_UNREACHABLE), ((0, 0), 3 << 8 | 1),
        ]  # fmt: skip


def test_the_active_timeout_holds_for_errors_too() -> None:
    frames = [(START, ethernet(ASKED)), (START + 3 * SECOND, ethernet(error4(ASKED[:28])))]
    timeouts = Timeouts(active=2)
    assert read(pcap(frames), timeouts=timeouts).rows[0].icmp_errors == 0


def test_node_information_is_not_paired() -> None:
    # RFC 4620: what stands where an id does is a Qtype; the answer's code is not the question's.
    from wire import A6, B6, ethernet6, icmp, ipv6

    asked = ipv6(icmp(139, 1, 2, bytes(8)), A6, B6, next_header=58)
    told = ipv6(icmp(140, 0, 2, bytes(8)), B6, A6, next_header=58)
    rows = read(pcap([(START, ethernet6(asked)), (START + 1, ethernet6(told))])).rows
    assert [(row.icmp_type, row.key_id) for row in rows] == [(139, 0), (140, 0)]
