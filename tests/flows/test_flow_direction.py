"""Who asked: one case a rung of the ladder, and the cases that others get wrong."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier import catalogue
from classifier.flows import direction
from classifier.flows.direction import RUNGS, best_claims, was_seen
from classifier.flows.oriented import orient
from classifier.model import KNOWN_DIRECTION, DirectionBasis
from reading import oriented, read
from wire import (
    A4,
    ACK,
    B4,
    RST,
    START,
    SYN,
    ethernet,
    ethernet6,
    icmp,
    ipv4,
    ipv6,
    pcap,
    sctp,
    tcp,
    udp,
)

HOST, OTHER = "10.0.0.5", "10.0.0.9"
PROTOCOLS = {"tcp": (tcp, 6), "udp": (udp, 17), "sctp": (sctp, 132)}

Decision = tuple[str, str, str]
"""client, server, basis; endpoints as address:port"""


def sent(source: str, destination: str, transport: str = "udp", flags: int = ACK) -> bytes:
    """A frame from ``address:port`` to ``address:port``."""
    build, protocol = PROTOCOLS[transport]
    (host, port), (to, to_port) = (end.rsplit(":", 1) for end in (source, destination))
    number = 0 if flags == SYN else 1
    arguments = {"flags": flags, "seq": number} if transport == "tcp" else {}
    segment = build(int(port), int(to_port), b"x", **arguments)  # type: ignore[operator]
    if ":" in host:
        return ethernet6(ipv6(segment, host, to, next_header=protocol))
    return ethernet(ipv4(segment, host, to, protocol=protocol))


def decided(*frames: bytes) -> list[Decision]:
    """Client, server and basis of each flow."""
    result = read(pcap([(START + number, frame) for number, frame in enumerate(frames)]))
    return [
        (
            f"{flow.client_ip}:{flow.client_port}",
            f"{flow.server_ip}:{flow.server_port}",
            str(flow.direction_basis),
        )
        for flow in oriented(result).itertuples()
    ]


def from_to(client: str, server: str, basis: str, *frames: bytes) -> None:
    assert decided(*frames) == [(client, server, basis)]


# One case a rung

LOW, HIGH = f"{HOST}:40000", f"{OTHER}:33000"
RUNG_CASES = {
    "syn": (LOW, HIGH, [sent(LOW, HIGH, "tcp", SYN)]),
    "syn_ack": (LOW, HIGH, [sent(HIGH, LOW, "tcp", SYN | ACK)]),
    "group": (f"{HOST}:7", "239.1.2.3:9", [sent(f"{HOST}:7", "239.1.2.3:9")]),
    "several_peers": (
        f"{HOST}:40000",
        f"{OTHER}:41000",
        [sent(f"{HOST}:{port}", f"{OTHER}:41000") for port in (40000, 40001, 40002)],
    ),
    "ephemeral_band": (f"{HOST}:49200", f"{OTHER}:9999", [sent(f"{OTHER}:9999", f"{HOST}:49200")]),
    "catalogue": (f"{HOST}:2000", f"{OTHER}:5060", [sent(f"{OTHER}:5060", f"{HOST}:2000")]),
    "lower_port": (f"{HOST}:3001", f"{OTHER}:3000", [sent(f"{OTHER}:3000", f"{HOST}:3001")]),
    "first_packet": (f"{HOST}:3000", f"{OTHER}:3000", [sent(f"{HOST}:3000", f"{OTHER}:3000")]),
}


@pytest.mark.parametrize("basis", RUNG_CASES)
def test_each_rung_decides_what_the_stronger_ones_leave_open(basis: str) -> None:
    client, server, frames = RUNG_CASES[basis]
    assert decided(*frames)[0] == (client, server, basis)


def test_a_port_in_the_band_serves_where_the_other_one_has_a_weaker_claim() -> None:
    ports = catalogue.load(()).ports
    ranks = best_claims(ports, "udp")
    weak = next(port for port in range(1024, 32768) if 0 < ranks[port] < 255)
    assert ranks[51820] == 0
    result = read(pcap([(START, sent(f"{HOST}:{weak}", f"{OTHER}:51820"))]))
    flows = orient(result.columns, ports, ["t.pcap"], result.tunnels)
    assert flows.side("port", client=False).tolist() == [51820]
    assert RUNGS[int(flows.rung[0])][0] is DirectionBasis.CATALOGUE


def test_an_icmp_query_tells_who_asked_whoever_was_seen_first() -> None:
    asked = ethernet(ipv4(icmp(8, ident=1), HOST, OTHER, protocol=1))
    answered = ethernet(ipv4(icmp(0, ident=1), OTHER, HOST, protocol=1))
    for frames in ([asked, answered], [answered, asked], [asked], [answered]):
        client, server, basis = decided(*frames)[0]
        assert (client[:8], server[:8], basis) == ("10.0.0.5", "10.0.0.9", "payload_role")


def test_there_is_a_case_for_every_rung() -> None:
    # what was announced is told later: tests/endpoints/test_settling.py
    tested = {*RUNG_CASES, DirectionBasis.PAYLOAD_ROLE, DirectionBasis.ANNOUNCED}
    assert tested == {basis.value for basis, _ in RUNGS}


def test_protocols_without_ports_are_decided_by_the_first_packet() -> None:
    for number in (47, 50, 89):
        frames = [
            ethernet(ipv4(b"\0\0\0\0" + bytes(8), OTHER, HOST, protocol=number)),
            ethernet(ipv4(b"\0\0\0\0" + bytes(8), HOST, OTHER, protocol=number)),
        ]
        client, _, basis = decided(*frames)[0]
        assert (client, basis) == (f"{OTHER}:<NA>", "first_packet")


# What others get wrong


@pytest.mark.parametrize("port", [53, 5060, 80, 443, 20])
@pytest.mark.parametrize("first", [True, False])
def test_a_syn_from_a_well_known_port_is_from_the_client(port: int, *, first: bool) -> None:
    client, server = f"{HOST}:{port}", f"{OTHER}:8888"
    frames = [sent(client, server, "tcp", SYN), sent(server, client, "tcp", SYN | ACK)]
    from_to(client, server, "syn", *(frames if first else frames[::-1]))


def test_if_both_sent_a_syn_the_first_one_asked() -> None:
    one, two = f"{HOST}:500", f"{OTHER}:80"
    frames = [sent(two, one, "tcp", SYN), sent(one, two, "tcp", SYN)]
    assert decided(*frames)[0] == (two, one, "syn")


def test_a_reset_from_the_server_does_not_turn_the_direction() -> None:
    client, server = f"{HOST}:80", f"{OTHER}:50000"
    frames = [sent(client, server, "tcp", SYN), sent(server, client, "tcp", RST | ACK)]
    from_to(client, server, "syn", *frames)


def test_ntp_from_port_123_to_many_servers_is_asked_by_the_one() -> None:
    servers = [f"192.0.2.{number}:123" for number in range(1, 9)]
    frames = [sent(f"{HOST}:123", server) for server in servers]
    frames += [sent(server, f"{HOST}:123") for server in servers]
    for client, server, _ in decided(*frames):
        assert (client, server) == (f"{HOST}:123", server)
        assert server in servers


def test_many_clients_of_an_ntp_server_all_ask_it() -> None:
    frames = []
    for number in range(1, 9):
        client = f"192.0.2.{number}:{123 if number % 2 else 40000 + number}"
        frames += [sent(client, f"{HOST}:123"), sent(f"{HOST}:123", client)]
    assert {server for _, server, _ in decided(*frames)} == {f"{HOST}:123"}


def test_a_scanner_with_a_fixed_source_port_is_the_client_of_every_port_it_tries() -> None:
    ports = (21, 22, 23, 53, 80, 443, 5060, 8080)
    scanner = f"{HOST}:53000"
    syns = [sent(scanner, f"{OTHER}:{port}", "tcp", SYN) for port in ports]
    probes = [sent(scanner, f"{OTHER}:{port}") for port in ports]
    for frames in (syns, probes):
        assert {client for client, _, _ in decided(*frames)} == {scanner}


def test_answers_of_a_resolver_alone_are_still_answers() -> None:
    answers = [sent(f"{OTHER}:53", f"{HOST}:{port}") for port in (50001, 50002)]
    assert {server for _, server, _ in decided(*answers)} == {f"{OTHER}:53"}


def test_a_dhcp_offer_to_everybody_comes_from_the_server() -> None:
    discover = sent("0.0.0.0:68", "255.255.255.255:67")
    offer = sent(f"{OTHER}:67", "255.255.255.255:68")
    from_to("0.0.0.0:68", "255.255.255.255:67", "group", discover)
    from_to("255.255.255.255:68", f"{OTHER}:67", "group", offer)


def test_a_search_for_devices_asks_the_group_and_the_device_answers_the_searcher() -> None:
    search = sent(f"{HOST}:50000", "239.255.255.250:1900")
    notify = sent(f"{OTHER}:1900", "239.255.255.250:1900")
    answer = sent(f"{OTHER}:1900", f"{HOST}:50000")
    from_to(f"{HOST}:50000", "239.255.255.250:1900", "group", search)
    from_to(f"{OTHER}:1900", "239.255.255.250:1900", "group", notify)
    from_to(f"{HOST}:50000", f"{OTHER}:1900", "ephemeral_band", answer)


@pytest.mark.parametrize(
    ("host", "group"), [(HOST, "224.0.0.251"), ("fd00::5", "ff02::fb"), (HOST, "255.255.255.255")]
)
def test_a_group_is_never_the_client_of_its_own_port(host: str, group: str) -> None:
    from_to(f"{host}:5353", f"{group}:5353", "group", sent(f"{host}:5353", f"{group}:5353"))


def test_a_server_with_many_clients_is_found_in_the_middle_of_connections() -> None:
    server = f"{OTHER}:45000"
    clients = [f"10.0.1.{number}:{40000 + number}" for number in range(1, 6)]
    frames = [sent(clients[0], server, "tcp"), sent(clients[1], server, "tcp")]
    frames += [frame for c in clients[2:] for frame in
               (sent(c, server, "tcp"), sent(server, c, "tcp"))]  # fmt: skip
    frames += [sent(server, clients[0], "tcp"), sent(server, clients[1], "tcp")]
    assert {(found[1], found[2]) for found in decided(*frames)} == {(server, "several_peers")}


def test_a_server_that_is_spoken_to_by_many_ports_is_the_server() -> None:
    server = f"{OTHER}:45000"
    frames = [sent(f"10.0.1.{n}:{50000 + n}", server, "tcp") for n in range(1, 6)]
    assert {(found[1], found[2]) for found in decided(*frames)} == {(server, "several_peers")}


def test_if_both_ports_are_in_the_catalogue_the_better_claim_is_the_servers() -> None:
    from_to(f"{HOST}:7001", f"{OTHER}:80", "catalogue", sent(f"{OTHER}:80", f"{HOST}:7001", "tcp"))


def test_between_two_claims_that_are_as_good_the_lower_port_decides() -> None:
    from_to(f"{HOST}:5060", f"{OTHER}:53", "lower_port", sent(f"{OTHER}:53", f"{HOST}:5060"))


def test_a_high_port_that_a_service_owns_is_not_the_clients() -> None:
    from_to(f"{HOST}:3000", f"{OTHER}:50000", "catalogue",
            sent(f"{OTHER}:50000", f"{HOST}:3000", "tcp"))  # fmt: skip
    from_to(f"{HOST}:50000", f"{OTHER}:80", "ephemeral_band",
            sent(f"{OTHER}:80", f"{HOST}:50000", "tcp"))  # fmt: skip


def test_two_unknown_ports_are_decided_by_the_lower_one() -> None:
    from_to(f"{HOST}:60000", f"{OTHER}:50500", "lower_port",
            sent(f"{OTHER}:50500", f"{HOST}:60000"))  # fmt: skip


def test_sctp_ports_are_looked_up_too() -> None:
    from_to(f"{HOST}:2905", f"{OTHER}:3868", "catalogue",
            sent(f"{OTHER}:3868", f"{HOST}:2905", "sctp"))  # fmt: skip


def test_the_decision_does_not_depend_on_which_host_has_the_smaller_address() -> None:
    for one, two in ((A4, B4), (B4, A4)):
        for client, server, frames in RUNG_CASES.values():
            swap = {HOST: one, OTHER: two}
            renamed = []
            for frame in frames:
                for old, new in swap.items():
                    frame = frame.replace(packed(old), b"<" + new.encode() + b">")  # noqa: PLW2901
                for new in swap.values():
                    frame = frame.replace(b"<" + new.encode() + b">", packed(new))  # noqa: PLW2901
                renamed.append(frame)
            found = decided(*renamed)[0]
            assert found[0] == client.replace(HOST, one)
            assert found[1] == server.replace(OTHER, two)


def test_the_rungs_that_saw_who_asked_are_told_from_the_others() -> None:
    seen = [basis in KNOWN_DIRECTION for basis, _ in RUNGS]
    assert was_seen(np.arange(len(RUNGS), dtype=np.int8)).tolist() == seen


ENDS = st.tuples(st.sampled_from((HOST, OTHER, "10.0.0.7")), st.integers(40_000, 40_004))


@given(st.lists(st.tuples(ENDS, ENDS).filter(lambda pair: pair[0] != pair[1]), max_size=16))
def test_peers_are_counted_as_if_every_row_were_looked_at(pairs: list[tuple[object, ...]]) -> None:
    frames = [sent(*("{}:{}".format(*end) for end in pair)) for pair in pairs]  # type: ignore[misc]
    decision = decided(*frames)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(direction, "_near_many", lambda hosts, _: np.arange(len(hosts[0])))
        assert decided(*frames) == decision


def packed(address: str) -> bytes:
    return bytes(int(part) for part in address.split("."))
