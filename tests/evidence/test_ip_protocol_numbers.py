from __future__ import annotations

import pytest
from weighing import CLIENT, SERVER, datagram, named

from wire import ethernet, ethernet6, icmp, ipv4, ipv6


def one(frame: bytes):
    (only,) = named(frame)
    return only


def test_a_protocol_number_is_its_own_name() -> None:
    verdict = one(ethernet(ipv4(b"\0\0\x88\xcc" + bytes(8), protocol=47)))
    assert verdict.short == ("gre", "assigned", "ip_protocol")


def test_a_number_without_a_service_is_unknown_with_its_name() -> None:
    ospf = one(ethernet(ipv4(bytes(20), protocol=89)))
    assert (ospf.short, ospf.detail) == (("unknown", "unknown", "none"), "IP protocol 89 (OSPFIGP)")
    assert one(ethernet(ipv4(bytes(20), protocol=200))).detail == "IP protocol 200, not assigned"


@pytest.mark.parametrize(
    ("kind", "detail"),
    [(8, "echo"), (0, "echo"), (3, "destination unreachable"), (5, "redirect"), (13, "timestamp"),
     (11, "time exceeded"), (200, "")],
)  # fmt: skip
def test_the_icmp_type_is_told_in_words(kind: int, detail: str) -> None:
    verdict = one(ethernet(ipv4(icmp(kind, ident=1), CLIENT, SERVER, protocol=1)))
    assert (verdict.short, verdict.detail) == (("icmp", "assigned", "ip_protocol"), detail)


@pytest.mark.parametrize(
    ("kind", "detail"),
    [(128, "echo"), (129, "echo"), (135, "neighbour solicitation"), (2, "packet too big"),
     (143, "multicast listener report v2")],
)  # fmt: skip
def test_the_icmpv6_type_is_told_in_words(kind: int, detail: str) -> None:
    verdict = one(ethernet6(ipv6(icmp(kind), next_header=58)))
    assert (verdict.service, verdict.detail) == ("icmp6", detail)


def test_transports_with_ports_are_not_named_by_their_number() -> None:
    assert one(datagram(9999)).short == ("unknown", "unknown", "none")


def test_each_flow_has_the_detail_of_its_own_type() -> None:
    frames = [
        ethernet(ipv4(icmp(kind, code), CLIENT, SERVER, protocol=1))
        for kind, code in ((3, 1), (11, 0), (3, 3), (5, 0))
    ]
    assert [verdict.detail for verdict in named(*frames)] == [
        "destination unreachable", "time exceeded", "destination unreachable", "redirect",
    ]  # fmt: skip
