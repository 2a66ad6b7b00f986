"""SIP: calls and where their media go."""

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

from classifier.endpoints.sip import read

HEADERS = (
    b"Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:b@x>\r\n"
    b"Call-ID: 1@x\r\nCSeq: 1 INVITE\r\n"
)
INVITE = b"INVITE sip:b@10.0.0.2 SIP/2.0\r\n"
OK = b"SIP/2.0 200 OK\r\n"


def sdp(host: str, port: int) -> bytes:
    return (
        f"v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
        f"m=audio {port} RTP/AVP 0\r\n"
    ).encode()


def message(start: bytes, body: bytes = b"", *, length: int | None = None) -> bytes:
    length = len(body) if length is None else length
    kind = b"Content-Type: application/sdp\r\n" if body else b""
    return start + HEADERS + kind + b"Content-Length: %d\r\n\r\n" % length + body


OFFER = message(INVITE, sdp(CLIENT_IP, 5000))
ANSWER = message(OK, sdp(SERVER_IP, 6000))
AGREED = [(CLIENT_IP, 5000), (CLIENT_IP, 5001), (SERVER_IP, 6000), (SERVER_IP, 6001)]


def hear(client=(), server=(), **rest):
    return said(read, client, server, **{"transport": "udp", **rest})


def test_both_sides_say_where_they_hear():
    heard = hear([OFFER], [ANSWER])
    assert endpoints(heard) == AGREED
    first, *_, last = announced(heard)
    assert (first.service, first.speaker, first.place.frame) == ("rtp", CLIENT_IP, 1)
    assert (last.service, last.speaker, last.place.frame) == ("rtcp", SERVER_IP, 2)
    assert first.detail == "audio, RTP/AVP"


def test_a_stream_is_cut_into_messages_wherever_its_segments_end():
    stream = message(INVITE) + b"\r\n\r\n" + OFFER + message(OK, sdp(CLIENT_IP, 7000))
    for segments in split_everywhere(stream):
        heard = hear(segments, transport="tcp")
        assert [one.port for one in announced(heard)] == [5000, 5001, 7000, 7001]


@pytest.mark.parametrize("length", [0, 10, 9_999])
@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_a_length_that_lies_loses_no_other_message(length, transport):
    heard = hear(
        [message(INVITE, sdp(CLIENT_IP, 5000), length=length) + ANSWER], transport=transport
    )
    assert (SERVER_IP, 6000) in endpoints(heard)


def test_a_length_may_be_missing():
    payload = INVITE + HEADERS + b"Content-Type: application/sdp\r\n\r\n" + sdp(CLIENT_IP, 5000)
    assert (CLIENT_IP, 5000) in endpoints(hear([payload]))


def test_headers_may_be_short():
    payload = (
        b"SIP/2.0 183 Session Progress\r\nv: SIP/2.0/TCP x\r\nf: a\r\nt: b\r\ni: 1\r\n"
        b"CSeq: 1 INVITE\r\nc: application/SDP\r\nl: %d\r\n\r\n"
    ) % len(sdp(CLIENT_IP, 5000)) + sdp(CLIENT_IP, 5000)
    assert (CLIENT_IP, 5000) in endpoints(hear([payload]))


def test_a_body_of_several_parts_is_read():
    body = b"--x\r\nContent-Type: application/sdp\r\n\r\n" + sdp(CLIENT_IP, 5000) + b"--x--\r\n"
    payload = OFFER[: OFFER.index(b"Content-Type")]
    payload += b"Content-Type: multipart/mixed;boundary=x\r\nContent-Length: %d\r\n\r\n" % len(body)
    assert (CLIENT_IP, 5000) in endpoints(hear([payload + body]))


def test_another_kind_of_body_is_not_read():
    assert not endpoints(hear([OFFER.replace(b"application/sdp", b"text/plain")]))


def test_a_third_host_is_announced_as_one():
    (one, _) = announced(hear([message(INVITE, sdp(THIRD_IP, 5000))]))
    assert (one.host, one.speaker) == (THIRD_IP, CLIENT_IP)


def test_repetitions_are_said_once():
    assert len(announced(hear([OFFER] * 5))) == 2


def test_messages_identify_it_on_any_port():
    assert [one.service for one in identified(hear([message(INVITE)], server_port=9_999))] == [
        "sip"
    ]
    assert [one.service for one in identified(hear([], [message(OK)]))] == ["sip"]


@pytest.mark.parametrize(
    "payload",
    [
        b"REGISTER sip:1.1.1.1:5060 SIP/2.0\r\nExpires: 3600\r\n\r\n",
        b"SIP/2.0 200 OK\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\r\n\r\n",
        b"\0\0\0\0",
    ],
)
def test_less_than_a_message_identifies_nothing(payload):
    assert not hear([payload])


def test_a_datagram_to_keep_a_nat_open_may_come_first():
    assert (
        endpoints(hear(turns=[(CLIENT, b"\r\n\r\n"), (CLIENT, OFFER), (SERVER, ANSWER)])) == AGREED
    )


def test_a_message_that_is_cut_short_announces_nothing():
    for length in range(len(OFFER) - 1):
        assert not endpoints(hear([OFFER[:length]]))


def test_a_gap_within_a_description_announces_nothing_of_it():
    turns = [(CLIENT, OFFER[:-20]), (CLIENT, 5), (CLIENT, OFFER[-15:] + ANSWER)]
    assert endpoints(hear(turns=turns, transport="tcp")) == [(SERVER_IP, 6000), (SERVER_IP, 6001)]


PARTS = st.sampled_from(
    [INVITE, OK, HEADERS, OFFER, ANSWER, b"\r\n", b"Content-Length: 7\r\n", b"v=0\r\n"]
)


@given(st.lists(PARTS | st.binary(max_size=5)), st.sampled_from(["tcp", "udp", "sctp"]))
def test_no_bytes_break_it(parts, transport):
    for one in announced(read(conversation([b"".join(parts)], transport=transport))):
        assert one.host


def test_only_what_looks_like_it_is_read():
    def matches(head: bytes) -> bool:
        return any(re.match(pattern, head) for _, pattern in registered("SIP").patterns)

    assert matches(OFFER)
    assert matches(OK)
    assert matches(b"NOTIFY sips:bob@example.org SIP/2.0\r\n")
    assert not matches(b"GET http://example.org/ HTTP/1.1\r\n")
    assert not matches(b"OPTIONS * HTTP/1.1\r\n")
