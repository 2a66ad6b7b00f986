"""What nothing names, grouped so that a person can work through it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier.flows.addresses import Addresses
from classifier.grouping import group as grouped
from classifier.grouping import order, repeats
from classifier.table import Values
from classifier.tables.columns import listed, shape
from classifier.tables.firstbytes import common
from classifier.tables.folds import LEAST, MOST, SUM, Part, both_sides, folds
from classifier.tables.grouping import (
    addresses,
    codes,
    distinct,
    earliest,
    folded,
    no_answer,
    numbers,
    pairs,
    ports,
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

SIDES = ("client", "server")

STARTS = ("ip.addr == ", "ip.dst == ", "ipv6.addr == ", "ipv6.dst == ")

ROOM = 4
"""So many places may be counted in for each silent endpoint."""

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
    whole = sum(int(flows[f"{side}_bytes"].data.sum()) for side in SIDES)
    client, server, names = addresses(flows)
    client, server = client.take(rows), server.take(rows)
    kinds, transports = codes(flows["transport"])
    protocols, time = flows["ip_protocol"].data, flows["first_seen"].data
    answered = ~no_answer(flows)
    keys = (server, kinds.take(rows), protocols.take(rows))
    port = ports(flows["server_port"].take(rows))
    group, first, ends, is_port = _worklist_rows(keys, port, answered.take(rows), transports)
    size, firsts = len(first), rows.take(first)
    counted = folds(
        size,
        _COUNTED,
        Part(
            group,
            [
                ("flows", 1),
                ("answered", answered),
                *both_sides(flows, "packets", "bytes"),
                ("first_seen", time),
                ("last_seen", flows["last_seen"].data),
            ],
            rows,
        ),
        Part(group, [("ports", is_port)]),
    )
    amount, started = counted["bytes"], counted["first_seen"]
    example = firsts
    if (time.take(firsts) != started).any():
        example = rows.take(_first_of(group, time.take(rows) == started.take(group), size))
    quiet = np.array([name in QUIET_PORTS for name in transports], dtype=bool)
    is_tcp = np.array([name == "tcp" for name in transports], dtype=bool)
    kind, protocol, server = kinds.take(firsts), protocols.take(firsts), server.take(first)
    dead = (counted["answered"] == 0) & quiet.take(kind) & ((ends == FOLDED) | is_tcp.take(kind))
    silent = np.where(dead, counted.pop("ports"), 0)
    values = {
        **{name: Values(data) for name, data in counted.items()},
        "server_ip": Values(server, names),
        "transport": Values(kind, transports),
        "ip_protocol": Values(protocol.astype(np.int64)),
        "server_port": numbers(np.maximum(ends, -1)),
        "peers": Values(distinct(group, client, size)),
        "share": Values(amount / max(whole, 1)),
        "detail": _details(flows["detail"].take(rows), group, silent),
        "first_bytes": common(flows["flow"].data.take(rows), heads, group, size),
        "example_flow": Values(flows["flow"].data.take(example)),
        "capture": flows["capture"].take(example),
        "first_frame": Values(flows["first_frame"].data.take(example)),
        "display_filter": display_filters(
            Values(server, names), Values(kind, transports), protocol, ends
        ),
    }
    return shape("unknown", values, order(-amount))


_COUNTED = {
    **dict.fromkeys(("flows", "answered", "packets", "bytes", "ports"), SUM),
    "first_seen": LEAST,
    "last_seen": MOST,
}


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
) -> tuple[Codes, Codes, Codes, Array]:
    """Group flows by endpoint, the silent ports of a server that has many in one group.

    Returns:
        The group of each flow; the first flow of each group, and its port: :data:`FOLDED` for
        several; and whether a flow is the first of its endpoint.
    """
    # What is said of an endpoint stands in the place of its first flow, as most have no other.
    again, first = repeats(*keys, port)
    leads = np.ones(len(port), dtype=bool)
    leads[again] = False
    silent = leads & ~answered & (port >= 0)
    silent[first[answered.take(again)]] = False
    limits = np.array([QUIET_PORTS.get(str(name), 65_536) for name in transports])
    rows = np.flatnonzero(silent)
    own = [key.take(rows) for key in keys]
    place, size, quiet = _silent_ports(own, port.take(rows))
    many = np.flatnonzero(quiet > limits.take(own[1]))
    # Each of these goes to the first one that is like it; all others are a group of their own.
    ends, kept, is_own = port.copy(), np.arange(len(port), dtype=np.int32), leads.copy()
    several, place = rows.take(many), place.take(many)
    ends[several] = FOLDED
    chosen = earliest(place, several, size).take(place)
    is_own[several] = False
    is_own[chosen] = True
    kept[several] = chosen
    kept[again] = kept.take(first)
    owners = np.flatnonzero(is_own)
    number = np.cumsum(is_own, dtype=np.int32)
    number -= 1
    return number.take(kept), owners, ends.take(owners), leads


def _silent_ports(keys: Sequence[Codes], port: Codes) -> tuple[Codes, int, Codes]:
    """How many silent ports there are where each silent endpoint is.

    Args:
        keys: Of each endpoint its server, transport and protocol.
        port: And its port.

    Returns:
        The same number for endpoints that have the same server, transport and protocol; how many
        numbers there can be; and the ports of each endpoint's server and transport.
    """
    server, transport, protocol = keys
    kind, kinds = folded(transport.astype(np.int32) << 8 | protocol)  # a protocol has 8 bits
    place, size = server.astype(np.int64), int(server.max(initial=-1) + 1) * len(kinds)
    place *= len(kinds)
    place += kind
    if size > ROOM * len(server):
        place, first = grouped(place)
        size = len(first)
    if len(np.flatnonzero(np.bincount(kinds >> 8))) == len(kinds):
        # A transport has one protocol, so that no port is told twice.
        return place, size, np.bincount(place).take(place)
    alike, first = grouped(server, transport)
    return place, size, distinct(alike, port, len(first)).take(alike)


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
    rank = np.empty(len(labels), dtype=np.int32)
    rank[by_text] = np.arange(len(labels))
    said = np.flatnonzero(np.array([label != "" for label in labels], dtype=bool).take(note))
    owner, place, count = pairs(group.take(said), rank.take(note.take(said)))
    by_count = order(owner, -count)
    owner, place = owner.take(by_count), place.take(by_count)
    best = np.flatnonzero(np.diff(owner, prepend=-1))
    texts = [labels[code] for code in by_text] + [""]
    result = np.full(len(silent), len(texts) - 1, dtype=np.int32)
    result[owner.take(best)] = place.take(best)
    dead = np.flatnonzero(silent)
    which, counts = folded(silent.take(dead))
    result[dead] = len(texts) + which
    return Values(result, [*texts, *map(_never_answered, counts.tolist())])


def _never_answered(ports: int) -> str:
    """The note on endpoints that stayed silent, by their number of ports."""
    many = f"{ports:,} ports, " if ports > 1 else ""
    return f"{many}never answered: port scan or dead service"
