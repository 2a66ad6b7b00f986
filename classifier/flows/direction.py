"""Who asked: the ladder that decides which endpoint of a row is the client.

Each rung is a vote over whole columns: +1 where endpoint ``a`` is the client, -1 where ``b`` is,
0 where the rung does not know. The first rung that knows decides, and its name is kept, because a
direction that was seen is worth more than one that was inferred.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier.engine.contract import EVENT_SYN, EVENT_SYN_ACK
from classifier.model import DirectionBasis

if TYPE_CHECKING:
    from collections.abc import Callable

    from classifier.catalogue import PortTable
    from classifier.flows.columns import Array, Columns

__all__ = ["MANY_PEERS", "RUNGS", "WIDE_RANGE", "decide", "is_group"]

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


def decide(columns: Columns, ports: PortTable) -> tuple[Array, Array]:
    """Decide every row.

    Args:
        columns: Rows of the whole recording.
        ports: The catalogue's ports, for the rungs that need them.

    Returns:
        Whether ``a`` is the client (bool), and the number of the rung in :data:`RUNGS` (int8).
    """
    rank = _rank(columns, "a", ports), _rank(columns, "b", ports)
    vote = np.zeros(len(columns), dtype=np.int8)
    rung = np.full(len(columns), len(RUNGS) - 1, dtype=np.int8)
    for number, (_, rule) in enumerate(RUNGS):
        open_rows = vote == 0
        if not open_rows.any():
            break
        said = rule(columns, rank)
        decided = open_rows & (said != 0)
        vote[decided] = said[decided]
        rung[decided] = number
    return vote > 0, rung


Ranks = tuple["Array", "Array"]
"""How good the best catalogue claims on the ports of a and b are: 0 best, 255 none"""


def _vote(a_is_client: Array, b_is_client: Array) -> Array:
    """+1 where only the first holds, -1 where only the second does."""
    return np.asarray(a_is_client.astype(np.int8) - b_is_client.astype(np.int8))


def _syn(columns: Columns, _ranks: Ranks) -> Array:
    """A SYN asks. If both sent one, the first did; a SYN on ICMP rows is a query."""
    is_tcp = columns["ip_protocol"] == _TCP
    a = (columns["a_events"] & EVENT_SYN).astype(bool) & is_tcp
    b = (columns["b_events"] & EVENT_SYN).astype(bool) & is_tcp
    first_is_a = columns["first_sender"] == 0
    return _vote(a & (~b | first_is_a), b & (~a | ~first_is_a))


def _syn_ack(columns: Columns, _ranks: Ranks) -> Array:
    """A SYN-ACK answers."""
    is_tcp = columns["ip_protocol"] == _TCP
    a = (columns["a_events"] & EVENT_SYN_ACK).astype(bool) & is_tcp
    b = (columns["b_events"] & EVENT_SYN_ACK).astype(bool) & is_tcp
    return _vote(b, a)


def _message_role(columns: Columns, _ranks: Ranks) -> Array:
    """An ICMP query asks, its answer answers (RFC 792, RFC 4443)."""
    other = columns["ip_protocol"] != _TCP
    asked = [(columns[f"{side}_events"] & EVENT_SYN).astype(bool) & other for side in "ab"]
    answered = [(columns[f"{side}_events"] & EVENT_SYN_ACK).astype(bool) & other for side in "ab"]
    by_query = _vote(asked[0], asked[1])
    return np.where(by_query != 0, by_query, _vote(answered[1], answered[0]))


def is_group(address: Array, version: Array) -> Array:
    """Whether addresses are multicast (RFC 5771, RFC 4291) or the limited broadcast address."""
    four = version == 4  # noqa: PLR2004
    multicast = np.where(four, (address[:, 0] & 0xF0) == 0xE0, address[:, 0] == 0xFF)  # noqa: PLR2004
    broadcast = four & (address[:, :4] == 0xFF).all(axis=1)  # noqa: PLR2004
    return np.asarray(multicast | broadcast)


def _group(columns: Columns, ranks: Ranks) -> Array:
    """A group cannot ask. But a server may answer to a group, as DHCP's does."""
    group = [is_group(columns[f"{s}_address"], columns["ip_version"]) for s in "ab"]
    answers = [
        (columns[f"{own}_port"] < _WELL_KNOWN)
        & (rank < _NOT_LISTED)
        & (other_rank == _NOT_LISTED)
        & columns["has_ports"]
        for own, rank, other_rank in (("a", *ranks), ("b", *ranks[::-1]))
    ]
    a_is_client = group[1] & ~group[0]
    b_is_client = group[0] & ~group[1]
    return np.where(a_is_client & answers[0], -1, np.where(b_is_client & answers[1], 1, 0)) + (
        _vote(a_is_client & ~answers[0], b_is_client & ~answers[1])
    )


def _peers(columns: Columns, _ranks: Ranks) -> Array:
    """One endpoint that many different ports talk to is a server.

    Ports are counted, not peers: a client with a fixed source port (NTP, a scanner) talks to
    many servers, but to one port. And a server is spoken to: an endpoint that mostly speaks
    first, to one port after the other, is a scanner.
    """
    rows = np.nonzero(columns["has_ports"])[0]
    a, b = _endpoints(columns, rows)
    both = np.concatenate([a, b])
    peer_port = np.concatenate([columns["b_port"][rows], columns["a_port"][rows]])
    distinct = np.bincount(np.unique(both * 65_536 + peer_port) // 65_536, minlength=1)
    begun_by_a = columns["first_sender"][rows] == 0
    begun = np.bincount(both, weights=np.concatenate([begun_by_a, ~begun_by_a]), minlength=1)
    serves = (distinct >= MANY_PEERS) & (2 * begun <= np.bincount(both, minlength=1))
    result = np.zeros(len(columns), dtype=np.int8)
    result[rows] = _vote(
        serves[b] & (distinct[b] >= 2 * distinct[a]), serves[a] & (distinct[a] >= 2 * distinct[b])
    )
    return result


def _endpoints(columns: Columns, rows: Array) -> tuple[Array, Array]:
    """Endpoints (address, port, protocol) as small integers."""
    packed = []
    for side in "ab":
        key = np.zeros((len(rows), 20), dtype=np.uint8)
        key[:, :16] = columns[f"{side}_address"][rows]
        key[:, 16:18] = columns[f"{side}_port"][rows].astype(">u2").view(np.uint8).reshape(-1, 2)
        key[:, 18] = columns["ip_protocol"][rows]
        key[:, 19] = columns["ip_version"][rows]
        packed.append(key.view("V20").ravel())
    _, codes = np.unique(np.concatenate(packed), return_inverse=True)
    return codes[: len(rows)], codes[len(rows) :]


def _ephemeral(columns: Columns, ranks: Ranks) -> Array:
    """One port in a band that systems take client ports from, the other below all of them.

    A port of the band that the catalogue gives to a service does not count as the client's,
    unless the other port is in the catalogue too.
    """
    a_port, b_port = columns["a_port"], columns["b_port"]
    a_free = (ranks[0] == _NOT_LISTED) | (ranks[1] < _NOT_LISTED)
    b_free = (ranks[1] == _NOT_LISTED) | (ranks[0] < _NOT_LISTED)
    a = (a_port >= _EPHEMERAL_FROM) & (b_port < _EPHEMERAL_FROM) & a_free
    b = (b_port >= _EPHEMERAL_FROM) & (a_port < _EPHEMERAL_FROM) & b_free
    return _vote(a & columns["has_ports"], b & columns["has_ports"])


def _catalogue(columns: Columns, ranks: Ranks) -> Array:
    """The port with the better claim in the catalogue is the server's."""
    return _vote(
        (ranks[1] < ranks[0]) & columns["has_ports"], (ranks[0] < ranks[1]) & columns["has_ports"]
    )


def _lower_port(columns: Columns, _ranks: Ranks) -> Array:
    a_port, b_port = columns["a_port"], columns["b_port"]
    return _vote((b_port < a_port) & columns["has_ports"], (a_port < b_port) & columns["has_ports"])


def _first_packet(columns: Columns, _ranks: Ranks) -> Array:
    return np.where(columns["first_sender"] == 0, 1, -1).astype(np.int8)


def _rank(columns: Columns, side: str, ports: PortTable) -> Array:
    """How good the best claim on each row's port is."""
    rank = np.full(len(columns), _NOT_LISTED, dtype=np.uint8)
    for number, transport in _TRANSPORTS.items():
        rows = np.nonzero(columns["ip_protocol"] == number)[0]
        if len(rows):
            rank[rows] = best_claims(ports, transport)[columns[f"{side}_port"][rows]]
    return rank


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


RUNGS: tuple[tuple[DirectionBasis, Callable[[Columns, Ranks], Array]], ...] = (
    (DirectionBasis.SYN, _syn),
    (DirectionBasis.SYN_ACK, _syn_ack),
    # announced: will stand here, when control traffic of the capture hands out endpoints
    (DirectionBasis.PAYLOAD_ROLE, _message_role),
    (DirectionBasis.GROUP, _group),
    (DirectionBasis.PEERS, _peers),
    (DirectionBasis.EPHEMERAL, _ephemeral),
    (DirectionBasis.CATALOGUE, _catalogue),
    (DirectionBasis.LOWER_PORT, _lower_port),
    (DirectionBasis.FIRST_PACKET, _first_packet),
)
"""Strongest first; the last one always knows."""
