from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from classifier.model import Finding


def carried(number: int, **more: Any) -> dict[str, Any]:
    bare = {"transport": "ip", "ip_protocol": number, "server_port": None, "client_port": None}
    return bare | more


@pytest.mark.parametrize(
    ("row", "severity", "title"),
    [
        (carried(89), "info", "IP protocol 89 (OSPFIGP) is not explained"),
        (carried(200), "low", "IP protocol 200 is not explained"),
        (carried(253), "low", "IP protocol 253 (experiment-1) is not explained"),
        (carried(200, server_ip="198.51.100.7"), "medium", "IP protocol 200 is not explained"),
    ],
)
def test_an_unexplained_protocol_is_worse_where_nobody_assigned_it(
    find: Callable[..., tuple[Finding, ...]], row: dict[str, Any], severity: str, title: str
) -> None:
    (found,) = find(row, kind="protocols")
    assert (found.severity.word, found.title) == (severity, title)


def test_a_protocol_with_a_service_is_explained(find: Callable[..., tuple[Finding, ...]]) -> None:
    assert find(carried(89, service="web"), {"ip_protocol": 6}, kind="protocols") == ()


def test_flows_of_one_protocol_are_one_finding(find: Callable[..., tuple[Finding, ...]]) -> None:
    found = find(carried(200), carried(201), carried(200, server_ip="10.0.0.9"), kind="protocols")
    assert sorted(one.flows for one in found) == [(1, 3), (2,)]
