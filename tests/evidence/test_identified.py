"""What the payload of a flow says, beside what others say of it."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "endpoints"))

import rpc_bytes as rpc

import classifier
import wire

CLIENT, OTHER, SERVER = "10.0.0.1", "10.0.0.9", "10.0.0.2"
MAPPER, PORT = 135, 49_674


def connection(client, client_port, port, exchange):
    """Frames of a connection that was recorded from its middle; each asks, and is answered."""
    sent = received = 1
    for asked, answered in exchange:
        ask = wire.tcp(client_port, port, asked, seq=sent, ack=received)
        yield wire.ethernet(wire.ipv4(ask, client, SERVER, protocol=6))
        sent += len(asked)
        answer = wire.tcp(port, client_port, answered, seq=received, ack=sent)
        yield wire.ethernet(wire.ipv4(answer, SERVER, client, protocol=6))
        received += len(answered)


def named(tmp_path, *connections):
    """Service, confidence and detail by server port."""
    capture = tmp_path / "a.pcap"
    capture.write_bytes(wire.pcap_of(*(frame for each in connections for frame in each)))
    flows = classifier.read(capture).flows
    return {
        row.server_port: (row.service, row.confidence, row.detail, row.alternatives)
        for row in flows.itertuples()
    }


CALLS = [(rpc.request(1, b"\0" * 8), rpc.response(b"\0" * 8))]


def asks_mapper(client):
    binds = rpc.bind((0, rpc.MAPPER, rpc.NDR)), rpc.bind_ack((0, 0, rpc.NDR))
    mapped = rpc.mapped(rpc.tower(rpc.DRSUAPI, PORT, SERVER))
    maps = rpc.request(3, rpc.ept_map(rpc.tower(rpc.DRSUAPI, 0))), rpc.response(mapped)
    return connection(client, 49_800, MAPPER, [binds, maps])


def test_calls_without_a_bind_are_rpc_of_which_nobody_knows_the_interface(tmp_path):
    service, confidence, detail, _ = named(tmp_path, connection(CLIENT, 49_801, PORT, CALLS))[PORT]
    assert (service, confidence) == ("windows-rpc", "confirmed")
    assert detail.startswith("calls whose bind was not recorded")


def test_calls_without_a_bind_have_the_interface_that_the_server_handed_the_port_out_for(tmp_path):
    for client in (CLIENT, OTHER):
        found = named(tmp_path, connection(CLIENT, 49_801, PORT, CALLS), asks_mapper(client))
        service, confidence, detail, others = found[PORT]
        assert (service, confidence) == ("windows-rpc/drsuapi", "announced")
        assert "handed out in frame 6" in detail
        assert others == "windows-rpc"


def test_a_bind_names_a_flow_whatever_its_endpoint_was_handed_out_for(tmp_path):
    binds = rpc.bind((0, rpc.SVCCTL, rpc.NDR)), rpc.bind_ack((0, 0, rpc.NDR))
    flow = connection(CLIENT, 49_801, PORT, [binds, *CALLS])
    service, confidence, _, others = named(tmp_path, flow, asks_mapper(CLIENT))[PORT]
    assert (service, confidence) == ("windows-rpc/svcctl", "confirmed")
    assert others == "windows-rpc/drsuapi"
