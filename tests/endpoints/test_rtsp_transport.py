"""The Transport header of RTSP."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.endpoints.rtsp_transport import transport

CLIENT, SERVER = "10.0.0.1", "10.0.0.2"


def ends(header: str) -> list[tuple[str, str, int]]:
    found = transport(header.encode(), CLIENT, SERVER)
    return [(end.service, end.host, end.port) for end in found]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (
            # Of a camera.
            'RTP/AVP;unicast;client_port=52570-52571;server_port=8226-8227;ssrc=3d;mode="play"',
            [
                ("rtp", CLIENT, 52570),
                ("rtcp", CLIENT, 52571),
                ("rtp", SERVER, 8226),
                ("rtcp", SERVER, 8227),
            ],
        ),
        (
            "RTP/AVP/UDP;unicast;destination=10.0.0.7;source=10.0.0.8;client_port=1;server_port=2",
            [("rtp", "10.0.0.7", 1), ("rtp", "10.0.0.8", 2)],
        ),
        ("rtp/savpf;client_port=4-5", [("rtp", CLIENT, 4), ("rtcp", CLIENT, 5)]),
        (
            "RTP/AVP;multicast;destination=224.2.0.1;port=3456-3457;ttl=16",
            [("rtp", "224.2.0.1", 3456), ("rtcp", "224.2.0.1", 3457)],
        ),
        ("RTP/AVP;multicast;port=3456-3457", []),
        ("RTP/AVP/TCP;unicast;interleaved=0-1", []),
        ("RTP/AVP;interleaved=0-1;client_port=4-5", []),
        ("RTP/AVP;unicast", []),
        ("RTP/AVP;client_port=0-1", [("rtcp", CLIENT, 1)]),
        ("RTP/AVP;client_port=70000", []),
        ("RTP/AVP;client_port=x-y;server_port=", []),
        ("RTP/AVP;client_port=4-4", [("rtp", CLIENT, 4)]),
        (
            "x-real-rdt/udp;client_port=6970;server_port=21564",
            [("realaudio", CLIENT, 6970), ("realaudio", SERVER, 21564)],
        ),
        ("x-real-rdt/tcp;interleaved=0", []),
        ("MP2T/H2221/UDP;unicast;client_port=1234", [("mpeg-ts-udp", CLIENT, 1234)]),
        ("RAW/RAW/UDP;unicast;client_port=1234", []),
        (
            'RTP/AVP;unicast;dest_addr="192.0.2.5:3456"/":3457";src_addr="[2001:db8::1]:6256"',
            [("rtp", "192.0.2.5", 3456), ("rtcp", CLIENT, 3457), ("rtp", "2001:db8::1", 6256)],
        ),
        ('RTP/AVP/UDP;RTCP-mux;dest_addr=":5000"/":5001"', [("rtp", CLIENT, 5000)]),
        ("RTP/AVP;client_port=4,RTP/AVP;client_port=6", [("rtp", CLIENT, 4)]),
        ("", []),
    ],
)  # fmt: skip
def test_it_says_where_streams_go(header, expected):
    assert ends(header) == expected


def test_behind_nat_both_hosts_are_meant():
    found = transport(b"RTP/AVP;source=192.168.0.2;server_port=6", CLIENT, "203.0.114.7")
    assert [end.host for end in found] == ["192.168.0.2", "203.0.114.7"]


PARTS = st.sampled_from(
    [
        "RTP/AVP",
        ";",
        "client_port=1-2",
        "multicast",
        "destination=::1",
        'dest_addr="',
        ":9",
        '"',
        "/",
    ]
)


@given(st.lists(PARTS | st.text(max_size=3)))
def test_no_text_breaks_it(parts):
    for end in transport("".join(parts).encode(), CLIENT, SERVER):
        assert end.host
        assert 0 < end.port <= 0xFFFF
        assert end.detail.isprintable()
