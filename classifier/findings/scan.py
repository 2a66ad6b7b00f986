"""Clients that try many hosts or many ports and mostly get nowhere.

Counted are distinct pairs of server and port to which *every* TCP connection of the client
failed (no answer, or refused), so that a client that retries one dead server is no scanner.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from classifier.findings import wireshark
from classifier.findings.words import plural
from classifier.grouping import Groups
from classifier.model import Finding, Severity, Transport
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


class _Tried(Struct, frozen=True, eq=False):
    """Pairs of server and port that the suspects tried; one row for client, server and port.

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
    tried = _tried(seen)
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
        yield _rest(seen, tried, clients[order[CLIENTS:]])


def _tried(seen: Seen) -> _Tried:
    """What clients tried that failed often enough to be worth a look."""
    flows = seen.flows
    client, port = flows["client_ip"].data, flows["server_port"]
    in_vain = np.bincount(client[seen.attempted], minlength=len(flows["client_ip"].labels or ()))
    suspect = in_vain >= min(HOSTS, PORTS)
    chosen = flows["transport"].is_label(Transport.TCP.value) & suspect[client]
    if port.missing is not None:
        chosen &= ~port.missing
    rows = np.flatnonzero(chosen)
    keys = client[rows], flows["server_ip"].data[rows], port.data[rows]
    pairs = Groups.of(*keys)
    client, server, number = (key[pairs.first] for key in keys)
    return _Tried(client, server, number, pairs.all(seen.attempted[rows]))


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
    on_port = np.isin(port.data, ports.what)
    if port.missing is not None:
        on_port &= ~port.missing
    rows = mine[on_port | np.isin(server, hosts.what)]
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


def _rest(seen: Seen, tried: _Tried, clients: Array) -> Finding:
    """The clients beyond those that have a finding of their own."""
    chosen = np.flatnonzero(np.isin(seen.flows["client_ip"].data, clients) & seen.attempted)
    pairs = int(tried.failed[np.isin(tried.client, clients)].sum())
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
