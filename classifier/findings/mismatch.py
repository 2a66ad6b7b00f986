"""Payload that is not what its port is for: a service in hiding, or one that was put elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from classifier.findings import wireshark
from classifier.findings.ports import port_name
from classifier.findings.seen import text_of
from classifier.findings.words import amount, plural
from classifier.grouping import Groups
from classifier.model import Basis, Confidence, Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.catalogue import Catalogue, Service
    from classifier.findings.seen import Seen
    from classifier.table import Array

__all__ = ["KIND", "find"]

KIND = "mismatch"

KINDS_LISTED = 10
"""How many pairs of service and port have a finding of their own; the others share one."""

SYSTEM_PORTS = 1024
"""Ports below it are given to services by IANA's review (RFC 6335, 8.1): low, the others info."""

HIDERS = ("remote-access", "vpn", "file-exchange", "attack-tools", "blockchain")
"""Families of what people or malware put behind the port of something harmless."""

TRANSPORTS = ("tcp", "udp", "sctp")


class _Mismatch(Struct, frozen=True):
    """Flows of one service on one port of something else."""

    service: Service
    expected: Service
    transport: str
    port: int
    rows: Array


def find(seen: Seen) -> Iterator[Finding]:
    """One finding for each service on a port of something else, the gravest ones singly."""
    found = [_finding(seen, one) for one in _mismatches(seen)]
    found.sort(key=lambda one: (-one.severity, -one.bytes))
    yield from found[:KINDS_LISTED]
    if rest := found[KINDS_LISTED:]:
        yield _together(rest)


def _mismatches(seen: Seen) -> Iterator[_Mismatch]:
    flows, ports = seen.flows, seen.catalogue.ports
    shown = flows["basis"].is_label(Basis.PAYLOAD.value)
    shown &= flows["confidence"].is_label(Confidence.CONFIRMED.value)
    server_port = flows["server_port"]
    if server_port.missing is not None:
        shown &= ~server_port.missing
    for transport in TRANSPORTS:
        claimed = np.diff(ports.offsets[transport]) > 0
        of_it = shown & flows["transport"].is_label(transport)
        rows = np.flatnonzero(of_it)
        rows = rows[claimed[server_port.data[rows]]]
        groups = Groups.of(flows["service"].data[rows], server_port.data[rows])
        for number, first in enumerate(rows[groups.first].tolist()):
            service, port = text_of(flows["service"], first), int(server_port.data[first])
            expected = _expected(seen.catalogue, service, transport, port)
            if expected is not None:
                here = rows[groups.code == number]
                here = here[np.argsort(-seen.bytes[here], kind="stable")]
                named = seen.catalogue.get(service)
                yield _Mismatch(named, expected, transport, port, here)


def _expected(catalogue: Catalogue, service: str, transport: str, port: int) -> Service | None:
    """What the port is for, if that has nothing to do with the service; else None.

    Only the sole usual owner of a single port is expected: not one of several, no range.
    """
    table, row = catalogue.ports, catalogue.ports.row(transport, port)
    own = catalogue.codes.get(service.partition("/")[0], catalogue.codes[service])
    kinship, codes = catalogue.kinship, table.service[transport][row].tolist()
    if any(kinship.akin(code, own) for code in codes):
        return None
    primary = (table.strength[transport][row] == 0) & (table.width[transport][row] == 1)
    if primary.sum() != 1 or not primary[0]:
        return None
    expected: Service = catalogue.services[codes[0]]
    return expected


def _finding(seen: Seen, one: _Mismatch) -> Finding:
    first = int(one.rows[0])
    sides = [seen.flows[f"{side}_ip"].take(one.rows) for side in ("client", "server")]
    clients, servers = (sorted(set(side.texts())) for side in sides)
    outside = any(server in seen.internet for server in servers)
    place = port_name(one.transport, one.port)
    plain = "tls" in one.expected.flags and "tls" not in one.service.flags
    plain = plain and one.service.id not in {"tls", "dtls", "quic"}
    severity, why = _severity(one, outside=outside, plain=plain)
    detail = text_of(seen.flows["detail"], first)
    server, client = seen.address("server", first), seen.address("client", first)
    filter_ = wireshark.endpoint(server, one.transport, one.port)
    return Finding(
        id="",
        kind=KIND,
        severity=severity,
        title=f"{one.service.name} on {place}, the port of {one.expected.name}",
        conditions=(
            f"The payload shows {one.service.name}"
            + (f": {detail}." if detail else ".")
            + f" The port is that of {one.expected.name}.",
            why,
            f"{plural(len(one.rows), 'flow')}, {amount(seen.total_bytes(one.rows))}, from "
            f"{plural(len(clients), 'client')} to {plural(len(servers), 'server')}. "
            + ("One of the servers is on the internet." if outside else "No server is outside."),
        ),
        next_steps=(
            f"Look at the largest of it in Wireshark: {filter_}",
            f"Ask who runs {client if outside else server} why {one.service.name} uses this port.",
            "If it is meant to be so, say so in a signature file of your own.",
        ),
        flows=seen.flow_ids(one.rows),
        flow_count=len(one.rows),
        bytes=seen.total_bytes(one.rows),
    )


def _severity(one: _Mismatch, *, outside: bool, plain: bool) -> tuple[Severity, str]:
    """How grave it is, and the condition that made it so."""
    controls = "remote-control" in one.service.flags
    if one.port < SYSTEM_PORTS and (controls or one.service.family in HIDERS):
        what = "gives control over a machine" if controls else "is often hidden behind other ports"
        return (Severity.MEDIUM if outside else Severity.LOW), f"{one.service.name} {what}."
    if plain:
        return Severity.LOW, "The port is for encrypted traffic, and this is not encrypted."
    if one.port < SYSTEM_PORTS:
        return Severity.LOW, f"Ports below {SYSTEM_PORTS} are for the services they are given to."
    return (
        Severity.INFO,
        f"From port {SYSTEM_PORTS} on, services are often put where there is room.",
    )


def _together(rest: list[Finding]) -> Finding:
    """Those that are too many to be listed one by one."""
    return Finding(
        id="",
        kind=KIND,
        severity=rest[0].severity,
        title=f"{plural(len(rest), 'more service')} on ports of others",
        conditions=(f"{rest[0].title}, {rest[-1].title}, and such.",),
        next_steps=("Filter the flow table for the basis payload, and look at alternatives.",),
        flows=tuple(flow for one in rest for flow in one.flows[:5])[:50],
        flow_count=sum(one.flow_count for one in rest),
        bytes=sum(one.bytes for one in rest),
    )
