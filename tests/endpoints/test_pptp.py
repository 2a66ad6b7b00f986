"""PPTP: the call ids of both sides, each announced for the host that gave it out."""

from __future__ import annotations

import re
from struct import pack

import pytest
from conversation import (
    CLIENT_IP,
    SERVER_IP,
    announced,
    conversation,
    identified,
    looked_for,
    registered,
    said,
    split_everywhere,
)
from hypothesis import given
from hypothesis import strategies as st

from classifier.endpoints.pptp import read
from classifier.engine.content import Pattern
from classifier.engine.patterns import check

LENGTHS = {1: 156, 2: 156, 5: 16, 7: 168, 8: 32, 9: 220, 10: 24, 11: 28, 12: 16, 15: 24}
# Frame 10 of a call to a Cisco: it gives out 24, the caller gave out 1
OUTGOING_REPLY = bytes.fromhex("002000011a2b3c4d000800000018000101 0000000000fa000010000000000000")


def message(kind, *words, result=0):
    size = LENGTHS[kind]
    body = pack(f">{len(words)}H", *words) + bytes([result])
    return (pack(">HHIHH", size, 1, 0x1A2B3C4D, kind, 0) + body).ljust(size, b"\0")


ASK = [message(1), message(7, 1)]
TELL = [message(2), OUTGOING_REPLY]


def calls(heard):
    return [(it.host, it.port, it.speaker, it.peer) for it in announced(heard)]


BOTH = [(CLIENT_IP, 1, CLIENT_IP, SERVER_IP), (SERVER_IP, 24, SERVER_IP, CLIENT_IP)]


def test_an_outgoing_call_announces_an_id_for_each_host_that_gave_one():
    heard = said(read, ASK, TELL)
    assert calls(heard) == BOTH
    assert {(it.transport, it.service, it.lifetime) for it in announced(heard)} == {
        ("gre", "pptp", 0)
    }
    assert [it.detail for it in announced(heard)] == ["data of call 1", "data of call 24"]
    (found,) = identified(heard)
    assert (found.service, found.place.frame, found.client_is_server) == ("pptp", 1, False)


def test_the_call_id_0_is_one():
    assert [port for _, port, _, _ in calls(said(read, [message(7, 0)]))] == [0]


def test_an_incoming_call_is_announced_too():
    heard = said(read, [message(10, 3, 4, result=1)], [message(9, 4), message(11, 3)])
    assert calls(heard) == [
        (CLIENT_IP, 3, CLIENT_IP, SERVER_IP),
        (SERVER_IP, 4, SERVER_IP, CLIENT_IP),
    ]


def test_a_reply_alone_tells_both_ids_but_speaks_for_one_host_only():
    assert calls(said(read, [], [OUTGOING_REPLY])) == [
        (SERVER_IP, 24, SERVER_IP, CLIENT_IP),
        (CLIENT_IP, 1, SERVER_IP, SERVER_IP),
    ]


@pytest.mark.parametrize("kind", [11, 15])
def test_a_recording_from_the_middle_still_tells_the_id_of_the_receiver(kind):
    assert calls(said(read, [message(kind, 24)])) == [(SERVER_IP, 24, CLIENT_IP, CLIENT_IP)]


def test_a_refused_call_is_looked_for_and_not_announced():
    heard = said(read, [message(7, 1)], [message(8, 0, 1, result=2)])
    assert not announced(heard)
    assert [it.detail for it in looked_for(heard)] == ["call 1 refused: result 2"]


def test_several_calls_and_repetitions_are_told_once_each():
    heard = said(
        read,
        [message(7, 1), message(7, 2), message(15, 24)],
        [OUTGOING_REPLY, message(8, 25, 2, result=1), message(15, 1)],
    )
    assert sorted(port for _, port, _, _ in calls(heard)) == [1, 2, 24, 25]


def test_the_side_that_asks_to_start_is_the_client():
    (found,) = identified(said(read, TELL, ASK))
    assert found.client_is_server
    assert [it.client_is_server for it in identified(said(read, [message(2)]))] == [True]


def test_messages_cut_anywhere_say_the_same():
    for client in split_everywhere(b"".join(ASK)):
        assert calls(said(read, client, TELL)) == BOTH
    for server in split_everywhere(b"".join(TELL)):
        assert calls(said(read, ASK, server)) == BOTH


def test_reading_goes_on_behind_a_hole_and_behind_junk():
    assert calls(said(read, [message(1), 70, b"junk" + message(7, 1)], TELL)) == BOTH


def test_every_truncation_says_the_same_or_less():
    whole = b"".join(TELL)
    for size in range(len(whole)):
        assert set(calls(said(read, ASK, [whole[:size]]))) <= set(BOTH)


@pytest.mark.parametrize(
    "junk",
    [
        b"\x00\xa9" + message(7, 1)[2:],  # another length than the type has
        b"\x00\xa8\x00\x02" + message(7, 1)[4:],  # a management message
        message(7, 1).replace(b"\x1a\x2b", b"\x2b\x1a"),
        bytes(200),
    ],
)
def test_what_only_looks_like_it_is_not(junk):
    assert not said(read, [junk])


def test_datagrams_are_no_control_connection():
    assert not said(read, ASK, TELL, transport="udp")


def test_the_pattern_finds_what_it_reads():
    ((protocol, expression),) = registered("PPTP").patterns
    check([Pattern(1, expression, protocol)])
    assert all(re.match(expression, message(kind)) for kind in LENGTHS)


@given(st.lists(st.binary(max_size=60)), st.lists(st.binary(max_size=60)))
def test_any_bytes_are_survived(client, server):
    list(read(conversation(client, server)))
    list(read(conversation([OUTGOING_REPLY[:10] + one for one in client], server)))
