"""Some of the flows, as if there were no others: for those who look at columns only."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from classifier.flows.addresses import Addresses
    from classifier.flows.columns import Array
    from classifier.flows.oriented import Flows

__all__ = ["Chosen"]


class Chosen:
    """Rows of flows. A column is taken when it is asked for, once.

    Attributes:
        addresses: Those of all flows.
    """

    def __init__(self, flows: Flows, rows: Array) -> None:
        """Choose flows.

        Args:
            flows: All of them; their direction must not change any more.
            rows: Numbers of those that are wanted, in the order in which they are wanted.
        """
        self._flows = flows
        self._rows = rows
        self._taken: dict[str, Array] = {}
        self.addresses: Addresses = flows.addresses

    def __len__(self) -> int:
        """How many were chosen."""
        return len(self._rows)

    @cached_property
    def rung(self) -> Array:
        """As in :class:`classifier.flows.oriented.Oriented`."""
        return self._flows.rung.take(self._rows)

    @cached_property
    def state(self) -> Array:
        """As in :class:`classifier.flows.oriented.Oriented`."""
        return self._flows.state.take(self._rows)

    @cached_property
    def client(self) -> Array:
        """As in :class:`classifier.flows.oriented.Oriented`."""
        return self._flows.client.take(self._rows)

    @cached_property
    def server(self) -> Array:
        """As in :class:`classifier.flows.oriented.Oriented`."""
        return self._flows.server.take(self._rows)

    def side(self, name: str, *, client: bool) -> Array:
        """As in :class:`classifier.flows.oriented.Oriented`."""
        key = f"{'client' if client else 'server'}_{name}"
        if key not in self._taken:
            self._taken[key] = self._flows.side(name, client=client).take(self._rows)
        return self._taken[key]

    def column(self, name: str) -> Array:
        """As in :class:`classifier.flows.oriented.Oriented`."""
        if name not in self._taken:
            self._taken[name] = self._flows.column(name).take(self._rows)
        return self._taken[name]
