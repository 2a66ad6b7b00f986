from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from classifier.catalogue import Catalogue, Port, Service
from classifier.findings import mismatch

if TYPE_CHECKING:
    from collections.abc import Callable

    from classifier.model import Finding

TCP = ("tcp",)
OUTSIDE = "198.51.100.7"


def entry(name: str, *ports: Port, **more: Any) -> Service:
    return Service(id=name, name=name.upper(), port=ports, **{"family": "web", **more})


@pytest.fixture
def on(find: Callable[..., tuple[Finding, ...]], catalogue: Catalogue) -> Callable[..., Any]:
    """Findings about flows (service, port) whose payload is known."""
    knowledge = replace(
        catalogue,
        flags={"tls": "encrypted", "remote-control": "controls"},
        services=(
            *catalogue.services,
            entry("http", Port(TCP, (80,))),
            entry("tls"),
            entry("https", Port(TCP, (443,)), flags=("tls",)),
            entry("ssh", Port(TCP, (22,)), family="remote-access", flags=("remote-control",)),
            entry("search", Port(TCP, (9200,)), rides_on=("http",)),
            entry("database", Port(TCP, (5432,))),
            entry("one", Port(TCP, (7000,))),
            entry("two", Port(TCP, (7000,)), Port(TCP, (7001,), strength="secondary")),
            entry("wide", Port(TCP, ("8000-8100",))),
            entry("windows-rpc"),
            entry("epmap", Port(TCP, (135,)), speaks=("windows-rpc",)),
            entry("windows-rpc/samr"),
        ),
    )

    def on(*flows: tuple[str, int], **more: Any) -> tuple[Finding, ...]:
        rows = [
            {"basis": "payload", "confidence": "confirmed", "service": s, "server_port": p, **more}
            for s, p in flows
        ]
        return find(*rows, kind="mismatch", knowledge=knowledge)

    return on


@pytest.mark.parametrize(
    ("service", "port", "server", "severity", "why"),
    [
        ("ssh", 443, "10.0.0.2", "low", "SSH gives control over a machine."),
        ("ssh", 443, OUTSIDE, "medium", "SSH gives control over a machine."),
        ("http", 443, OUTSIDE, "low", "encrypted traffic, and this is not encrypted"),
        ("http", 22, OUTSIDE, "low", "Ports below 1024"),
        ("http", 5432, OUTSIDE, "info", "From port 1024 on"),
        ("ssh", 5432, OUTSIDE, "info", "From port 1024 on"),
    ],
)
def test_how_grave_it_is_depends_on_the_service_and_the_port(
    on: Callable[..., Any], service: str, port: int, server: str, severity: str, why: str
) -> None:
    (found,) = on((service, port), server_ip=server)
    assert found.severity.word == severity
    assert why in found.conditions[1]


def test_the_finding_names_both_sides_of_the_matter(on: Callable[..., Any]) -> None:
    (found,) = on(("ssh", 443), detail="SSH banner")
    assert found.title == "SSH on tcp/443, the port of HTTPS"
    assert found.conditions[0] == ("The payload shows SSH: SSH banner. The port is that of HTTPS.")
    assert "tcp.port == 443" in found.next_steps[0]


@pytest.mark.parametrize(
    ("service", "port"),
    [
        ("https", 443),  # what one expects
        ("ssh", 12345),  # a port of nobody
        ("http", 9200),  # what the port's service rides on
        ("tls", 443),  # what it speaks
        ("windows-rpc/samr", 135),  # a part of what it speaks
        ("ssh", 7000),  # a port of several
        ("ssh", 7001),  # a port of nobody in the first place
        ("ssh", 8050),  # a range
    ],
)
def test_what_is_no_mismatch(on: Callable[..., Any], service: str, port: int) -> None:
    assert on((service, port)) == ()


def test_a_port_alone_is_never_a_mismatch(on: Callable[..., Any]) -> None:
    assert on(("ssh", 443), basis="port", confidence="assigned") == ()
    assert on(("ssh", 443), confidence="possible") == ()
    assert on(("ssh", 443), transport="udp") == ()


def test_flows_of_one_service_on_one_port_are_one_finding(on: Callable[..., Any]) -> None:
    found = on(("ssh", 443), ("ssh", 443), ("ssh", 80))
    assert sorted(one.flows for one in found) == [(1, 2), (3,)]


def test_the_gravest_are_listed_and_the_others_share_a_finding(
    on: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mismatch, "KINDS_LISTED", 1)
    flows = ("http", 443), ("http", 22), ("ssh", 5432)
    found = on(*flows, server_ip=OUTSIDE)
    (others,) = (one for one in found if one.title == "2 more services on ports of others")
    (listed,) = set(found) - {others}
    assert (listed.flow_count, others.flow_count, len(others.flows)) == (1, 2, 2)
