from __future__ import annotations

from typing import Any

import pytest
from checking import check, judge

from build import flow_table
from classifier import catalogue, policy
from classifier.policy import Verdict

INSIDE, OUTSIDE = "192.168.1.10", "198.51.100.7"
SERVER = "192.168.1.2"
FLAG = "trojan-overlap"


@pytest.fixture(scope="module")
def known() -> catalogue.Catalogue:
    return catalogue.load()


@pytest.fixture(scope="module")
def shipped(known: catalogue.Catalogue) -> policy.Policy:
    return policy.load(None, known)


def flow(client: str, server: str, port: str, **more: Any) -> dict[str, Any]:
    transport, _, number = port.partition("/")
    protocol = {"tcp": 6, "udp": 17}[transport]
    sides = {"client_ip": client, "server_ip": server, "server_port": int(number)}
    return sides | {"transport": transport, "ip_protocol": protocol} | more


@pytest.mark.parametrize(
    ("client", "server", "port", "rule", "severity"),
    [
        (INSIDE, OUTSIDE, "tcp/25", "smtp-out", "medium"),
        (INSIDE, SERVER, "tcp/109", "obsolete-mail", "low"),
        (INSIDE, OUTSIDE, "tcp/585", "obsolete-mail", "low"),
        (INSIDE, OUTSIDE, "tcp/135", "rpc-mapper-edge", "high"),
        (OUTSIDE, INSIDE, "tcp/135", "rpc-mapper-edge", "high"),
        (OUTSIDE, INSIDE, "tcp/445", "smb-edge", "high"),
        (INSIDE, OUTSIDE, "udp/137", "netbios-edge", "low"),
        (OUTSIDE, INSIDE, "tcp/3260", "iscsi-edge", "high"),
        (INSIDE, OUTSIDE, "udp/3205", "iscsi-edge", "high"),
        (OUTSIDE, INSIDE, "tcp/3389", "rdp-in", "high"),
        (INSIDE, OUTSIDE, "tcp/23", "cleartext-remote-edge", "medium"),
        (OUTSIDE, INSIDE, "udp/1900", "upnp-edge", "medium"),
        ("fd00::1", "2001:db8::7", "tcp/445", "smb-edge", "high"),
    ],
)
def test_what_the_sources_advise_against_is_a_violation(
    shipped: policy.Policy,
    known: catalogue.Catalogue,
    *,
    client: str,
    server: str,
    port: str,
    rule: str,
    severity: str,
) -> None:
    table = check(flow_table(flow(client, server, port)), shipped, known)
    assert table[["rule", "severity", "verdict"]].values.tolist() == [[rule, severity, "violation"]]


@pytest.mark.parametrize(
    ("client", "server", "port"),
    [(OUTSIDE, INSIDE, "udp/53"), (INSIDE, OUTSIDE, "tcp/12345"), (OUTSIDE, INSIDE, "tcp/3410")],
)
def test_what_proves_nothing_is_a_hint(
    shipped: policy.Policy, known: catalogue.Catalogue, client: str, server: str, port: str
) -> None:
    table = check(flow_table(flow(client, server, port)), shipped, known)
    assert table[["verdict", "severity"]].values.tolist() == [["hint", "low"]]


ORDINARY = [
    *(flow(INSIDE, SERVER, f"tcp/{port}") for port in (25, 88, 135, 139, 389, 445, 3128, 3389)),
    *(flow(INSIDE, SERVER, f"udp/{port}") for port in (53, 67, 88, 123, 137, 138, 389)),
    *(flow(INSIDE, SERVER, f"tcp/{port}") for port in (12345, 10000, 49670, 5900, 3260, 23)),
    *(flow(INSIDE, OUTSIDE, f"tcp/{port}") for port in (22, 80, 443, 465, 587, 993, 995, 3389)),
    *(flow(INSIDE, OUTSIDE, f"udp/{port}") for port in (53, 123, 443, 3478, 4500, 500)),
    *(flow(INSIDE, group, "udp/1900") for group in ("239.255.255.250", "ff02::c")),
    flow(INSIDE, "224.0.0.251", "udp/5353"),
    flow("0.0.0.0", "255.255.255.255", "udp/67"),
    flow("fe80::1", "ff02::1:2", "udp/547"),
    flow(INSIDE, "192.168.1.255", "udp/137"),
    flow("169.254.7.7", "169.254.255.255", "udp/138"),
    flow(INSIDE, "100.64.0.1", "tcp/445"),
    flow(OUTSIDE, INSIDE, "tcp/443"),
]


@pytest.mark.parametrize(
    "row", ORDINARY, ids=lambda row: f"{row['server_ip']}-{row['server_port']}"
)
def test_ordinary_office_traffic_is_allowed(
    shipped: policy.Policy, known: catalogue.Catalogue, row: dict[str, Any]
) -> None:
    judged = judge(flow_table(row), shipped, known)
    assert Verdict(judged.verdict[0]) is Verdict.ALLOWED


def test_every_rule_says_why_and_where_the_advice_comes_from(shipped: policy.Policy) -> None:
    for rule in shipped.rules:
        assert rule.why.endswith("."), rule.id
        assert rule.source.partition("#")[0] in ("datastorm", "KB832017", "project"), rule.id


def test_the_catalogue_flags_ports_that_the_shipped_policy_asks_for(
    known: catalogue.Catalogue,
) -> None:
    flagged = {(transport, low) for transport, low, high in known.marked.ports[FLAG]}
    assert {("tcp", 1080), ("tcp", 12345), ("tcp", 3410)} <= flagged
