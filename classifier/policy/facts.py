"""The flow table as a policy sees it: what looks the same to every rule is looked at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec import Struct, field

from classifier.grouping import Groups
from classifier.model import Confidence, DirectionBasis
from classifier.policy.addresses import Addresses

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    import numpy.typing as npt

    from classifier.policy.zones import Zone
    from classifier.table import Table

    Mask = npt.NDArray[np.bool_]

__all__ = ["Facts"]

GUESSED_SIDES = (DirectionBasis.LOWER_PORT, DirectionBasis.FIRST_PACKET)
"""Rungs that are a guess: which side serves is not known well enough to accuse it."""

RANKS = {word.value: rank for rank, word in enumerate(Confidence)}


class Facts(Struct, frozen=True):
    """What rules ask about flows; one element a kind of flow in every array.

    Attributes:
        services: Distinct service ids.
        service: Index into ``services``.
        known: The verdict is at least as sure as the policy demands.
        sided: It is known which side is the server.
        transport: Index into ``transports``.
        transports: Distinct transports.
        port: Server port, -1 where there is none.
        protocol: IP protocol number.
        client, server: Index into the addresses.
        addresses: One address of each kind that the zones tell apart.
        answered: The server sent something.
    """

    services: list[str]
    service: npt.NDArray[np.integer]
    known: Mask
    sided: Mask
    transports: list[str]
    transport: npt.NDArray[np.integer]
    port: npt.NDArray[np.int32]
    protocol: npt.NDArray[np.uint8]
    client: npt.NDArray[np.intp]
    server: npt.NDArray[np.intp]
    addresses: Addresses
    answered: Mask
    _zones: dict[Zone, Mask] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        flows: Table,
        minimum: Confidence,
        zones: Iterable[Zone],
        rows: npt.NDArray[np.integer],
    ) -> tuple[Facts, Groups]:
        """Prepare flows: those of which all facts are the same become one.

        Args:
            flows: Columns as in :data:`classifier.model.FLOW_COLUMNS`.
            minimum: From which confidence on a service counts as known.
            zones: Every zone that will be asked about.
            rows: The flows of the table that are wanted.

        Returns:
            The facts, and which of them each wanted flow has.
        """
        client, server, addresses = _sides(flows, zones, rows)
        service, transport = flows["service"].take(rows), flows["transport"].take(rows)
        confidence = flows["confidence"].take(rows)
        sure = [
            word
            for word in confidence.labels or ()
            if RANKS.get(word, len(RANKS)) <= RANKS[minimum]
        ]
        basis = flows["direction_basis"].take(rows)
        guessed = basis.is_label(*(word.value for word in GUESSED_SIDES))
        port = flows["server_port"].take(rows)
        number = port.data.astype(np.int32)
        if port.missing is not None:
            number[port.missing] = -1
        columns: dict[str, Any] = {
            "service": service.data,
            "known": confidence.is_label(*sure),
            "sided": ~guessed,
            "transport": transport.data,
            "port": number,
            "protocol": flows["ip_protocol"].data[rows],
            "client": client,
            "server": server,
            "answered": flows["server_packets"].data[rows] > 0,
        }
        same = Groups.of(*columns.values())
        facts = cls(
            services=list(service.labels or ()),
            transports=list(transport.labels or ()),
            addresses=addresses,
            **{name: column[same.first] for name, column in columns.items()},
        )
        return facts, same

    def __len__(self) -> int:
        """Kinds of flows."""
        return len(self.port)

    def serves(self, services: Collection[str]) -> Mask:
        """Whether the service of a flow is one of these."""
        chosen: Mask = np.array([name in services for name in self.services], dtype=np.bool_)
        named: Mask = chosen[self.service]
        return named

    def on_ports(self, ports: Iterable[tuple[str, int, int]]) -> Mask:
        """Whether the server's port is of a transport and lies in a range, or in another."""
        mask = np.zeros(len(self), dtype=np.bool_)
        for transport, low, high in ports:
            if transport in self.transports:
                carried = self.transport == self.transports.index(transport)
                mask |= carried & (self.port >= low) & (self.port <= high)
        return mask

    def between(self, client: Zone, server: Zone) -> Mask:
        """Whether the client is in the one zone and the server in the other."""
        return self._holds(client)[self.client] & self._holds(server)[self.server]

    def _holds(self, zone: Zone) -> Mask:
        if zone not in self._zones:
            self._zones[zone] = zone.holds(self.addresses)
        return self._zones[zone]


def _sides(
    flows: Table, zones: Iterable[Zone], rows: npt.NDArray[np.integer]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], Addresses]:
    """Client and server of each flow, and the addresses: one for all that no zone tells apart."""
    client, server = flows["client_ip"].take(rows), flows["server_ip"].take(rows)
    labels: Sequence[str] = client.labels or ()
    numbers = client.data, server.data
    if server.labels is not client.labels:
        numbers = client.data, server.data.astype(np.int64) + len(labels)
        labels = [*labels, *(server.labels or ())]
    used = np.zeros(len(labels), dtype=np.bool_)
    for side in numbers:
        used[side] = True
    asked = np.flatnonzero(used)
    addresses = Addresses.of(labels, asked)
    kinds = Groups.of(*(zone.holds(addresses) for zone in dict.fromkeys(zones)), addresses.valid)
    few = Addresses(addresses.packed[kinds.first], addresses.valid[kinds.first])
    kind = np.zeros(len(labels), dtype=np.intp)
    kind[asked] = kinds.code
    return kind[numbers[0]], kind[numbers[1]], few
