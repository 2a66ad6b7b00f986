"""What the verdicts of a run stand on, kept so that they can be explained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from classifier.catalogue import Catalogue
    from classifier.engine.contract import Health
    from classifier.evidence import Context, Evidence
    from classifier.hosts import HostFacts
    from classifier.table import Table

__all__ = ["Explained", "Grounds"]


class Grounds(Struct, frozen=True, eq=False):
    """The evidence of all flows, and what its sources knew.

    Attributes:
        evidence: One row for each reason to believe something about a flow.
        context: The catalogue, the RPC ranges, and what control traffic said.
        rpc_range: What the user gave as ``--rpc-range``; empty: the policy says it.
    """

    evidence: Evidence
    context: Context
    rpc_range: str = ""


class Explained(Protocol):
    """What an explanation needs of :class:`classifier.analysis.Analysis`."""

    @property
    def flow_table(self) -> Table:
        """One row a flow."""

    @property
    def grounds(self) -> Grounds | None:
        """What the verdicts stand on; None where it was not kept."""

    @property
    def catalogue(self) -> Catalogue:
        """The knowledge that named the flows."""

    @property
    def capture_health(self) -> Health:
        """The files, and the notes about known endpoints."""

    @property
    def host_facts(self) -> HostFacts | None:
        """What is known of hosts; None: nothing."""
