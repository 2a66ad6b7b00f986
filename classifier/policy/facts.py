"""The flow table as a policy sees it: each distinct service and address looked at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from classifier.model import Confidence, DirectionBasis
from classifier.policy.addresses import Addresses
from classifier.policy.attempts import attempted

if TYPE_CHECKING:
    from collections.abc import Collection

    import numpy.typing as npt

    from classifier.policy.zones import Zone

    Mask = npt.NDArray[np.bool_]

__all__ = ["Facts"]

GUESSED_SIDES = (DirectionBasis.LOWER_PORT, DirectionBasis.FIRST_PACKET)
"""Rungs that are a guess: which side serves is not known well enough to accuse it."""

RANKS = {word.value: rank for rank, word in enumerate(Confidence)}


@dataclass(frozen=True)
class Facts:
    """What rules ask about flows; one element a flow in every array.

    Attributes:
        services: Distinct service ids.
        service: Index into ``services``.
        known: The verdict is at least as sure as the policy demands.
        sided: It is known which side is the server.
        transport: Index into ``transports``.
        transports: Distinct transports.
        port: Server port, -1 where there is none.
        protocol: IP protocol number.
        client, server: Index into the distinct addresses.
        addresses: The distinct addresses.
        answered: The server sent something.
        attempted: A TCP connection that never came about.
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
    attempted: Mask
    _zones: dict[Zone, Mask] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, flows: pd.DataFrame, minimum: Confidence) -> Facts:
        """Prepare a flow table.

        Args:
            flows: Columns as in :data:`classifier.model.FLOW_COLUMNS`.
            minimum: From which confidence on a service counts as known.
        """
        sides = pd.concat([flows["client_ip"], flows["server_ip"]], ignore_index=True)
        codes, texts = pd.factorize(sides)
        rows = len(flows)
        ranks = [RANKS.get(word, len(RANKS)) for word in flows["confidence"].cat.categories]
        guessed = _is_one_of(flows["direction_basis"], GUESSED_SIDES)
        return cls(
            services=[str(name) for name in flows["service"].cat.categories],
            service=flows["service"].cat.codes.to_numpy(),
            known=_take(np.array(ranks) <= RANKS[minimum], flows["confidence"]),
            sided=~guessed,
            transports=[str(name) for name in flows["transport"].cat.categories],
            transport=flows["transport"].cat.codes.to_numpy(),
            port=flows["server_port"].to_numpy(dtype=np.int32, na_value=-1),
            protocol=flows["ip_protocol"].to_numpy(),
            client=codes[:rows],
            server=codes[rows:],
            addresses=Addresses.of(texts.tolist()),
            answered=flows["server_packets"].to_numpy() > 0,
            attempted=attempted(flows),
        )

    def __len__(self) -> int:
        """Flows."""
        return len(self.port)

    def serves(self, services: Collection[str]) -> Mask:
        """Whether the service of a flow is one of these."""
        chosen: Mask = np.array([name in services for name in self.services], dtype=np.bool_)
        named: Mask = chosen[self.service]
        return named

    def on_port(self, transport: str, low: int, high: int) -> Mask:
        """Whether the server's port lies in a range."""
        if transport not in self.transports:
            return np.zeros(len(self), dtype=np.bool_)
        carried: Mask = self.transport == self.transports.index(transport)
        return carried & (self.port >= low) & (self.port <= high)

    def between(self, client: Zone, server: Zone) -> Mask:
        """Whether the client is in the one zone and the server in the other."""
        return self._holds(client)[self.client] & self._holds(server)[self.server]

    def _holds(self, zone: Zone) -> Mask:
        if zone not in self._zones:
            self._zones[zone] = zone.holds(self.addresses)
        return self._zones[zone]


def _is_one_of(column: pd.Series, words: Collection[str]) -> Mask:
    """Whether a category column holds one of these words."""
    return _take(np.array([str(word) in words for word in column.cat.categories]), column)


def _take(by_category: npt.NDArray[np.bool_], column: pd.Series) -> Mask:
    """One element a row of what was found out about each category; False where it is null."""
    with_null = np.append(by_category, False).astype(np.bool_)
    return with_null[column.cat.codes.to_numpy()]
