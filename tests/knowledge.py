"""A catalogue of a dozen services, for tests that must not depend on the shipped one."""

from __future__ import annotations

from classifier.catalogue import Catalogue, Port, Service


def service(name: str, *ports: Port, ip_protocols: tuple[int, ...] = ()) -> Service:
    return Service(id=name, name=name, family="test", port=ports, ip_protocols=ip_protocols)


BOTH = ("tcp", "udp")
SERVICES = (
    Service(id="unknown", name="Unknown", family="unknown"),
    service("dns", Port(BOTH, (53,))),
    service("http", Port(("tcp",), (80,))),
    service("sip", Port(BOTH, (5060,))),
    service("ntp", Port(("udp",), (123,))),
    service("dhcp", Port(("udp",), (67,)), Port(("udp",), (68,), role="client")),
    service("ssdp", Port(("udp",), (1900,))),
    service("mdns", Port(("udp",), (5353,))),
    service("epmap", Port(("tcp",), (135,))),
    service("windows-rpc"),
    service("first-claim", Port(("tcp",), (7000, 7002))),
    service("second-claim", Port(("tcp",), (7000,))),
    service("other-use", Port(("tcp",), (80, 7001), strength="secondary")),
    service("hint", Port(("tcp",), (80, 7006, 50001), strength="weak")),
    service("wide", Port(("tcp",), ("7000-7999",))),
    service("narrow-range", Port(("tcp",), ("7002-7005",))),
    service("high-port", Port(("tcp",), (50000,))),
    service("diameter", Port(("sctp",), (3868,))),
    service("icmp", ip_protocols=(1,)),
    service("icmp6", ip_protocols=(58,)),
    service("gre", ip_protocols=(47,)),
)
"""The order is the code of each service."""

_NAMES = [""] * 256
_NAMES[89] = "OSPFIGP"

CATALOGUE = Catalogue(
    services=SERVICES,
    bands=(),
    ip_protocol_names=tuple(_NAMES),
    name="test",
    version="1",
    date="2026-01-01",
    digest="",
    families={"test": "for tests"},
    flags={},
    eras={},
)
