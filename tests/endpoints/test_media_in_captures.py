"""Files, calls and streams from the frames of a capture on: what is announced, names its flow."""

from __future__ import annotations

import pytest
from test_h323 import CALLED, CONNECT, SETUP
from test_irc import OFFER
from test_rpc_in_captures import ENGINES, heard, segments
from test_rtsp import ANSWER
from test_sip import OFFER as INVITE
from test_skinny import KEEP_ALIVE, OPENED
from test_tftp import READ

import classifier
from wire import A4, B4, SYN, ethernet, ipv4, pcap_of, tcp, udp

PASSIVE = b"227 Entering Passive Mode (10,0,0,2,100,85).\r\n"
LOGIN = [(False, b"220 hi\r\n"), (True, b"USER bob\r\n"), (False, b"331 and?\r\n")]


def datagram(source: int, destination: int, payload: bytes, *, back: bool = False) -> bytes:
    addresses = (B4, A4) if back else (A4, B4)
    return ethernet(ipv4(udp(source, destination, payload), *addresses, protocol=17))


def named(tmp_path, *frames: bytes) -> list[tuple[str, str, str, int]]:
    """Service, how sure, and the endpoint of the server of each flow."""
    path = tmp_path / "test.pcap"
    path.write_bytes(pcap_of(*frames))
    table = classifier.read(path).flows
    columns = table.service, table.confidence, table.server_ip, table.server_port
    return [tuple(row) for row in zip(*columns, strict=True)]


@ENGINES
@pytest.mark.parametrize("port", [21, 2121])
def test_a_control_connection_of_ftp_is_read_on_any_port(engine, port):
    said = heard(*segments(port, *LOGIN, (True, b"PASV\r\n"), (False, PASSIVE)), engine=engine)
    assert [one.service for one in said.identifications] == ["ftp"]
    assert (B4, 25685) in [(one.host, one.port) for one in said.announcements]


@ENGINES
def test_retransmissions_and_frames_out_of_order_change_nothing(engine):
    frames = segments(21, *LOGIN, (True, b"PASV\r\n"), (False, PASSIVE[:20]), (False, PASSIVE[20:]))
    for order in (frames, [*frames[:-2], frames[-1], frames[-2]], [*frames, *frames[1:]]):
        said = heard(*order, engine=engine)
        assert (B4, 25685) in [(one.host, one.port) for one in said.announcements]
        assert len(said.identifications) == 1


def test_data_connections_of_ftp_are_named_in_both_modes(tmp_path):
    control = segments(
        21,
        *LOGIN,
        (True, b"PASV\r\n"),
        (False, PASSIVE),
        (True, b"PORT 10,0,0,1,192,37\r\n"),
        (False, b"200 ok\r\n"),
    )
    passive = ethernet(ipv4(tcp(50_001, 25_685, flags=SYN), A4, B4, protocol=6))
    active = ethernet(ipv4(tcp(20, 49_189, flags=SYN), B4, A4, protocol=6))
    other = ethernet(ipv4(tcp(4_000, 49_190, flags=SYN), B4, A4, protocol=6))
    found = named(tmp_path, *control, passive, active, other)
    assert found[0] == ("ftp", "confirmed", B4, 21)
    assert found[1] == ("ftp-data", "announced", B4, 25_685)
    assert found[2] == ("ftp-data", "announced", A4, 49_189)
    assert found[3][1] == "unknown"


def test_a_transfer_of_tftp_is_served_from_a_new_port(tmp_path):
    found = named(
        tmp_path,
        datagram(50_000, 69, READ),
        datagram(1_234, 50_000, b"\0\3\0\1data", back=True),
        datagram(50_000, 1_234, b"\0\4\0\1"),
    )
    # announced, and what both sides say fits it
    assert found == [("tftp", "confirmed", B4, 69), ("tftp", "confirmed", B4, 1_234)]


@pytest.mark.parametrize("keep_alive", [b"\r\n\r\n", b"jaK\0", b"hello"])
def test_the_sound_of_a_call_is_named_whatever_comes_before_the_call(tmp_path, keep_alive):
    found = named(
        tmp_path,
        *[datagram(5_060, 5_060, keep_alive)] * 50,
        datagram(5_060, 5_060, INVITE),
        datagram(16_384, 5_000, b"\x80\0\0\1" + bytes(20), back=True),
    )
    assert found[0][:2] == ("sip", "confirmed")
    assert found[1][:2] == ("rtp", "announced")


@ENGINES
@pytest.mark.parametrize(
    ("port", "turns", "service", "endpoint"),
    [
        (8_554, [(False, ANSWER)], "rtp", (A4, 52_570)),
        (2_000, [(True, KEEP_ALIVE + OPENED)], "rtp", ("192.168.195.58", 32_144)),
        (2_000, [(True, KEEP_ALIVE), (True, OPENED)], "rtp", ("192.168.195.58", 32_144)),
        (1_720, [(True, SETUP), (False, CONNECT)], "h245", (CALLED, 1_232)),
        (9_999, [(True, SETUP), (False, CONNECT)], "h245", (CALLED, 1_232)),
        (9_999, [(True, b"NICK a\r\n"), (True, OFFER)], "irc-dcc", (A4, 20_000)),
    ],
)
def test_control_connections_are_heard_from_the_wire(engine, port, turns, service, endpoint):
    said = heard(*segments(port, *turns), engine=engine)
    assert (service, *endpoint) in [(one.service, one.host, one.port) for one in said.announcements]


@ENGINES
def test_other_talk_on_their_ports_says_nothing(engine):
    web = [(True, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"), (False, b"HTTP/1.1 200 OK\r\n\r\n")]
    for port in (21, 554, 1_720, 2_000, 5_060, 6_667):
        assert not len(heard(*segments(port, *web), engine=engine))
