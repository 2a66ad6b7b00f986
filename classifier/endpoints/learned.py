"""What server endpoints are known to serve, whoever else uses them.

A bind names one connection; the port behind it serves the same interfaces to everybody else, also
to connections of which the recording lacks the beginning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from classifier.endpoints.listen import Heard
    from classifier.flows.oriented import Flows

__all__ = ["MOST_INTERFACES", "Learned", "learn"]

MOST_INTERFACES = 64
"""Interfaces that are kept of one endpoint: a scanner of interfaces binds to hundreds."""


class Learned(Struct, frozen=True):
    """What one server endpoint serves. Equal when every field is equal.

    Attributes:
        host: Address of the server as text.
        port: Its port.
        transport: ``tcp`` or ``udp``.
        service: Id in the catalogue of what it is as a whole.
        interfaces: UUIDs of DCE/RPC interfaces, in the order in which they were seen.
        origin: Where this was learned, in words: ``frame 27``, or an earlier capture and its time.
    """

    host: str
    port: int
    transport: str
    service: str
    interfaces: tuple[str, ...]
    origin: str


def learn(flows: Flows, heard: Heard) -> list[Learned]:
    """What binds show of the endpoints that took them.

    Args:
        flows: With their final direction.
        heard: What their payload says.
    """
    found: dict[tuple[str, int, str], dict[str, int]] = {}
    services: dict[tuple[str, int, str], str] = {}
    protocol = flows.column("ip_protocol")
    ports = flows.side("port", client=False)
    for one in heard.identifications:
        if not one.interface or one.carried:
            continue
        row = one.place.flow
        transport = {6: "tcp", 17: "udp"}.get(int(protocol[row]))
        if transport is None:
            continue
        endpoint = flows.addresses[int(flows.server[row])], int(ports[row]), transport
        services.setdefault(endpoint, one.service)
        known = found.setdefault(endpoint, {})
        if len(known) < MOST_INTERFACES:
            known.setdefault(one.interface, one.place.frame)
    return [
        Learned(*endpoint, services[endpoint], tuple(known), f"frame {min(known.values())}")
        for endpoint, known in found.items()
    ]
