"""What nothing names, grouped so that a person can work through it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier.flows.addresses import Addresses
from classifier.grouping import group as grouped
from classifier.grouping import order
from classifier.table import Values
from classifier.tables.columns import listed, shape
from classifier.tables.firstbytes import common
from classifier.tables.grouping import (
    addresses,
    begun,
    codes,
    distinct,
    earliest,
    latest,
    no_answer,
    numbers,
    pairs,
    ports,
    totals,
    traffic,
)
from classifier.tables.joined import Joined
from classifier.verdict import unnamed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classifier.table import Array, Table
    from classifier.tables.firstbytes import Beginnings
    from classifier.tables.grouping import Codes

__all__ = ["display_filters", "unknown"]

FOLDED = -2
"""Stands in the port column for several ports that are folded into one row."""

IPV6 = 6

STARTS = ("ip.addr == ", "ip.dst == ", "ipv6.addr == ", "ipv6.dst == ")

QUIET_PORTS = {"tcp": 1, "udp": 10}
"""More silent ports than this on one server are one row. UDP is often one-way by design (syslog,
NetFlow), so a few silent ports there are still worth a row each."""


def unknown(flows: Table, heads: Beginnings) -> Table:
    """One row for each server endpoint with unnamed traffic, most bytes first.

    Endpoints that never answered (scans, dead services) are folded into one row a server, with a
    null port, so that a port scan does not bury the rest.

    Args:
        flows: The flow table, named and unnamed flows alike: ``share`` is of all bytes.
        heads: First payloads by flow id; may be empty.
    """
    rows = np.flatnonzero(unnamed(flows))
    if not len(rows):
        return listed("unknown", [])
    whole = int(traffic(flows, "bytes").sum())
    flows = flows.take(rows)
    client, server, names = addresses(flows)
    transport, transports = codes(flows["transport"])
    protocol, real_port = flows["ip_protocol"].data, ports(flows["server_port"])
    answered = ~no_answer(flows)
    keys = (server, transport, protocol)
    group, first, ends = _worklist_rows(keys, real_port, answered, transports)
    size = len(first)
    amount = totals(group, traffic(flows, "bytes"), size)
    answers = totals(group, answered, size)
    time = flows["first_seen"].data
    started = begun(group, first, time)
    example = first
    if (time[first] != started).any():
        example = _first_of(group, time == started[group], size)
    quiet = np.array([name in QUIET_PORTS for name in transports], dtype=bool)
    is_tcp = np.array([name == "tcp" for name in transports], dtype=bool)
    kind = transport[first]
    dead = (answers == 0) & quiet[kind] & ((ends == FOLDED) | is_tcp[kind])
    silent = np.where(dead, distinct(group, np.maximum(real_port, 0), size), 0)
    values = {
        "server_ip": Values(server[first], names),
        "transport": Values(kind, transports),
        "ip_protocol": Values(protocol[first].astype(np.int64)),
        "server_port": numbers(np.maximum(ends, -1)),
        "peers": Values(distinct(group, client, size)),
        "flows": Values(np.bincount(group)),
        "answered": Values(answers),
        "packets": Values(totals(group, traffic(flows, "packets"), size)),
        "bytes": Values(amount),
        "share": Values(amount / max(whole, 1)),
        "first_seen": Values(started),
        "last_seen": Values(latest(group, flows["last_seen"].data, size)),
        "detail": _details(flows["detail"], group, silent),
        "first_bytes": common(flows["flow"].data, heads, group, size),
        "example_flow": Values(flows["flow"].data[example]),
        "capture": flows["capture"].take(example),
        "first_frame": Values(flows["first_frame"].data[example]),
        "display_filter": display_filters(
            Values(server[first], names), Values(kind, transports), protocol[first], ends
        ),
    }
    return shape("unknown", values, order(-amount))


def display_filters(server: Values, transport: Values, protocol: Codes, port: Codes) -> Values:
    """Wireshark display filters, one a row.

    Args:
        server: Addresses.
        transport: As in the flow table.
        protocol: IP protocol numbers.
        port: -1 is no port, :data:`FOLDED` all ports that the row folds together.
    """
    assert server.labels is not None
    assert transport.labels is not None
    kinds, first = grouped(transport.data, protocol, np.minimum(port, 0))
    six = _is_six(server.labels)[server.data].astype(np.int8)
    parts = []  # what is the same for all ports is put together once
    for row in first.tolist():
        word, number = transport.labels[transport.data[row]], int(protocol[row])
        parts += [_what(word, number, int(port[row]), six=is_six) for is_six in (False, True)]
    shown = np.zeros(int(port.max(initial=0)) + 1, dtype=np.bool_)
    shown[port[port >= 0]] = True
    place = np.cumsum(shown)
    return Joined.column(
        Values(six * 2 + (port == FOLDED), STARTS),
        server,
        Values(kinds * 2 + six, parts),
        Values(
            np.where(port >= 0, place[np.maximum(port, 0)], 0),
            ["", *map(str, np.flatnonzero(shown).tolist())],
        ),
    )


def _is_six(addresses: Sequence[str]) -> Array:
    """Which addresses are of IPv6."""
    if isinstance(addresses, Addresses):
        return np.asarray(addresses.version == IPV6)
    return np.array([":" in address for address in addresses], dtype=bool)


def _what(transport: str, protocol: int, port: int, *, six: bool) -> str:
    """The second half of a filter, up to the number of the port."""
    if port >= 0:
        what = f"{transport}.port == "
    elif port == FOLDED and transport == "tcp":
        what = "tcp.flags.syn == 1 && tcp.flags.ack == 0"
    elif port == FOLDED:
        what = transport
    elif transport == "ip":
        what = f"{'ipv6.nxt' if six else 'ip.proto'} == {protocol}"
    else:
        what = "icmpv6" if transport == "icmp6" else transport
    return f" && {what}"


def _worklist_rows(
    keys: Sequence[Codes], port: Codes, answered: Array, transports: Sequence[str]
) -> tuple[Codes, Codes, Codes]:
    """Group flows by endpoint, the silent ports of a server that has many in one group.

    Returns:
        The group of each flow, the first flow of each group, and the port of each group:
        :data:`FOLDED` for several.
    """
    endpoint, first = grouped(*keys, port)
    ends = port[first]
    server, transport, protocol = (key[first] for key in keys)
    silent = (totals(endpoint, answered, len(first)) == 0) & (ends >= 0)
    limits = np.array([QUIET_PORTS.get(str(name), 65_536) for name in transports])
    rows = np.flatnonzero(silent)
    owner, owners = grouped(server[rows], transport[rows])
    quiet = distinct(owner, ends[rows], len(owners))
    rows = rows[quiet[owner] > limits[transport[rows]]]
    ends[rows] = FOLDED
    # Each of these goes to the first one that is like it; all others are a group of their own.
    alike, chosen = grouped(server[rows], transport[rows], protocol[rows])
    kept = np.arange(len(first))
    kept[rows] = rows[chosen[alike]]
    own = kept == np.arange(len(first))
    group = (np.cumsum(own) - 1)[kept]
    return group[endpoint], first[own], ends[own]


def _first_of(group: Codes, chosen: Array, size: int) -> Codes:
    """The first of the chosen rows in each group."""
    rows = np.flatnonzero(chosen)
    return earliest(group[rows], rows, size)


def _details(notes: Values, group: Codes, silent: Codes) -> Values:
    """The most common note on each group's flows; on endpoints that stayed silent, that.

    Args:
        notes: A note a flow.
        group: The group of each flow.
        silent: How many ports of a group stayed silent; 0 where it is not about that.
    """
    note, labels = codes(notes)
    by_text = sorted(range(len(labels)), key=labels.__getitem__)
    rank = np.empty(len(labels), dtype=np.int64)
    rank[by_text] = np.arange(len(labels))
    said = np.array([label != "" for label in labels], dtype=bool)[note]
    owner, place, count = pairs(group[said], rank[note[said]])
    by_count = order(owner, -count)
    owner, place = owner[by_count], place[by_count]
    best = np.flatnonzero(np.diff(owner, prepend=-1))
    texts = [labels[code] for code in by_text] + [""]
    result = np.full(len(silent), len(texts) - 1)
    result[owner[best]] = place[best]
    counts, which = np.unique(silent, return_inverse=True)
    dead = silent > 0
    result[dead] = len(texts) + which[dead]
    return Values(result, [*texts, *map(_never_answered, counts.tolist())])


def _never_answered(ports: int) -> str:
    """The note on endpoints that stayed silent, by their number of ports."""
    many = f"{ports:,} ports, " if ports > 1 else ""
    return f"{many}never answered: port scan or dead service"
