"""The ephemeral band of each host: from which range it takes the ports that it asks from.

Inferred from the different source ports of connections whose SYN was seen: only there it is sure
who asked. Ports below 1024 are never taken at random, so they do not count.

Bands overlap: 49152-60999 is part of Windows', of IANA's and of Linux'. So a band is named only if
chance is ruled out: how likely would a host with any wider band have stayed inside of this one?
Many systems hand out ports one after the other, some for each destination by itself (RFC 6056 3.3),
so that a hundred connections to one server may say no more than one. So not ports are counted as
draws but destinations, or, if there are more, places in the band: two far jumps are one draw.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from classifier.distinct import among
from classifier.flows.direction import RUNGS
from classifier.hosts.owned import Owned
from classifier.model import DirectionBasis

if TYPE_CHECKING:
    from classifier.flows.columns import Array
    from classifier.flows.oriented import Flows

__all__ = ["BANDS", "FEWEST_PORTS", "HostBands", "infer", "is_client_band"]

BANDS: tuple[tuple[str, int, int], ...] = (
    # Narrowest first; the last one is no system's default but the null hypothesis.
    ("legacy", 1025, 5000),  # Windows before Vista (KB 832017); old BSDs are 1024-5000
    ("dynamic", 49152, 65535),  # RFC 6335: Windows since Vista, macOS, NetBSD
    ("linux", 32768, 60999),  # ip_local_port_range
    ("wide", 10000, 65535),  # FreeBSD, Windows with TMG
    ("any", 1024, 65535),  # OpenBSD nearly, many NAT devices and scanners
)
"""Word, lowest and highest port, in ``signatures/dynamic-ranges.toml`` where it has them."""

FEWEST_PORTS = 8
"""Different source ports without which no band is named."""
_CHANCE = 0.02
"""A band is named if one with a wider band would have stayed inside of it less often than so."""
_JUMP = 256
"""Ports that are farther apart were not handed out one after the other."""
_OUTLIERS = 20
"""One port in so many may lie outside: programs choose some themselves."""
_RESERVED = 1024
_TCP = 6


class HostBands(Struct, frozen=True, eq=False):
    """One row an address, by its number in ``Flows.addresses``.

    Attributes:
        code: int8, index into :data:`BANDS`; -1: too little was seen, or nothing fits.
        low, high: uint16, lowest and highest source port that was seen.
        ports: int64, how many different source ports were seen. These three are 0 of a host with
            fewer connections than :data:`FEWEST_PORTS`.
        draws: int64, how many of them were taken independently of each other, as a careful guess.
    """

    code: Array
    low: Array
    high: Array
    ports: Array
    draws: Array

    def word(self, number: int) -> str:
        """The band of one address, empty where none is named."""
        code = int(self.code[number])
        return BANDS[code][0] if code >= 0 else ""


def infer(flows: Flows) -> HostBands:
    """The band of every address."""
    size = len(flows.addresses)
    syn = [basis for basis, _ in RUNGS].index(DirectionBasis.SYN)
    port = flows.side("port", client=True)
    rows = np.flatnonzero(
        (flows.column("ip_protocol") == _TCP) & (flows.rung == syn) & (port >= _RESERVED)
    )
    client = flows.client.take(rows)
    # Most addresses of a large recording ask once or twice: they cannot have enough ports.
    often = np.bincount(client, minlength=size) >= FEWEST_PORTS
    hosts = np.flatnonzero(often)
    mine = np.flatnonzero(often.take(client))
    rows = rows.take(mine)
    number = np.zeros(size, dtype=np.int32)
    number[hosts] = np.arange(len(hosts))
    owner = number.take(client.take(mine))
    own = Owned.of(owner, port.take(rows), 16, len(hosts))
    # Numbers of addresses are kept to 23 bits; where there are more, two may pass for one.
    target = flows.server.take(rows)
    target &= (1 << 23) - 1
    served = flows.side("port", client=False).take(rows)
    peers = Owned.counted(owner, ((target, 23), (served, 16)), len(hosts))
    ports, draws = own.count(), np.maximum(peers, own.jumps(_JUMP) // 2 + 1)
    low, high = own.ends()
    inside = [own.count(lowest, highest) for _, lowest, highest in BANDS]

    def everyone(values: Array, dtype: type[np.integer], other: int = 0) -> Array:
        """The values of the hosts that were looked at, among those of all addresses."""
        result = np.full(size, other, dtype=dtype)
        result[hosts] = values
        return result

    return HostBands(
        everyone(_named(inside, ports, draws), np.int8, -1),
        everyone(low, np.uint16),
        everyone(high, np.uint16),
        everyone(ports, np.int64),
        everyone(draws, np.int64),
    )


def _named(inside: list[Array], ports: Array, draws: Array) -> Array:
    """The narrowest band that holds the ports, if no wider one that does explains them as well."""
    code = np.full(len(ports), -1, dtype=np.int8)
    holds = [(ports >= FEWEST_PORTS) & ((ports - count) * _OUTLIERS <= ports) for count in inside]
    for number in reversed(range(len(BANDS))):
        code[holds[number]] = number
        for wider in range(number + 1, len(BANDS)):
            by_chance = _overlap(number, wider) ** draws > _CHANCE
            code[holds[number] & holds[wider] & by_chance] = -1
    return code


def _overlap(narrow: int, wide: int) -> float:
    """Which part of a band lies inside of another."""
    (_, low, high), (_, wide_low, wide_high) = BANDS[narrow], BANDS[wide]
    shared = max(0, min(high, wide_high) - max(low, wide_low) + 1)
    return shared / (wide_high - wide_low + 1)


def is_client_band(flows: Flows, bands: HostBands) -> Array:
    """Which flows have their server's port inside of the band from which that host asks.

    There a port that the catalogue gives to a service may as well be one that was taken at random:
    where the direction was inferred, the server may be the client. Bool, one a flow; only of hosts
    whose band is named, and not ``any``, which says nothing.
    """
    named = (bands.code >= 0) & (bands.code < len(BANDS) - 1)
    result = np.zeros(len(flows.server), dtype=bool)
    rows = np.flatnonzero(named.take(flows.server))
    code = bands.code.take(flows.server.take(rows))
    low, high = np.array([(low, high) for _, low, high in BANDS], dtype=np.uint16).T.copy()
    port = flows.side("port", client=False).take(rows)
    has_ports = among(flows.column("ip_protocol").take(rows), (_TCP, 17, 132))
    result[rows] = has_ports & (port >= low.take(code)) & (port <= high.take(code))
    return result
