from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classifier.findings import scan

if TYPE_CHECKING:
    from collections.abc import Callable

    from classifier.model import Finding

SILENT = {"state": "S0", "server_packets": 0, "client_payload": 0, "client_flags": "S"}
REFUSED = {"state": "REJ", "server_packets": 1, "client_payload": 0, "client_flags": "S"}


def hosts(count: int, **more: Any) -> list[dict[str, Any]]:
    servers = [f"10.1.{number // 250}.{number % 250}" for number in range(count)]
    return [SILENT | {"server_ip": server, "server_port": 445} | more for server in servers]


def ports(count: int, **more: Any) -> list[dict[str, Any]]:
    return [REFUSED | {"server_port": 1000 + number} | more for number in range(count)]


@pytest.mark.parametrize(
    ("rows", "severity"),
    [
        (hosts(25), "medium"),
        (hosts(24), None),
        (ports(25), "medium"),
        (ports(24), None),
        (hosts(250), "high"),
        (ports(250), "high"),
        (hosts(25, client_ip="198.51.100.7"), "low"),
        (hosts(25, transport="udp"), None),
        (hosts(25, client_payload=1), None),
        (hosts(25) + [row | {"state": "SF", "server_packets": 3} for row in hosts(25)], None),
        ([SILENT] * 100, None),
    ],
    ids=[
        "hosts",
        "too few hosts",
        "ports",
        "too few ports",
        "very many hosts",
        "very many ports",
        "from the internet",
        "udp",
        "one side of real connections",
        "succeeded on a second try",
        "one dead server over and over",
    ],
)
def test_a_client_that_tries_much_in_vain_scans(
    find: Callable[..., tuple[Finding, ...]], rows: list[dict[str, Any]], severity: str | None
) -> None:
    assert [one.severity.word for one in find(*rows, kind="scan")] == (
        [severity] if severity else []
    )


def test_a_client_that_mostly_succeeds_does_not_scan(
    find: Callable[..., tuple[Finding, ...]],
) -> None:
    served = [row | {"state": "SF", "server_packets": 3} for row in hosts(60)]
    assert find(*hosts(60)[:29], *served[29:], kind="scan") == ()
    assert len(find(*hosts(60)[:30], *served[30:], kind="scan")) == 1


def test_one_finding_holds_all_that_a_client_tried(
    find: Callable[..., tuple[Finding, ...]],
) -> None:
    grid = [row | {"server_port": port} for row in hosts(30) for port in (22, 445)]
    (found,) = find(*grid, *ports(30, server_ip="10.2.0.1"), SILENT, kind="scan")
    assert found.flow_count == 90
    assert found.conditions[:3] == (
        "In vain on tcp/22: 30 of 30 hosts.",
        "In vain on tcp/445: 30 of 30 hosts.",
        "In vain on 10.2.0.1: 30 of 30 ports.",
    )
    assert "ip.addr == 10.0.0.1" in found.next_steps[0]


def test_clients_beyond_the_twentieth_share_one_finding(
    find: Callable[..., tuple[Finding, ...]],
) -> None:
    rows = [row for number in range(23) for row in hosts(25, client_ip=f"10.9.0.{number}")]
    found = find(*rows, kind="scan")
    assert len(found) == 21
    assert found[-1].title.startswith("3 more clients")
    assert found[-1].flow_count == 75


runs = st.lists(
    st.tuples(
        st.sampled_from([hosts, ports]),
        st.integers(20, 60),
        st.sampled_from(["10.0.0.1", "10.0.0.2", "198.51.100.7"]),
        st.sampled_from([{}, {"server_port": 22}, {"server_ip": "10.1.0.1"}]),
        st.sampled_from([{}, {"state": "SF", "server_packets": 3, "client_flags": "SA"}]),
    ),
    max_size=5,
)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30
)
@given(runs=runs)
def test_what_cannot_be_a_scan_is_left_out_without_a_difference(
    find: Callable[..., tuple[Finding, ...]], runs: list[Any]
) -> None:
    rows = [
        row
        for make, count, client, where, how in runs
        for row in make(count, client_ip=client, **where, **how)
    ]
    found = find(*rows, kind="scan")
    everything = patch.object(scan, "_suspicious", lambda seen: np.arange(len(seen.flows)))
    with everything:
        assert find(*rows, kind="scan") == found
