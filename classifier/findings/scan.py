"""Clients that try many hosts or many ports and mostly get nowhere.

Counted are distinct pairs of server and port to which *every* TCP connection of the client
failed (no answer, or refused), so that a client that retries one dead server is no scanner.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from classifier.distinct import among
from classifier.findings import wireshark
from classifier.findings.words import plural
from classifier.grouping import Groups
from classifier.model import Finding, Severity, Transport
from classifier.pairs import places_of_pairs
from classifier.table import Values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.findings.seen import Seen
    from classifier.table import Array

__all__ = ["KIND", "find"]

KIND = "scan"

HOSTS = 25
"""Hosts on one port that a client tried in vain: a horizontal scan."""

PORTS = 25
"""Ports of one host that a client tried in vain: a vertical scan."""

SHARE = 0.5
"""Least share of what it tried on that port or host that failed."""

BROAD = 10
"""Times these numbers, and the severity goes from medium to high."""

CLIENTS = 20
"""Findings at most, widest first; the other clients are counted in one more."""

LISTED = 5
"""Ports and hosts that a finding names."""


_CROWD = 2
"""A place of a table may count for two to this power, by and large: far fewer than a scan has."""


class _Tried(Struct, frozen=True, eq=False):
    """Pairs of server and port that clients tried; one row for client, server and port.

    Attributes:
        client, server: Codes of addresses.
        port: The server's.
        failed: Whether every connection of the client to it failed.
    """

    client: Array
    server: Array
    port: Array
    failed: Array


class _Wide(Struct, frozen=True, eq=False):
    """Ports with many hosts, or hosts with many ports, that a client tried in vain.

    Attributes:
        client: Code of its address.
        what: The ports, or the codes of the servers' addresses.
        tried, failed: How many pairs.
    """

    client: Array
    what: Array
    tried: Array
    failed: Array

    def of(self, client: int) -> _Wide:
        """Those of one client."""
        here = self.client == client
        return _Wide(self.client[here], self.what[here], self.tried[here], self.failed[here])


def find(seen: Seen) -> Iterator[Finding]:
    """One finding for each scanning client."""
    tried = _tried(seen, _suspicious(seen))
    ports, hosts = _wide(tried, tried.port, HOSTS), _wide(tried, tried.server, PORTS)
    found = Groups.of(np.concatenate([ports.client, hosts.client]))
    width = found.max(np.concatenate([ports.failed, hosts.failed]))
    clients = np.concatenate([ports.client, hosts.client])[found.first]
    names = Values(clients, seen.flows["client_ip"].labels).texts().tolist()
    order = sorted(range(len(names)), key=lambda place: (-width[place], names[place]))
    for place in order[:CLIENTS]:
        client = int(clients[place])
        yield _finding(seen, client, names[place], ports.of(client), hosts.of(client))
    if len(order) > CLIENTS:
        yield _rest(seen, clients[order[CLIENTS:]])


def _suspicious(seen: Seen) -> Array:
    """The rows of all that may belong to a scan: a bound, so that little is looked at closely.

    Attempts are counted by client and port, and by client and server, in a table of fixed size. A
    place of it may count for several; one that counts too few for a scan holds none.
    """
    client = seen.flows["client_ip"].data
    others = seen.flows["server_port"].data, seen.flows["server_ip"].data
    in_vain = np.flatnonzero(seen.attempted)
    tries = np.bincount(client.take(in_vain), minlength=len(seen.flows["client_ip"].labels or ()))
    suspect = tries >= min(HOSTS, PORTS)
    in_vain = in_vain.take(np.flatnonzero(suspect.take(client.take(in_vain))))
    tried_by = client.take(in_vain)
    bits = max(len(in_vain).bit_length() - _CROWD, 1)
    busy = [
        np.bincount(places_of_pairs(tried_by, other.take(in_vain), bits), minlength=1 << bits)
        >= least
        for other, least in zip(others, (HOSTS, PORTS), strict=True)
    ]
    if not any(places.any() for places in busy):
        return in_vain[:0]
    rows = _connections(seen, suspect)
    wide = np.zeros(len(rows), dtype=bool)
    for other, places in zip(others, busy, strict=True):
        wide |= places.take(places_of_pairs(client[rows], other[rows], bits))
    return rows[wide]


def _connections(seen: Seen, chosen: Array) -> Array:
    """The rows of the TCP connections, tried or made, of some clients (a mask by code)."""
    tcp = seen.flows["transport"].is_label(Transport.TCP.value)
    if (missing := seen.flows["server_port"].missing) is not None:
        tcp &= ~missing
    tcp &= chosen.take(seen.flows["client_ip"].data)
    return np.flatnonzero(tcp)


def _tried(seen: Seen, rows: Array) -> _Tried:
    """The different pairs of server and port that clients tried in these rows."""
    columns = [seen.flows[name].data[rows] for name in ("client_ip", "server_ip", "server_port")]
    pairs = Groups.of(*columns)
    client, server, port = (column[pairs.first] for column in columns)
    return _Tried(client, server, port, pairs.all(seen.attempted[rows]))


def _wide(tried: _Tried, what: Array, least: int) -> _Wide:
    """Groups of tried pairs that are many enough and failed often enough."""
    groups = Groups.of(tried.client, what)
    count, failed = groups.count(), groups.count(tried.failed)
    enough = np.flatnonzero((failed >= least) & (failed >= SHARE * count))
    enough = enough[np.argsort(-failed[enough], kind="stable")]
    first = groups.first[enough]
    return _Wide(tried.client[first], what[first], count[enough], failed[enough])


def _finding(seen: Seen, client: int, name: str, ports: _Wide, hosts: _Wide) -> Finding:
    """A client, its ports with many hosts, and its hosts with many ports."""
    flows = seen.flows
    mine = np.flatnonzero((flows["client_ip"].data == client) & seen.attempted)
    port, server = flows["server_port"].take(mine), flows["server_ip"].data[mine]
    on_port = among(port.data, ports.what)
    if port.missing is not None:
        on_port &= ~port.missing
    rows = mine[on_port | among(server, hosts.what)]
    widest = max([*ports.failed.tolist(), *hosts.failed.tolist()])
    severity = Severity.HIGH if widest >= BROAD * min(HOSTS, PORTS) else Severity.MEDIUM
    outside = name in seen.internet
    names = Values(hosts.what, flows["server_ip"].labels).texts()
    what = [
        f"tcp/{port}: {failed} of {tried} hosts"
        for port, failed, tried in zip(ports.what, ports.failed, ports.tried, strict=True)
    ]
    what += [
        f"{host}: {failed} of {tried} ports"
        for host, failed, tried in zip(names, hosts.failed, hosts.tried, strict=True)
    ]
    more = [f"… and {len(what) - LISTED} more."] if len(what) > LISTED else []
    return Finding(
        id="",
        kind=KIND,
        severity=Severity(severity - int(outside)),
        title=f"{name} tried {plural(len(rows), 'TCP connection')} in vain",
        conditions=(
            *(f"In vain on {line}." for line in what[:LISTED]),
            *more,
            "The client is on the internet, where scans are constant: a step less severe."
            if outside
            else "The client is on one's own network.",
        ),
        next_steps=(
            f"Look at its attempts in Wireshark: {wireshark.host(name)} && tcp.flags.syn == 1",
            f"See in the flow table what answered {name}: those hosts were found by it.",
            f"Ask who runs {name}: an inventory or vulnerability scanner does the same.",
        ),
        flows=seen.flow_ids(rows),
        flow_count=len(rows),
        bytes=seen.total_bytes(rows),
    )


def _rest(seen: Seen, clients: Array) -> Finding:
    """The clients beyond those that have a finding of their own."""
    client = seen.flows["client_ip"]
    own = np.zeros(len(client.labels or ()), dtype=bool)
    own[clients] = True
    chosen = np.flatnonzero(own.take(client.data) & seen.attempted)
    pairs = int(_tried(seen, _connections(seen, own)).failed.sum())
    return Finding(
        id="",
        kind=KIND,
        severity=Severity.LOW,
        title=f"{plural(len(clients), 'more client')} tried many hosts or ports in vain",
        conditions=(
            f"{pairs:,} pairs of server and port in vain.",
            f"The {CLIENTS} clients that tried most have findings of their own.",
        ),
        next_steps=("Sort the flow table by client and look at the states S0 and REJ.",),
        flows=seen.flow_ids(chosen),
        flow_count=len(chosen),
        bytes=seen.total_bytes(chosen),
    )
