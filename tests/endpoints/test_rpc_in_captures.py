"""DCE/RPC and SMB from the frames of a capture on: which flows are selected, what is heard."""

from __future__ import annotations

import re
from importlib.util import find_spec
from typing import TYPE_CHECKING, cast

import pytest
import rpc_bytes as rpc
import smb_bytes as smb
from conversation import registered, split_everywhere
from hypothesis import assume, given
from hypothesis import strategies as st
from test_dcerpc_binds import BIND, BIND_ACK
from test_dcerpc_datagrams import CONNECT, CONNECTED, PROFINET
from test_dcerpc_mapper import MAP_REQUEST, MAP_RESPONSE
from test_rpc_over_http import OUT
from test_smb import ASK, ASK2, SESSION

import classifier
from classifier.endpoints.listen import hear, wanted
from classifier.engine import choose
from classifier.engine.contract import EngineOptions, Source
from classifier.flows.columns import concatenate
from classifier.flows.oriented import orient
from knowledge import CATALOGUE
from reading import MemoryPath
from wire import A4, ACK, B4, SYN, ethernet, ipv4, pcap_of, tcp, udp

if TYPE_CHECKING:
    from pathlib import Path

PROTOCOLS = tuple(map(registered, ("DCE/RPC", "DCE/RPC over UDP", "SMB", "RPC over HTTP")))
ENGINES = pytest.mark.parametrize(
    "engine", ["portable", *(["native"] if find_spec("classifier._native") else [])]
)


def selected(ip_protocol: int, head: bytes) -> list[str]:
    """The names of the protocols that a head selects."""
    return [
        protocol.name
        for protocol in PROTOCOLS
        for number, expression in protocol.patterns
        if number == ip_protocol and re.match(expression, head, re.DOTALL)
    ]


def heard(*frames: bytes, engine: str = "portable"):
    patterns, transcripts = wanted()
    data = pcap_of(*frames)
    source = Source(cast("Path", MemoryPath(data)), "test.pcap", len(data))
    reading = choose(engine).read(
        [source], EngineOptions(patterns=patterns, transcripts=transcripts)
    )
    columns = concatenate(list(reading))
    return hear(orient(columns, CATALOGUE.ports, ["test.pcap"], reading.tunnels))


def segments(port: int, *turns: tuple[bool, bytes]) -> list[bytes]:
    """Frames of a TCP connection that says all this."""
    frames = [ethernet(ipv4(tcp(50_000, port, flags=SYN, seq=999), A4, B4, protocol=6))]
    positions = {True: 1000, False: 1}
    for client, data in turns:
        ports = (50_000, port) if client else (port, 50_000)
        addresses = (A4, B4) if client else (B4, A4)
        part = tcp(*ports, data, flags=ACK, seq=positions[client])
        frames.append(ethernet(ipv4(part, *addresses, protocol=6)))
        positions[client] += len(data)
    return frames


EXCHANGE = [(True, BIND), (False, BIND_ACK), (True, MAP_REQUEST), (False, MAP_RESPONSE)]


@ENGINES
@pytest.mark.parametrize("port", [135, 5000])
def test_what_the_mapper_says_is_heard_on_any_port(engine, port):
    said = heard(*segments(port, *EXCHANGE), engine=engine)
    assert [one.port for one in said.announcements if one.host == B4] == [49_674, 49_667]
    assert [one.interface for one in said.identifications] == [rpc.MAPPER]
    assert said.announcements[0].place.frame == 5


@ENGINES
def test_retransmissions_and_frames_out_of_order_change_nothing(engine):
    cut = [(True, BIND), (False, BIND_ACK), (True, MAP_REQUEST)]
    cut += [(False, part) for part in (MAP_RESPONSE[:99], MAP_RESPONSE[99:199], MAP_RESPONSE[199:])]
    frames = segments(135, *cut)
    mixed = [*frames[:4], frames[2], frames[3], frames[6], frames[5], frames[4], frames[5]]
    said = heard(*mixed, engine=engine)
    assert [one.port for one in said.announcements if one.host == B4] == [49_674, 49_667]


@ENGINES
def test_pipes_of_smb_are_heard(engine):
    turns = [
        (True, SESSION),
        (False, b"\x82\0\0\0"),
        (True, ASK2),
        (False, smb.negotiated(0x0311)),
        (True, smb.framed(smb.create("svcctl"))),
        (False, smb.framed(smb.created(smb.file(1)))),
        (True, smb.framed(smb.write(smb.file(1), rpc.bind((0, rpc.SVCCTL, rpc.NDR))))),
    ]
    said = heard(*segments(139, *turns), engine=engine)
    assert [(one.service, one.carried) for one in said.identifications] == [
        ("smb", False),
        ("windows-rpc", True),
    ]


@ENGINES
def test_datagrams_are_heard(engine):
    frames = [
        ethernet(ipv4(udp(1566, 34_964, CONNECT), A4, B4)),
        ethernet(ipv4(udp(34_964, 1566, CONNECTED), B4, A4)),
    ]
    (one,) = heard(*frames, engine=engine).identifications
    assert (one.service, one.interface) == ("profinet-io", PROFINET)


def test_calls_without_their_bind_are_what_their_port_was_handed_out_for(tmp_path):
    calls = [(True, rpc.request(0, b"stub")), (False, rpc.response(b"stub"))]
    # The recording began in the middle of these two: no handshake, no bind.
    begun = [*segments(49_674, *calls)[1:], *segments(49_999, *calls)[1:]]
    (tmp_path / "calls.pcap").write_bytes(pcap_of(*begun, *segments(135, *EXCHANGE)))
    flows = classifier.read(tmp_path / "calls.pcap").flows.set_index("server_port")
    assert flows.service.to_dict() == {
        135: "epmap",
        49_674: "windows-rpc/drsuapi",
        49_999: "windows-rpc",
    }
    assert flows.basis.to_dict() == {135: "payload", 49_674: "announcement", 49_999: "payload"}


@pytest.mark.parametrize(
    ("ip_protocol", "head", "name"),
    [
        (6, BIND, "DCE/RPC"),
        (6, BIND_ACK, "DCE/RPC"),
        (6, MAP_REQUEST, "DCE/RPC"),
        (6, MAP_RESPONSE, "DCE/RPC"),
        (6, rpc.bind((0, rpc.SVCCTL, rpc.NDR), little=False), "DCE/RPC"),
        (6, b"ncacn_http/1.0", "DCE/RPC"),
        (6, ASK, "SMB"),
        (6, ASK2, "SMB"),
        (6, smb.framed(b"\xfdSMB" + b"\0" * 60), "SMB"),
        (6, SESSION, "SMB"),
        (6, OUT, "RPC over HTTP"),
        (17, CONNECT, "DCE/RPC over UDP"),
        (17, CONNECTED, "DCE/RPC over UDP"),
    ],
)
def test_every_beginning_selects_its_protocol(ip_protocol, head, name):
    assert selected(ip_protocol, head) == [name]


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\n",
        bytes.fromhex("16030100c8010000c40303") + b"\x55" * 40,  # TLS
        b"SSH-2.0-OpenSSH_9.6\r\n",
        bytes.fromhex("050100"),  # SOCKS 5
        bytes.fromhex("0401005000000001") + b"me\0",  # SOCKS 4
        b"\x00" * 64,
        b"\xff" * 64,
        bytes.fromhex("0300001d02f08064000103eb700e36003200"),  # TPKT
        b"\x04\x00\x00\x00" + b"\x01" * 80,
        b"\x05\x00\x00\x00" + b"\x01" * 80,
    ],
)
def test_beginnings_of_other_protocols_select_nothing(head):
    assert selected(6, head) == []
    assert selected(17, head) == []


@given(st.binary(max_size=64))
def test_random_bytes_select_nothing(head):
    assume(not head.startswith(b"ncacn_http"))  # hypothesis tries words of the sources
    assert selected(6, head) == []
    assert selected(17, head) == []


def test_a_beginning_in_several_segments_is_selected_by_the_first_ones():
    for parts in list(split_everywhere(BIND))[8:20]:
        said = heard(*segments(5000, *((True, part) for part in parts)))
        assert [one.interface for one in said.identifications] == [rpc.MAPPER]
