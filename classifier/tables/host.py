"""Who took part: one row an address."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier.grouping import order, repeats
from classifier.model import UNKNOWN
from classifier.table import Values
from classifier.tables.columns import listed, shape
from classifier.tables.grouping import (
    addresses,
    codes,
    earliest,
    in_order,
    joined,
    latest,
    no_answer,
    pairs,
    totals,
    traffic,
)
from classifier.tables.scope import scopes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classifier.hosts import HostFacts
    from classifier.table import Array, Table
    from classifier.tables.grouping import Codes

__all__ = ["hosts"]


def hosts(flows: Table, facts: HostFacts | None = None) -> Table:
    """One row an address, most bytes first.

    A service counts as offered only where the host answered; a refused connection offers nothing.
    A flow from an address to itself counts once in ``packets`` and in both byte columns.

    Args:
        flows: The flow table.
        facts: What else is known of hosts.
    """
    if not len(flows):
        return listed("hosts", [])
    client, server, names = addresses(flows)
    seen = np.zeros(len(names), dtype=bool)
    seen[client] = seen[server] = True
    place = np.cumsum(seen) - 1
    here = np.flatnonzero(seen)
    size = len(here)
    if size < len(names):
        client, server = place[client], place[server]
    sent, received = (
        totals(client, flows[f"{mine}_bytes"].data, size)
        + totals(server, flows[f"{others}_bytes"].data, size)
        for mine, others in (("client", "server"), ("server", "client"))
    )
    differ = client != server
    apart = slice(None) if differ.all() else differ
    packets = traffic(flows, "packets")
    first_seen = [earliest(side, flows["first_seen"].data, size) for side in (client, server)]
    last_seen = [latest(side, flows["last_seen"].data, size) for side in (client, server)]
    service, words = codes(flows["service"])
    answered = ~no_answer(flows)
    values = {
        "ip": Values(here, names),
        "scope": scopes(names).take(here),
        "flows_as_client": Values(np.bincount(client, minlength=size)),
        "flows_as_server": Values(np.bincount(server, minlength=size)),
        "peers": Values(_peers(client, server, differ, size)),
        "packets": Values(
            totals(client, packets, size) + totals(server[apart], packets[apart], size)
        ),
        "bytes_sent": Values(sent),
        "bytes_received": Values(received),
        "services_offered": _listed(server[answered], service[answered], words, size),
        "services_used": _listed(client, service, words, size),
        "first_seen": Values(np.minimum(*first_seen)),
        "last_seen": Values(np.maximum(*last_seen)),
        **_facts(names, here, facts),
    }
    by_name = in_order(names)
    rows = place[by_name[seen[by_name]]]
    rows = rows[order(-(sent + received)[rows])]
    return shape("hosts", values, rows)


def _peers(client: Codes, server: Codes, differ: Array, size: int) -> Codes:
    """How many other hosts each host has flows with."""
    low, high = np.minimum(client, server), np.maximum(client, server)
    is_new = differ.copy()
    is_new[repeats(low, high)[0]] = False
    return totals(low, is_new, size) + totals(high, is_new, size)


_TEXTS = ("names", "name_basis", "ephemeral_band", "dynamic_range", "roles")


def _facts(names: Sequence[str], here: Codes, facts: HostFacts | None) -> dict[str, Values]:
    """The columns of what else is known of some addresses; empty and 0 where nothing is.

    Args:
        names: Addresses.
        here: The numbers of those that are asked for.
        facts: What is known, by address.
    """
    size = len(here)
    nothing = {name: Values(np.zeros(size, dtype=np.int32), [""]) for name in _TEXTS}
    if facts is None:
        return {**nothing, "band_ports": Values(np.zeros(size, dtype=np.int64))}
    if facts.addresses is names:
        return {name: facts.columns[name].take(here) for name in (*_TEXTS, "band_ports")}
    known = {name: place for place, name in enumerate(facts.addresses)}
    place = np.array([known.get(names[number], -1) for number in here.tolist()], dtype=np.int64)
    found = place >= 0
    columns = dict(nothing)
    for name in _TEXTS:
        values = facts.columns[name]
        codes = np.full(size, len(values.labels or ()), dtype=np.int32)
        codes[found] = values.data[place[found]]
        columns[name] = Values(codes, [*(values.labels or ()), ""])
    ports = np.zeros(size, dtype=np.int64)
    ports[found] = facts.columns["band_ports"].data[place[found]]
    return {**columns, "band_ports": Values(ports)}


def _listed(host: Codes, service: Codes, words: Sequence[str], size: int) -> Values:
    """The services of each host as text, most flows first and unknown last."""
    host, service, count = pairs(host, service)
    unnamed = np.array([word == UNKNOWN for word in words], dtype=bool)[service]
    return joined(host, service, np.where(unnamed, -1, count), size, words.__getitem__)
