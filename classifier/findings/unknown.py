"""Traffic that nothing names: how much there is, and the servers behind most of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier.findings import wireshark
from classifier.findings.ports import port_name
from classifier.findings.seen import text_of
from classifier.findings.words import amount, percent, plural
from classifier.grouping import Groups
from classifier.model import Basis, Finding, Severity
from classifier.verdict import unnamed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.findings.seen import Seen
    from classifier.table import Array

__all__ = ["KIND", "find"]

KIND = "unknown"

SHARE_LOW = 0.10
"""From this share of all bytes on, unknown traffic as a whole is of low severity, not info."""

ENDPOINTS = 5
"""How many server endpoints have a finding of their own at most, largest first."""

ENDPOINT_SHARE = 0.01
"""Smallest share of all bytes for that; on the internet such an endpoint is of low severity."""

INTERNET_SHARE = 0.10
"""Share of all bytes from which on an unknown endpoint on the internet is of medium severity …"""

INTERNET_BYTES = 1_000_000
"""… if it is at least this many bytes too."""

HEAD_BYTES = 16
"""How many first payload bytes are shown."""


def find(seen: Seen) -> Iterator[Finding]:
    """One finding about all of it, one for each of the largest endpoints that answered."""
    flows = seen.flows
    unknown = unnamed(flows)
    if not unknown.any():
        return
    yield _summary(seen, np.flatnonzero(unknown))
    port = flows["server_port"]
    answered = unknown & (flows["server_packets"].data > 0)
    if port.missing is not None:
        answered &= ~port.missing
    rows = np.flatnonzero(answered)
    rows = rows[_at_large_servers(seen, rows)]
    keys = (flows["server_ip"].data, flows["transport"].data, port.data)
    endpoints = Groups.of(*(key[rows] for key in keys))
    sizes = endpoints.sum(seen.bytes[rows])
    for endpoint in np.argsort(-sizes, kind="stable")[:ENDPOINTS].tolist():
        if sizes[endpoint] < ENDPOINT_SHARE * seen.all_bytes:
            break
        here = rows[endpoints.code == endpoint]
        yield _endpoint(seen, here[np.argsort(-seen.bytes[here], kind="stable")])


def _at_large_servers(seen: Seen, rows: Array) -> Array:
    """Whether the server of a flow has so many bytes in these rows that an endpoint can count."""
    server, size = seen.flows["server_ip"].data.take(rows), seen.bytes.take(rows)
    least = ENDPOINT_SHARE * seen.all_bytes * (1 - 1e-6)  # sums of floats are not exact
    # Most servers have so few flows that the largest would not do: they need no sum.
    may = (np.bincount(server) >= least / max(int(size.max(initial=1)), 1)).take(server)
    some = np.flatnonzero(may)
    total = np.bincount(server.take(some), weights=size.take(some))
    may[some] = (total >= least).take(server.take(some))
    return np.asarray(may)


def _summary(seen: Seen, rows: Array) -> Finding:
    size = seen.total_bytes(rows)
    share = percent(size, seen.all_bytes)
    large = size >= SHARE_LOW * seen.all_bytes
    banded = int(seen.flows["basis"].take(rows).is_label(Basis.DYNAMIC_BAND.value).sum())
    return Finding(
        id="",
        kind=KIND,
        severity=Severity.LOW if large else Severity.INFO,
        title=f"{share} of the bytes have no name",
        conditions=(
            f"{plural(len(rows), 'flow')} of {len(seen.flows):,} with {amount(size)}.",
            f"{share} of all bytes; from {percent(SHARE_LOW, 1)} on the severity is low.",
            f"{plural(banded, 'flow')} of them on ports that Windows hands out on demand.",
        )[: 3 if banded else 2],
        next_steps=(
            "Work through the table of unknown traffic, largest first.",
            "What you can name belongs into a signature file of your own; the next run knows it.",
        ),
        flows=seen.flow_ids(rows),
        flow_count=len(rows),
        bytes=size,
    )


def _endpoint(seen: Seen, rows: Array) -> Finding:
    """A server endpoint; ``rows`` are its flows, the largest first."""
    first = int(rows[0])
    server, client = seen.address("server", first), seen.address("client", first)
    transport, port = text_of(seen.flows["transport"], first), seen.port(first)
    size = seen.total_bytes(rows)
    outside = server in seen.internet
    name = f"{port_name(transport, port)} on {server}"
    clients = plural(len(Groups.of(seen.flows["client_ip"].data[rows])), "client")
    place = "The server is on the internet." if outside else "The server is on one's own network."
    asked = client if outside else server
    return Finding(
        id="",
        kind=KIND,
        severity=_severity(size, seen.all_bytes, outside=outside),
        title=f"Unknown service {name}: {amount(size)}, {clients}",
        conditions=(
            f"{plural(len(rows), 'flow')} from {clients}, all of them answered.",
            f"{percent(size, seen.all_bytes)} of all bytes. {place}",
            *_first_bytes(seen, int(seen.flows["flow"].data[first])),
        ),
        next_steps=(
            f"Look at it in Wireshark: {wireshark.endpoint(server, transport, port)}",
            f"On {asked}, find the program: netstat -abno on Windows, ss -tunap on Linux.",
        ),
        flows=seen.flow_ids(rows),
        flow_count=len(rows),
        bytes=size,
    )


def _severity(size: int, whole: int, *, outside: bool) -> Severity:
    if not outside:
        return Severity.INFO
    if size >= INTERNET_BYTES and size >= INTERNET_SHARE * whole:
        return Severity.MEDIUM
    return Severity.LOW


def _first_bytes(seen: Seen, flow: int) -> Iterator[str]:
    """The first payload bytes of each side of a flow, in hexadecimal."""
    for side, head in zip(("client", "server"), seen.heads.of_flow(flow), strict=True):
        if head:
            yield f"First bytes from the {side} (flow {flow}): {head[:HEAD_BYTES].hex(' ')}"
