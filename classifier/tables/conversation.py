"""Who asked whom for what: one row for client, server endpoint and service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier.grouping import group as grouped
from classifier.model import Confidence
from classifier.table import Values
from classifier.tables.alike import Alike
from classifier.tables.columns import listed, shape
from classifier.tables.grouping import (
    addresses,
    confidence_rank,
    endings,
    pairs,
    ports,
    traffic,
)
from classifier.tables.members import joined

if TYPE_CHECKING:
    from classifier.table import Table

__all__ = ["conversations"]


def conversations(flows: Table) -> Table:
    """One row for client, server, transport, server port and service, most bytes first."""
    if not len(flows):
        return listed("conversations", [])
    client, server, names = addresses(flows)
    transport, service, protocol = flows["transport"], flows["service"], flows["ip_protocol"]
    port = ports(flows["server_port"])
    alike = Alike.of(client, server, transport.data, protocol.data, port, service.data)
    rank = alike.least(confidence_rank(flows["confidence"]))
    sent = alike.sum(flows["client_bytes"].data)
    received = alike.sum(flows["server_bytes"].data)
    both = sent + received
    values = {
        "client_ip": Values(client, names),
        "server_ip": Values(server, names),
        "transport": transport,
        "ip_protocol": protocol,
        "server_port": flows["server_port"],
        "service": service,
        "confidence": Values(rank, [word.value for word in Confidence]),
        "flows": Values(alike.count()),
        "packets": Values(alike.sum(traffic(flows, "packets"))),
        "client_bytes": Values(sent),
        "server_bytes": Values(received),
        "bytes": Values(both),
        "first_seen": Values(alike.least(flows["first_seen"].data)),
        "last_seen": Values(alike.most(flows["last_seen"].data)),
        "states": _states(flows, alike),
    }
    return shape("conversations", values, alike.descending(both))


def _states(flows: Table, alike: Alike) -> Values:
    """How each group's flows ended, as text: ``SF 12, S0 (port unreachable) 3``."""
    state, labels = endings(flows)
    texts = [f"{label} 1" if label else "" for label in labels]
    if not len(alike.repeats):
        return Values(state, texts)
    # The flows of groups of several: the firsts, and those that repeat them.
    firsts, owner = np.unique(alike.first, return_inverse=True)
    rows = np.concatenate([firsts, alike.repeats])
    group = np.concatenate([np.arange(len(firsts)), owner])
    is_told = np.array([label != "" for label in labels])[state[rows]]
    group, member, times = pairs(group[is_told], state[rows[is_told]])
    number, told = grouped(member, times)
    words = [f"{labels[member[row]]} {times[row]}" for row in told.tolist()]
    lists = joined(group, number, times, len(firsts), words.__getitem__)
    result = state.astype(np.int32)
    result[firsts] = lists.data + len(texts)
    return Values(result, [*texts, *(lists.labels or ())])
