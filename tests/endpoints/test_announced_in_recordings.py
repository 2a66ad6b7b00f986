"""From the bytes of a recording to the name of a flow: what was handed out names it."""

from __future__ import annotations

import pytest
import test_bittorrent
import test_pptp
import test_sqlbrowser
import test_sunrpc
import test_tns

import classifier
from wire import ACK, SYN, ethernet, ipv4, pcap_of, pptp_gre, tcp, udp

CLIENT, SERVER = "10.0.0.1", "10.0.0.2"
GRE, TCP, UDP = 47, 6, 17
OPAQUE = b"\xfa\xce\xb0\x0c" * 8
"""Payload that names nothing"""


def frame(payload, protocol, *, client=True):
    source, destination = (CLIENT, SERVER) if client else (SERVER, CLIENT)
    return ethernet(ipv4(payload, source, destination, protocol=protocol))


def connection(port, server_port, asked, told=b""):
    """A connection; what the client sends is sent twice."""
    yield frame(tcp(port, server_port, flags=SYN, seq=100), TCP)
    yield frame(tcp(server_port, port, flags=SYN | ACK, seq=500, ack=101), TCP, client=False)
    for _ in range(2):
        yield frame(tcp(port, server_port, asked, seq=101, ack=501), TCP)
    if told:
        yield frame(tcp(server_port, port, told, seq=501, ack=200), TCP, client=False)


def exchange(port, server_port, asked, told):
    yield frame(udp(port, server_port, asked), UDP)
    yield frame(udp(server_port, port, told), UDP, client=False)


PPTP = [
    *connection(1999, 1723, b"".join(test_pptp.ASK), b"".join(test_pptp.TELL)),
    frame(pptp_gre(24, b"\xff\x03\xc0\x21"), GRE),
    frame(pptp_gre(1, b"\xff\x03\xc0\x21"), GRE, client=False),
]
PORTMAP = [
    *exchange(50_000, 111, test_sunrpc.GETPORT, test_sunrpc.ANSWER),
    *exchange(50_001, 20_048, OPAQUE, OPAQUE),
]
BROWSER = [
    *exchange(50_000, 1434, b"\x03", test_sqlbrowser.response(test_sqlbrowser.YUKON)),
    *connection(50_001, 57_137, OPAQUE),
]
ADMINISTRATOR = [
    *exchange(50_000, 1434, b"\x0f\x01YUKONSTD\0", b"\x05\x06\0\1\0\xc0"),
    *connection(50_001, 0xC000, OPAQUE),
]
OBFUSCATED = [*connection(50_000, 6881, OPAQUE + test_bittorrent.HANDSHAKE)]
ORACLE = [
    *connection(
        50_000, 1522, test_tns.CONNECT, test_tns.redirect(test_tns.address(SERVER, 49_153))
    ),
    *connection(50_001, 49_153, OPAQUE),
]


@pytest.mark.parametrize(
    ("frames", "named", "detail"),
    [
        (PPTP, ["pptp", "pptp", "pptp"], "data of call 1, handed out in frame 3"),
        (PORTMAP, ["sunrpc", "nfs-helpers"], "mountd version 3, handed out in frame 2"),
        (BROWSER, ["mssql-browser", "mssql"], "instance YUKONSTD, version 9.00.1399.06, pipe"),
        (ADMINISTRATOR, ["mssql-browser", "mssql"], "instance YUKONSTD, dedicated administrator"),
        (OBFUSCATED, ["bittorrent"], f"info hash {test_bittorrent.HASH.hex()}"),
        (ORACLE, ["oracle", "oracle"], f"service ckdb, redirected to {SERVER}, handed out in"),
    ],
    ids=["pptp", "portmap", "sql-browser", "administrator", "obfuscated", "oracle"],
)
def test_a_flow_to_an_announced_endpoint_has_its_name(tmp_path, frames, named, detail):
    path = tmp_path / "recording.pcap"
    path.write_bytes(pcap_of(*frames))
    flows = classifier.read(path).flows
    assert flows["service"].tolist() == named
    assert flows["confidence"].tolist() == ["confirmed", *["announced"] * (len(named) - 1)]
    assert flows["detail"].iloc[-1].startswith(detail)
