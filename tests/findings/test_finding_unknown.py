from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from classifier.model import Finding

NAMED = {"service": "web", "confidence": "assigned", "client_bytes": 0}
UNKNOWN = {"client_bytes": 0}
OUTSIDE = "198.51.100.7"


def sized(size: int, **more: Any) -> dict[str, Any]:
    return UNKNOWN | {"server_bytes": size} | more


@pytest.mark.parametrize(
    ("size", "severity", "title"),
    [(99, "info", "9.9 % of the bytes"), (100, "low", "10.0 % of the bytes")],
)
def test_the_share_of_unknown_bytes_sets_the_severity(
    find: Callable[..., tuple[Finding, ...]], size: int, severity: str, title: str
) -> None:
    rows = (sized(size, server_packets=0), NAMED | {"server_bytes": 1000 - size})
    (found,) = find(*rows, kind="unknown")
    assert found.severity.word == severity
    assert found.title.startswith(title)
    assert (found.flows, found.flow_count, found.bytes) == ((1,), 1, size)


def test_where_everything_has_a_name_there_is_nothing_to_find(
    find: Callable[..., tuple[Finding, ...]],
) -> None:
    assert find(NAMED | {"server_bytes": 5}) == ()
    assert find() == ()


@pytest.mark.parametrize(
    ("size", "whole", "server", "severity"),
    [
        (1_000_000, 10_000_000, OUTSIDE, "medium"),
        (1_000_000, 10_000_001, OUTSIDE, "low"),
        (999_999, 2_000_000, OUTSIDE, "low"),
        (2_000_000, 10_000_000, "10.0.0.9", "info"),
        (99_999, 10_000_000, OUTSIDE, None),
    ],
)
def test_an_endpoint_on_the_internet_weighs_more(
    find: Callable[..., tuple[Finding, ...]],
    *,
    size: int,
    whole: int,
    server: str,
    severity: str | None,
) -> None:
    rows = (sized(size, server_ip=server), NAMED | {"server_bytes": whole - size})
    found = [one for one in find(*rows, kind="unknown") if "Unknown service" in one.title]
    assert [one.severity.word for one in found] == ([severity] if severity else [])


def test_only_the_five_largest_endpoints_that_answered_are_named(
    find: Callable[..., tuple[Finding, ...]],
) -> None:
    rows = [sized(1000 + port, server_port=port) for port in range(100, 108)]
    rows.append(sized(9000, server_port=99, server_packets=0))
    titles = [one.title for one in find(*rows, kind="unknown")[1:]]
    assert [title.split()[2] for title in titles] == [f"tcp/{n}" for n in (107, 106, 105, 104, 103)]


def test_an_endpoint_gathers_its_flows_and_shows_the_first_bytes(
    find: Callable[..., tuple[Finding, ...]],
) -> None:
    heads = pd.DataFrame(
        {"client_head": [b"HELO" * 20], "server_head": [b""]}, index=[2], dtype=object
    )
    rows = (sized(10), sized(20, client_ip="10.0.0.3"), sized(5, transport="udp"))
    found = [one for one in find(*rows, kind="unknown", heads=heads) if "tcp/443" in one.title]
    assert [(one.flows, one.flow_count, one.bytes) for one in found] == [((2, 1), 2, 30)]
    shown = [text for text in found[0].conditions if text.startswith("First bytes")]
    assert shown == [f"First bytes from the client (flow 2): {' '.join(['48 45 4c 4f'] * 4)}"]
    assert "ip.addr == 10.0.0.2 && tcp.port == 443" in found[0].next_steps[0]


def test_flows_without_ports_are_in_the_sum_and_no_endpoint(
    find: Callable[..., tuple[Finding, ...]],
) -> None:
    found = find(sized(10, transport="ip", ip_protocol=89, server_port=None), kind="unknown")
    assert [one.title for one in found] == ["100.0 % of the bytes have no name"]


def test_an_endpoint_among_many_small_ones_of_a_large_server_is_still_found(
    find: Callable[..., tuple[Finding, ...]],
) -> None:
    small = [sized(1, server_ip="10.0.0.9", server_port=1000 + n) for n in range(50)]
    other = [sized(1, server_ip=f"10.1.0.{n}", server_port=7) for n in range(20)]
    large = sized(20, server_ip="10.0.0.9", server_port=9)
    _, found = find(*small, *other, large, NAMED | {"server_bytes": 60}, kind="unknown")
    assert found.title.startswith("Unknown service tcp/9 on 10.0.0.9:")


def test_where_nothing_has_bytes_every_endpoint_counts(
    find: Callable[..., tuple[Finding, ...]],
) -> None:
    assert len(find(*(sized(0, server_port=n) for n in (7, 8)), kind="unknown")) == 3


def test_bytes_of_many_flows_are_added_piece_by_piece(
    find: Callable[..., tuple[Finding, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("classifier.findings.seen.PIECE", 2)
    found = find(*(sized(size) for size in (1, 20, 300, 4000, 50000)), kind="unknown")[0]
    assert found.bytes == 54321
