"""Who asked: the ladder that decides which endpoint of a row is the client.

Each rung is a vote over whole columns: +1 where endpoint ``a`` is the client, -1 where ``b`` is,
0 where the rung does not know. The first rung that knows decides, and its name is kept, because a
direction that was seen is worth more than one that was inferred.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from classifier.engine.contract import EVENT_SYN, EVENT_SYN_ACK
from classifier.grouping import group
from classifier.lookup import look_up
from classifier.model import KNOWN_DIRECTION, DirectionBasis
from classifier.pairs import places_of_pairs

if TYPE_CHECKING:
    from collections.abc import Callable

    from classifier.catalogue import PortTable
    from classifier.flows.addresses import Addresses
    from classifier.flows.columns import Array, Columns

__all__ = ["MANY_PEERS", "RUNGS", "WIDE_RANGE", "decide", "is_group", "rung_of", "was_seen"]

MANY_PEERS = 3
"""An endpoint that at least so many different ports talk to is serving them."""

_TCP = 6
_TRANSPORTS = {6: "tcp", 17: "udp", 132: "sctp"}
_EPHEMERAL_FROM = 32_768
"""Where Linux' band begins (ip_local_port_range); IANA's and Windows' begin at 49152 (RFC 6335)"""
_WELL_KNOWN = 1024
WIDE_RANGE = 64
"""A claim on more ports than this is a wide range: it proves little about any one of them."""

_NOT_LISTED = 255
_STRENGTHS = 3


def decide(
    columns: Columns, ports: PortTable, addresses: Addresses, hosts: tuple[Array, Array]
) -> tuple[Array, Array]:
    """Decide every row.

    Args:
        columns: Rows of the whole recording.
        ports: The catalogue's ports, for the rungs that need them.
        addresses: The different addresses.
        hosts: Numbers of the addresses of ``a`` and ``b``.

    Returns:
        Whether ``a`` is the client (bool), and the number of the rung in :data:`RUNGS` (int8).
    """
    seen = _Seen(columns, ports, addresses, hosts)
    a_is_client = np.zeros(len(columns), dtype=bool)
    rung = np.full(len(columns), len(RUNGS) - 1, dtype=np.int8)
    for number, (_, rule) in enumerate(RUNGS):
        said = rule(seen)
        known = said != 0
        if seen.rows is None:
            a_is_client = said > 0
            np.copyto(rung, number, where=known)
        else:
            told = np.flatnonzero(known)
            rows = seen.rows.take(told)
            a_is_client[rows] = said.take(told) > 0
            rung[rows] = number
        seen = seen.among(np.flatnonzero(~known))
        if not len(seen):
            break
    return a_is_client, rung


class _Seen:
    """What a rung may look at: the rows that no rung before it decided.

    Attributes:
        columns: All rows.
        ports: The catalogue's ports.
        addresses: The different addresses.
        all_hosts: Numbers of the addresses of a and b, of all rows.
        rows: Numbers of the rows that are open; None: all.
    """

    def __init__(
        self,
        columns: Columns,
        ports: PortTable,
        addresses: Addresses,
        all_hosts: tuple[Array, Array],
        rows: Array | None = None,
    ) -> None:
        self.columns = columns
        self.ports = ports
        self.addresses = addresses
        self.all_hosts = all_hosts
        self.rows = rows
        self._taken: dict[str, Array] = {}

    def __len__(self) -> int:
        """Open rows."""
        return len(self.columns) if self.rows is None else len(self.rows)

    def __getitem__(self, name: str) -> Array:
        """One column of the open rows."""
        if self.rows is None:
            return self.columns[name]
        if name not in self._taken:
            self._taken[name] = self.columns[name].take(self.rows)
        return self._taken[name]

    def among(self, open_rows: Array) -> _Seen:
        """Some of the open rows; all of them are these."""
        if len(open_rows) == len(self):
            return self
        rows = open_rows if self.rows is None else self.rows[open_rows]
        return _Seen(self.columns, self.ports, self.addresses, self.all_hosts, rows)

    @cached_property
    def hosts(self) -> tuple[Array, Array]:
        """Numbers of the addresses of a and b."""
        a, b = self.all_hosts
        return (a, b) if self.rows is None else (a.take(self.rows), b.take(self.rows))

    @cached_property
    def ranks(self) -> tuple[Array, Array]:
        """How good the best catalogue claims on the ports of a and b are: 0 best, 255 none."""
        protocol = self["ip_protocol"]
        ranks = np.full((2, len(self)), _NOT_LISTED, dtype=np.uint8)
        for number, transport in _TRANSPORTS.items():
            rows = np.flatnonzero(protocol == number)
            if len(rows):
                best = best_claims(self.ports, transport)
                for rank, side in zip(ranks, "ab", strict=True):
                    rank[rows] = best.take(self[f"{side}_port"].take(rows))
        return ranks[0], ranks[1]


def _vote(a_is_client: Array, b_is_client: Array) -> Array:
    """+1 where only the first holds, -1 where only the second does."""
    return np.asarray(a_is_client.astype(np.int8) - b_is_client.astype(np.int8))


def _syn(seen: _Seen) -> Array:
    """A SYN asks. If both sent one, the first did; a SYN on ICMP rows is a query."""
    is_tcp = seen["ip_protocol"] == _TCP
    a = (seen["a_events"] & EVENT_SYN).astype(bool) & is_tcp
    b = (seen["b_events"] & EVENT_SYN).astype(bool) & is_tcp
    first_is_a = seen["first_sender"] == 0
    return _vote(a & (~b | first_is_a), b & (~a | ~first_is_a))


def _syn_ack(seen: _Seen) -> Array:
    """A SYN-ACK answers."""
    is_tcp = seen["ip_protocol"] == _TCP
    a = (seen["a_events"] & EVENT_SYN_ACK).astype(bool) & is_tcp
    b = (seen["b_events"] & EVENT_SYN_ACK).astype(bool) & is_tcp
    return _vote(b, a)


def _later(seen: _Seen) -> Array:
    """What was announced is known only when control flows were read: ``Oriented.turn`` says it."""
    return np.zeros(len(seen), dtype=np.int8)


def _message_role(seen: _Seen) -> Array:
    """An ICMP query asks, its answer answers (RFC 792, RFC 4443)."""
    other = seen["ip_protocol"] != _TCP
    asked = [(seen[f"{side}_events"] & EVENT_SYN).astype(bool) & other for side in "ab"]
    answered = [(seen[f"{side}_events"] & EVENT_SYN_ACK).astype(bool) & other for side in "ab"]
    by_query = _vote(asked[0], asked[1])
    return np.where(by_query != 0, by_query, _vote(answered[1], answered[0]))


def is_group(address: Array, version: Array) -> Array:
    """Whether addresses are multicast (RFC 5771, RFC 4291) or the limited broadcast address."""
    four = version == 4  # noqa: PLR2004
    multicast = np.where(four, (address[:, 0] & 0xF0) == 0xE0, address[:, 0] == 0xFF)  # noqa: PLR2004
    first_four = np.ascontiguousarray(address).view(np.uint32)[:, 0]
    broadcast = four & (first_four == 0xFFFF_FFFF)  # noqa: PLR2004
    return np.asarray(multicast | broadcast)


def _group(seen: _Seen) -> Array:
    """A group cannot ask. But a server may answer to a group, as DHCP's does."""
    is_one = is_group(seen.addresses.packed, seen.addresses.version)
    a_group, b_group = (is_one.take(host) for host in seen.hosts)
    answers = [
        (seen[f"{own}_port"] < _WELL_KNOWN)
        & (rank < _NOT_LISTED)
        & (other_rank == _NOT_LISTED)
        & seen["has_ports"]
        for own, rank, other_rank in (("a", *seen.ranks), ("b", *seen.ranks[::-1]))
    ]
    a_is_client = b_group & ~a_group
    b_is_client = a_group & ~b_group
    return np.where(a_is_client & answers[0], -1, np.where(b_is_client & answers[1], 1, 0)) + (
        _vote(a_is_client & ~answers[0], b_is_client & ~answers[1])
    )


def _peers(seen: _Seen) -> Array:
    """One endpoint that many different ports talk to is a server.

    Ports are counted, not peers: a client with a fixed source port (NTP, a scanner) talks to
    many servers, but to one port. And a server is spoken to: an endpoint that mostly speaks
    first, to one port after the other, is a scanner.

    Only rows that share a host and a protocol with one that is still open are counted.
    """
    columns = seen.columns
    protocol = np.zeros(256, dtype=bool)
    protocol[seen["ip_protocol"]] = True
    host = np.zeros(len(seen.addresses), dtype=bool)
    for own in seen.hosts:
        host[own] = True
    rows = np.flatnonzero(columns["has_ports"] & look_up(protocol, columns["ip_protocol"]))
    hosts = [own.take(rows) for own in seen.all_hosts]
    touched = np.flatnonzero(host.take(hosts[0]) | host.take(hosts[1]))
    rows, hosts = rows.take(touched), [own.take(touched) for own in hosts]
    ports = [columns[f"{side}_port"].take(rows) for side in "ab"]
    near = _near_many(hosts, ports)
    rows, hosts, ports = rows[near], [own[near] for own in hosts], [own[near] for own in ports]
    # Endpoints (address, port, protocol) as small numbers.
    both, _ = group(
        np.concatenate(hosts), np.concatenate(ports), np.tile(columns["ip_protocol"].take(rows), 2)
    )
    a, b = both[: len(rows)], both[len(rows) :]
    peer_port = np.concatenate(ports[::-1])
    _, first = group(both.astype(np.int32), peer_port)
    distinct = np.bincount(both[first], minlength=1)
    begun_by_a = columns["first_sender"].take(rows) == 0
    begun = np.bincount(both, weights=np.concatenate([begun_by_a, ~begun_by_a]), minlength=1)
    serves = (distinct >= MANY_PEERS) & (2 * begun <= np.bincount(both, minlength=1))
    result = np.zeros(len(columns), dtype=np.int8)
    result[rows] = _vote(
        serves[b] & (distinct[b] >= 2 * distinct[a]), serves[a] & (distinct[a] >= 2 * distinct[b])
    )
    return result if seen.rows is None else result.take(seen.rows)


def _near_many(hosts: list[Array], ports: list[Array]) -> Array:
    """The rows of which an endpoint may have many peers, and all rows of what these rows touch."""
    bits = len(hosts[0]).bit_length() + 1
    places = [places_of_pairs(*side, bits) for side in zip(hosts, ports, strict=True)]
    count = np.bincount(np.concatenate(places), minlength=1 << bits)
    is_busy = count >= MANY_PEERS
    busy = np.flatnonzero(is_busy.take(places[0]) | is_busy.take(places[1]))
    is_near = np.zeros(1 << bits, dtype=bool)
    for side in places:
        is_near[side.take(busy)] = True
    return np.flatnonzero(is_near.take(places[0]) | is_near.take(places[1]))


def _ephemeral(seen: _Seen) -> Array:
    """One port in a band that systems take client ports from, the other below all of them.

    A port of the band that the catalogue gives to a service does not count as the client's,
    unless the other port has as good a claim.
    """
    a_port, b_port = seen["a_port"], seen["b_port"]
    ranks = seen.ranks
    a_free = (ranks[0] == _NOT_LISTED) | (ranks[1] <= ranks[0])
    b_free = (ranks[1] == _NOT_LISTED) | (ranks[0] <= ranks[1])
    a = (a_port >= _EPHEMERAL_FROM) & (b_port < _EPHEMERAL_FROM) & a_free
    b = (b_port >= _EPHEMERAL_FROM) & (a_port < _EPHEMERAL_FROM) & b_free
    return _vote(a & seen["has_ports"], b & seen["has_ports"])


def _catalogue(seen: _Seen) -> Array:
    """The port with the better claim in the catalogue is the server's."""
    ranks = seen.ranks
    return _vote(
        (ranks[1] < ranks[0]) & seen["has_ports"], (ranks[0] < ranks[1]) & seen["has_ports"]
    )


def _lower_port(seen: _Seen) -> Array:
    a_port, b_port = seen["a_port"], seen["b_port"]
    return _vote((b_port < a_port) & seen["has_ports"], (a_port < b_port) & seen["has_ports"])


def _first_packet(seen: _Seen) -> Array:
    return np.where(seen["first_sender"] == 0, 1, -1).astype(np.int8)


def best_claims(ports: PortTable, transport: str) -> Array:
    """The rank of the best claim by port: its strength, but no wide range before a fixed entry."""
    offsets = ports.offsets[transport]
    claimed = np.nonzero(np.diff(offsets))[0]
    first = offsets[:-1][claimed]
    rank = np.full(len(offsets) - 1, _NOT_LISTED, dtype=np.uint8)
    if len(claimed):
        wide = ports.width[transport] > WIDE_RANGE
        each = ports.strength[transport] + _STRENGTHS * wide
        rank[claimed] = np.minimum.reduceat(each, first)
    return rank


RUNGS: tuple[tuple[DirectionBasis, Callable[[_Seen], Array]], ...] = (
    (DirectionBasis.SYN, _syn),
    (DirectionBasis.SYN_ACK, _syn_ack),
    (DirectionBasis.ANNOUNCED, _later),
    (DirectionBasis.PAYLOAD_ROLE, _message_role),
    (DirectionBasis.GROUP, _group),
    (DirectionBasis.PEERS, _peers),
    (DirectionBasis.EPHEMERAL, _ephemeral),
    (DirectionBasis.CATALOGUE, _catalogue),
    (DirectionBasis.LOWER_PORT, _lower_port),
    (DirectionBasis.FIRST_PACKET, _first_packet),
)
"""Strongest first; the last one always knows."""
_SEEN = sum(basis in KNOWN_DIRECTION for basis, _ in RUNGS)
"""Rungs that saw who asked; every other one stands behind them."""


def rung_of(basis: DirectionBasis) -> int:
    """The number of a rung."""
    return next(number for number, (word, _) in enumerate(RUNGS) if word is basis)


def was_seen(rung: Array) -> Array:
    """Of rungs, by number, whether they saw who asked; the others inferred it."""
    return np.asarray(rung < _SEEN)
