"""RTSP control connections: where the streams are."""

from __future__ import annotations

import re

import pytest
from conversation import (
    CLIENT,
    CLIENT_IP,
    SERVER,
    SERVER_IP,
    THIRD_IP,
    announced,
    conversation,
    endpoints,
    identified,
    registered,
    said,
    split_everywhere,
)
from hypothesis import given
from hypothesis import strategies as st

from classifier.endpoints.rtsp import read

SETUP = (
    b"SETUP rtsp://10.0.0.2:554/channels/101/trackID=1 RTSP/1.0\r\nCSeq: 4\r\n"
    b"Transport: RTP/AVP;unicast;client_port=52570-52571\r\n\r\n"
)
ANSWER = (
    b"RTSP/1.0 200 OK\r\nCSeq: 4\r\nSession: 12\r\nTransport: RTP/AVP;unicast;"
    b"client_port=52570-52571;server_port=8226-8227;ssrc=3d208345\r\n\r\n"
)
AGREED = [(CLIENT_IP, 52570), (CLIENT_IP, 52571), (SERVER_IP, 8226), (SERVER_IP, 8227)]


def hear(client=(), server=(), **rest):
    return said(read, client, server, **rest)


def test_the_answer_says_where_the_stream_is():
    heard = announced(hear([SETUP], [ANSWER]))
    assert endpoints(heard) == AGREED
    assert [one.service for one in heard] == ["rtp", "rtcp"] * 2
    # Each side said its own port.
    assert all(one.host == one.speaker for one in heard)
    assert {(one.transport, one.place.frame) for one in heard} == {("udp", 2)}


def test_the_answer_alone_will_do():
    assert endpoints(hear([], [ANSWER])) == AGREED


@pytest.mark.parametrize(
    "answer",
    [
        ANSWER.replace(b"200 OK", b"461 Unsupported Transport"),
        ANSWER.replace(b"Transport", b"X-Transport"),
        b"",
    ],
)
def test_what_is_only_asked_for_is_not_announced(answer):
    assert not endpoints(hear([SETUP], [answer]))


def test_an_answer_to_something_else_is_not_believed():
    options = b"OPTIONS * RTSP/1.0\r\nCSeq: 4\r\n\r\n"
    assert not endpoints(hear([options], [ANSWER]))


def test_a_third_host_is_announced_as_one():
    answer = ANSWER.replace(b"unicast;", b"unicast;destination=10.0.0.3;")
    first = announced(hear([SETUP], [answer]))[0]
    assert (first.host, first.speaker) == (THIRD_IP, SERVER_IP)


def test_media_within_the_connection_stand_between_messages():
    media = b"$\x00\x00\x05RTSP/$\x01\x00\x03abc"
    playing = b"RTSP/1.0 200 OK\r\nCSeq: 3\r\n\r\n" + media + ANSWER
    assert endpoints(hear([SETUP], [playing])) == AGREED


def test_media_within_the_connection_are_no_flow():
    answer = ANSWER.replace(b"RTP/AVP;unicast", b"RTP/AVP/TCP;unicast;interleaved=0-1")
    assert not endpoints(hear([SETUP], [answer]))


def test_either_side_identifies_it_on_any_port():
    for sides in ([[SETUP], []], [[], [ANSWER]], [[SETUP], [ANSWER]]):
        heard = identified(hear(*sides))
        assert [(one.service, one.client_is_server) for one in heard] == [("rtsp", False)]


def test_sides_taken_the_wrong_way_round_are_turned():
    heard = hear(turns=[(SERVER, SETUP), (CLIENT, ANSWER)])
    assert [one.client_is_server for one in identified(heard)] == [True]
    assert endpoints(heard) == [
        (SERVER_IP, 52570),
        (SERVER_IP, 52571),
        (CLIENT_IP, 8226),
        (CLIENT_IP, 8227),
    ]


def test_a_server_may_ask_as_well():
    keep = b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n"
    heard = hear(turns=[(CLIENT, SETUP), (SERVER, ANSWER), *[(SERVER, keep)] * 5])
    assert [one.client_is_server for one in identified(heard)] == [False]


@pytest.mark.parametrize(
    "payload",
    [
        b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
        b"OPTIONS sip:a@b SIP/2.0\r\nCSeq: 1 OPTIONS\r\n\r\n",
        b"OPTIONS rtsp://x/ RTSP/1.0\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nTransport: RTP/AVP;client_port=4-5\r\n\r\n",
    ],
)
def test_less_than_a_message_says_nothing(payload):
    assert not hear([payload], [payload])


def test_segments_may_cut_it_anywhere():
    for segments in split_everywhere(ANSWER):
        assert endpoints(hear([], segments)) == AGREED


def test_an_answer_that_is_cut_short_announces_nothing_wrong():
    for length in range(len(ANSWER)):
        assert endpoints(hear([SETUP], [ANSWER[:length]])) in ([], AGREED)


def test_it_is_read_on_tcp_only():
    assert not hear([SETUP], [ANSWER], transport="udp")


PARTS = st.sampled_from(
    [SETUP, ANSWER, b"CSeq: 4\r\n", b"RTSP/1.0 200 OK\r\n", b"$\0\0\3", b"\r\n"]
)


@given(st.lists(st.tuples(st.booleans(), PARTS | st.binary(max_size=5))))
def test_no_bytes_break_it(turns):
    for one in announced(read(conversation(turns=turns))):
        assert one.host


def test_only_what_looks_like_it_is_read():
    def matches(head: bytes) -> bool:
        return any(re.match(pattern, head) for _, pattern in registered("RTSP").patterns)

    assert matches(SETUP)
    assert matches(ANSWER)
    assert matches(b"GET_PARAMETER rtsp://10.2.2.2:8554/ RTSP/1.0\r\n")
    assert matches(b"OPTIONS * RTSP/1.0\r\n")
    assert not matches(b"OPTIONS * HTTP/1.1\r\n")
    assert not matches(b"OPTIONS sip:a@b SIP/2.0\r\n")
    assert not matches(b"RTSP is a protocol")
