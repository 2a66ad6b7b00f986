"""Who took part: one row an address."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier.grouping import order
from classifier.model import UNKNOWN
from classifier.table import Values
from classifier.tables.columns import listed, shape
from classifier.tables.folds import LEAST, MOST, SUM, Part, folds
from classifier.tables.grouping import (
    addresses,
    codes,
    different,
    in_order,
    no_answer,
    totals,
    traffic,
)
from classifier.tables.members import listed as listed_members
from classifier.tables.scope import scopes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classifier.hosts import HostFacts
    from classifier.table import Table
    from classifier.tables.folds import Columns
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
    counted = _counted(flows, client, server, len(names))
    seen = counted["flows_as_client"] + counted["flows_as_server"] > 0
    here, by_name, size = np.flatnonzero(seen), in_order(names), len(names)
    if len(here) < size:
        place = np.cumsum(seen) - 1
        client, server = place.take(client), place.take(server)
        by_name = place.take(by_name[seen[by_name]])
        counted = {name: values.take(here) for name, values in counted.items()}
        size = len(here)
    both = counted["bytes_sent"] + counted["bytes_received"]
    service, words = codes(flows["service"])
    answered = np.flatnonzero(~no_answer(flows))
    values = {
        "ip": Values(here, names),
        "scope": scopes(names).take(here),
        **{name: Values(data) for name, data in counted.items()},
        "peers": Values(_peers(client, server, size)),
        "services_offered": _listed(server.take(answered), service.take(answered), words, size),
        "services_used": _listed(client, service, words, size),
        **_facts(names, here, facts),
    }
    rows = by_name.take(order(-both.take(by_name)))
    return shape("hosts", values, rows)


_COUNTED = {
    "flows_as_client": SUM,
    "flows_as_server": SUM,
    "packets": SUM,
    "bytes_sent": SUM,
    "bytes_received": SUM,
    "first_seen": LEAST,
    "last_seen": MOST,
}


def _counted(flows: Table, client: Codes, server: Codes, size: int) -> dict[str, Codes]:
    """What flows add up to, on both sides of them."""
    seen: Columns = [(name, flows[name].data) for name in ("first_seen", "last_seen")]
    seen += [("packets", flows[f"{side}_packets"].data) for side in ("client", "server")]
    sent, received = (flows[f"{side}_bytes"].data for side in ("client", "server"))
    asked: Columns = [("flows_as_client", 1), ("bytes_sent", sent), ("bytes_received", received)]
    answered: Columns = [("flows_as_server", 1), ("bytes_sent", received), ("bytes_received", sent)]
    parts = Part(client, [*asked, *seen]), Part(server, [*answered, *seen])
    counted = folds(size, _COUNTED, *parts)
    twice = np.flatnonzero(client == server)
    if len(twice):
        packets = traffic(flows, "packets")[twice]
        counted["packets"] = counted["packets"] - totals(client[twice], packets, size)
    return counted


def _peers(client: Codes, server: Codes, size: int) -> Codes:
    """How many other hosts each host has flows with."""
    low, high = different(np.minimum(client, server), np.maximum(client, server))
    others: Columns = [("peers", low != high)]
    return folds(size, {"peers": SUM}, Part(low, others), Part(high, others))["peers"]


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
    unknown = next((code for code, word in enumerate(words) if word == UNKNOWN), -1)
    return listed_members(host, service, size, words.__getitem__, last=unknown)
