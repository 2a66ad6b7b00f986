"""Who asked whom for what: one row for client, server endpoint and service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier.grouping import group as grouped
from classifier.grouping import order
from classifier.model import Confidence
from classifier.table import Values
from classifier.tables.columns import listed, shape
from classifier.tables.grouping import (
    addresses,
    begun,
    confidence_rank,
    earliest,
    endings,
    joined,
    latest,
    numbers,
    pairs,
    ports,
    totals,
    traffic,
)

if TYPE_CHECKING:
    from classifier.table import Table
    from classifier.tables.grouping import Codes

__all__ = ["conversations"]


def conversations(flows: Table) -> Table:
    """One row for client, server, transport, server port and service, most bytes first."""
    if not len(flows):
        return listed("conversations", [])
    client, server, names = addresses(flows)
    transport, service = flows["transport"], flows["service"]
    port = ports(flows["server_port"])
    protocol = flows["ip_protocol"].data
    keys = (client, server, transport.data, protocol, port, service.data)
    group, first = grouped(*keys)
    size = len(first)
    rank = earliest(group, confidence_rank(flows["confidence"]), size)
    sent = totals(group, flows["client_bytes"].data, size)
    received = totals(group, flows["server_bytes"].data, size)
    count = np.bincount(group)
    by_bytes = order(-(sent + received))
    of = first[by_bytes]
    values = {
        "client_ip": Values(client[of], names),
        "server_ip": Values(server[of], names),
        "transport": transport.take(of),
        "ip_protocol": Values(protocol[of].astype(np.int64)),
        "server_port": numbers(port[of]),
        "service": service.take(of),
        "confidence": Values(rank[by_bytes], [word.value for word in Confidence]),
        "flows": Values(count[by_bytes]),
        "packets": Values(totals(group, traffic(flows, "packets"), size)[by_bytes]),
        "client_bytes": Values(sent[by_bytes]),
        "server_bytes": Values(received[by_bytes]),
        "bytes": Values((sent + received)[by_bytes]),
        "first_seen": Values(begun(group, first, flows["first_seen"].data)[by_bytes]),
        "last_seen": Values(latest(group, flows["last_seen"].data, size)[by_bytes]),
        "states": _states(flows, group, count).take(by_bytes),
    }
    return shape("conversations", values)


def _states(flows: Table, group: Codes, count: Codes) -> Values:
    """How each group's flows ended, as text: ``SF 12, S0 (port unreachable) 3``.

    Args:
        flows: The flow table.
        group: The group of each flow.
        count: How many flows each group has; mostly it is one.
    """
    state, labels = endings(flows)
    texts = [f"{label} 1" if label else "" for label in labels]
    is_alone = count[group] == 1
    result = np.zeros(len(count), dtype=np.int64)
    result[group[is_alone]] = state[is_alone]
    several = np.flatnonzero(count > 1)
    if not len(several):
        return Values(result, texts)
    place = np.zeros(len(count), dtype=np.int64)
    place[several] = np.arange(len(several))
    rest = np.flatnonzero(~is_alone & np.array([label != "" for label in labels])[state])
    owner, member, times = pairs(place[group[rest]], state[rest])
    number, told = grouped(member, times)
    words = [f"{labels[member[row]]} {times[row]}" for row in told.tolist()]
    lists = joined(owner, number, times, len(several), words.__getitem__)
    result[several] = lists.data + len(texts)
    return Values(result, [*texts, *(lists.labels or ())])
