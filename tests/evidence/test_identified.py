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


def named(tmp_path, *connections, key="server_port"):
    """Service, confidence, detail and losing candidates, by one of the ports."""
    capture = tmp_path / "a.pcap"
    capture.write_bytes(wire.pcap_of(*(frame for each in connections for frame in each)))
    flows = classifier.read(capture).flows
    return {
        getattr(row, key): (row.service, row.confidence, row.detail, row.alternatives)
        for row in flows.itertuples()
    }


EXCHANGE = "a4f1db00-ca47-1067-b31f-00dd010662da"
CALLS = [(rpc.request(1, b"\0" * 8), rpc.response(b"\0" * 8))]


def asks_mapper(client, interface=rpc.DRSUAPI):
    binds = rpc.bind((0, rpc.MAPPER, rpc.NDR)), rpc.bind_ack((0, 0, rpc.NDR))
    mapped = rpc.mapped(rpc.tower(interface, PORT, SERVER))
    maps = rpc.request(3, rpc.ept_map(rpc.tower(interface, 0))), rpc.response(mapped)
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


def test_an_interface_that_is_a_service_of_its_own_counts_as_one(tmp_path):
    flow = connection(CLIENT, 49_801, PORT, CALLS)
    service, confidence, _, others = named(tmp_path, flow, asks_mapper(CLIENT, EXCHANGE))[PORT]
    assert (service, confidence, others) == ("exchange-store", "announced", "windows-rpc")


def test_calls_without_a_bind_have_the_interface_that_others_bound_to_on_that_port(tmp_path):
    binds = rpc.bind((0, rpc.SVCCTL, rpc.NDR)), rpc.bind_ack((0, 0, rpc.NDR))
    flow = connection(CLIENT, 49_801, PORT, CALLS)
    other = connection(OTHER, 49_802, PORT, [binds, *CALLS])
    found = named(tmp_path, flow, other, key="client_port")
    service, confidence, detail, others = found[49_801]
    assert (service, confidence, others) == ("windows-rpc/svcctl", "likely", "windows-rpc")
    assert "frame 3" in detail


def test_a_bind_names_a_flow_whatever_its_endpoint_was_handed_out_for(tmp_path):
    binds = rpc.bind((0, rpc.SVCCTL, rpc.NDR)), rpc.bind_ack((0, 0, rpc.NDR))
    flow = connection(CLIENT, 49_801, PORT, [binds, *CALLS])
    service, confidence, _, others = named(tmp_path, flow, asks_mapper(CLIENT))[PORT]
    assert (service, confidence) == ("windows-rpc/svcctl", "confirmed")
    assert others == "windows-rpc/drsuapi"
