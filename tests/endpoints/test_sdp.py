"""Session descriptions: where media go."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.endpoints.sdp import Media, media

SPEAKER = "10.0.0.1"
HEAD = "v=0\r\no=- 1 1 IN IP4 10.0.0.5\r\ns=-\r\n"
CALL = HEAD + "c=IN IP4 10.0.0.5\r\nt=0 0\r\n"


def heard(text: str, *, speaker: str = SPEAKER, complete: bool = False) -> list[Media]:
    return list(media(text.encode(), speaker, complete=complete))


def endpoints(text: str, **rest) -> list[tuple[str, str, int]]:
    return [(one.service, one.host, one.port) for one in heard(text, **rest)]


def test_reports_go_one_above():
    assert heard(CALL + "m=audio 49170 RTP/AVP 0\r\na=sendrecv\r\n") == [
        Media("10.0.0.5", 49170, "udp", "rtp", "audio, RTP/AVP"),
        Media("10.0.0.5", 49171, "udp", "rtcp", "audio, RTP/AVP"),
    ]


def test_a_medium_may_have_an_address_of_its_own():
    text = CALL + "m=audio 5000 RTP/AVP 0\r\nc=IN IP6 2001:DB8::9\r\nm=video 6000 RTP/AVP 31\r\n"
    assert endpoints(text) == [
        ("rtp", "2001:db8::9", 5000),
        ("rtcp", "2001:db8::9", 5001),
        ("rtp", "10.0.0.5", 6000),
        ("rtcp", "10.0.0.5", 6001),
    ]
    without = HEAD + "m=audio 5000 RTP/AVP 0\r\nc=IN IP4 10.0.0.6\r\n"
    assert endpoints(without)[0] == ("rtp", "10.0.0.6", 5000)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("m=audio 5000 RTP/SAVP 0", [("udp", "rtp"), ("udp", "rtcp")]),
        ("m=video 5000 RTP/AVPF 99", [("udp", "rtp"), ("udp", "rtcp")]),
        ("m=video 5000 UDP/TLS/RTP/SAVPF 99", [("udp", "rtp"), ("udp", "rtcp")]),
        ("m=audio 5000 TCP/RTP/AVP 0", [("tcp", "rtp"), ("tcp", "rtcp")]),
        ("m=image 5000 udptl t38", [("udp", "t38")]),
        ("m=image 5000 UDP/TLS/UDPTL t38", [("udp", "t38")]),
        ("m=image 5000 TCP t38", [("tcp", "t38")]),
        ("m=message 5000 TCP/MSRP *", [("tcp", "msrp")]),
        ("m=message 5000 TCP/TLS/MSRP *", [("tcp", "msrp")]),
        ("m=application 5000 TCP/BFCP *", [("tcp", "bfcp")]),
        ("m=application 5000 UDP/BFCP *", [("udp", "bfcp")]),
        ("m=application 5000 UDP/DTLS/SCTP webrtc-datachannel", []),
        ("m=application 5000 udp wb", []),
        ("m=audio 0 RTP/AVP 0", []),
        ("m=audio 9 UDP/TLS/RTP/SAVPF 0", []),
        ("m=audio 65536 RTP/AVP 0", []),
        ("m=audio -1 RTP/AVP 0", []),
        ("m=audio RTP/AVP 0", []),
        ("m=audio 65535 RTP/AVP 0", [("udp", "rtp")]),
    ],
)
def test_the_protocol_tells_the_service(line, expected):
    assert [(one.transport, one.service) for one in heard(f"{CALL}{line}\r\n")] == expected


def test_a_medium_may_have_several_pairs_of_ports():
    ports = [one.port for one in heard(CALL + "m=video 5000/2 RTP/AVP 31\r\n")]
    assert ports == [5000, 5001, 5002, 5003]
    assert len(heard(CALL + "m=video 5000/60000 RTP/AVP 31\r\n")) == 32


@pytest.mark.parametrize(
    ("attributes", "reports"),
    [
        ("a=rtcp:53020", ("10.0.0.5", 53020)),
        ("a=rtcp:53020 IN IP4 10.0.0.7", ("10.0.0.7", 53020)),
        ("a=rtcp-mux", None),
        ("a=rtcp:5000\r\na=rtcp-mux", None),
        ("a=rtcp:53020\r\na=rtcp-mux", ("10.0.0.5", 53020)),
        ("a=rtcp:nonsense", ("10.0.0.5", 5001)),
        ("a=rtcp:99999", None),
    ],
)
def test_reports_may_go_elsewhere(attributes, reports):
    found = heard(f"{CALL}m=audio 5000 RTP/AVP 0\r\n{attributes}\r\n")
    assert [(one.host, one.port) for one in found if one.service == "rtcp"] == (
        [reports] if reports else []
    )


def test_candidates_are_endpoints():
    text = CALL + (
        "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
        "a=candidate:1 1 UDP 2130706431 10.0.0.5 8998 typ host\r\n"
        "a=candidate:1 2 udp 2130706430 10.0.0.5 8999 typ host generation 0\r\n"
        "a=candidate:2 1 UDP 1694498815 192.0.2.3 45664 typ srflx raddr 10.0.0.5 rport 8998\r\n"
        "a=candidate:3 1 TCP 1 10.0.0.5 9 typ host tcptype active\r\n"
        "a=candidate:4 1 TCP 1 10.0.0.5 8997 typ host tcptype passive\r\n"
        "a=candidate:5 1 UDP 1 0c1f2a.local 8996 typ host\r\n"
        "a=candidate:6 3 UDP 1 10.0.0.5 8995 typ host\r\n"
    )
    assert [(one.service, one.transport, one.host, one.port) for one in heard(text)] == [
        ("rtp", "udp", "10.0.0.5", 8998),
        ("rtcp", "udp", "10.0.0.5", 8999),
        ("rtp", "udp", "192.0.2.3", 45664),
        ("rtp", "tcp", "10.0.0.5", 8997),
    ]


def test_who_connects_itself_listens_nowhere():
    text = CALL + "m=message 5000 TCP/MSRP *\r\na=setup:active\r\n"
    assert not heard(text)


def test_who_is_held_gets_nothing():
    assert not heard(
        CALL.replace("c=IN IP4 10.0.0.5", "c=IN IP4 0.0.0.0") + "m=audio 5 RTP/AVP 0\r\n"
    )


def test_a_name_is_the_host_that_speaks():
    text = CALL.replace("c=IN IP4 10.0.0.5", "c=IN IP4 phone.example.org")
    assert endpoints(text + "m=audio 5000 RTP/AVP 0\r\n")[0] == ("rtp", SPEAKER, 5000)


def test_behind_nat_both_hosts_are_meant():
    found = endpoints(CALL + "m=image 5000 udptl t38\r\n", speaker="203.0.114.7")
    assert found == [("t38", "10.0.0.5", 5000), ("t38", "203.0.114.7", 5000)]


def test_a_group_of_hosts_is_written_without_its_reach():
    text = CALL.replace("10.0.0.5\r\nt", "239.1.2.3/127/2\r\nt")
    assert endpoints(text + "m=video 5000 RTP/AVP 31\r\n")[0] == ("rtp", "239.1.2.3", 5000)


def test_without_an_address_nothing_is_known():
    assert not heard(HEAD + "m=audio 5000 RTP/AVP 0\r\n")


def test_a_description_may_be_one_part_of_several():
    text = (
        "--frontier\r\nContent-Type: application/isup\r\n\r\n\x01\x02m=audio 1 RTP/AVP 0\r\n"
        f"--frontier\r\nContent-Type: application/sdp\r\n\r\n{CALL}m=audio 5000 RTP/AVP 0\r\n"
        "--frontier--\r\nm=audio 6000 RTP/AVP 0\r\n"
    )
    assert endpoints(text) == [("rtp", "10.0.0.5", 5000), ("rtcp", "10.0.0.5", 5001)]


def test_a_line_that_is_cut_off_is_not_believed():
    text = CALL + "m=audio 49170 RTP/AVP 0\r\n"
    whole = endpoints(text)
    for length in range(len(text) - 1):
        assert not endpoints(text[:length])
    assert endpoints(text[:-1]) == whole  # a lone CR ends a line, too
    assert endpoints(text.rstrip(), complete=True) == whole


LINES = st.sampled_from(
    [
        "v=0",
        "c=IN IP4 10.0.0.5",
        "c=IN IP6 ::1",
        "m=audio 5000 RTP/AVP 0",
        "m=video 65535/9 RTP/AVP 0",
        "m=x",
        "a=rtcp:1",
        "a=rtcp-mux",
        "a=candidate:1 1 UDP 1 10.0.0.5 70000 typ host",
        "m=image 1 udptl t38",
        "c=IN IP4 x",
    ]
)


@given(st.lists(LINES | st.text(max_size=5)), st.booleans())
def test_no_text_breaks_it(lines, complete):
    for one in heard("v=0\r\n" + "\r\n".join(lines), complete=complete):
        assert one.host
        assert 0 < one.port <= 0xFFFF
        assert one.detail.isprintable()


def test_a_hostile_one_says_no_more_than_so_much():
    text = CALL + "m=video 5000/99 RTP/AVP 31\r\n" * 9_000
    assert len(heard(text)) == 64 * 32
