"""The tables of a report: pure, vectorised aggregates over the flow table, one a file.

Every function is columns in, columns out: no Python per flow, no state, the same answer on one
core or on the merged rows of many. Their columns are declared in :mod:`classifier.tables.columns`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from classifier.tables.capture import captures, coverage, health, interfaces, warnings
from classifier.tables.contacts import Contacts
from classifier.tables.conversation import conversations
from classifier.tables.endpoint import endpoints
from classifier.tables.finding import findings, violations
from classifier.tables.host import hosts
from classifier.tables.service import certainty, services
from classifier.tables.worklist import unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from classifier.engine.contract import Health
    from classifier.evidence import Context
    from classifier.hosts import HostFacts
    from classifier.model import Finding
    from classifier.table import Table
    from classifier.tables.firstbytes import Beginnings
    from classifier.tables.service import Knowledge

__all__ = [
    "LARGE",
    "TABLES",
    "Contacts",
    "captures",
    "certainty",
    "conversations",
    "coverage",
    "endpoints",
    "findings",
    "health",
    "hosts",
    "interfaces",
    "services",
    "unknown",
    "violations",
    "warnings",
]


class Stood(Protocol):
    """What the tables need of :class:`classifier.explain.Grounds`."""

    @property
    def context(self) -> Context:
        """What control traffic said."""


class Concluded(Protocol):
    """What the tables need of :class:`classifier.analysis.Analysis`."""

    @property
    def flow_table(self) -> Table:
        """One row a flow."""

    @property
    def unnamed(self) -> Beginnings:
        """First payload bytes of the flows that nothing names."""

    @property
    def capture_health(self) -> Health:
        """Where every frame went."""

    @property
    def findings(self) -> Sequence[Finding]:
        """What a person must look at."""

    @property
    def violation_table(self) -> Table:
        """The policy's verdicts."""

    @property
    def host_facts(self) -> HostFacts | None:
        """What is known of hosts besides their flows."""

    @property
    def grounds(self) -> Stood | None:
        """What the verdicts stand on; None: it was not kept."""

    @property
    def contacts(self) -> Contacts:
        """Who asked for what, and who was asked."""

    @property
    def catalogue(self) -> Knowledge:
        """The knowledge that named the flows."""


# In the order of a report.
TABLES: Mapping[str, Callable[[Concluded], Table]] = {
    "health": lambda of: health(of.capture_health),
    "captures": lambda of: captures(of.capture_health),
    "interfaces": lambda of: interfaces(of.capture_health),
    "warnings": lambda of: warnings(of.capture_health),
    "coverage": lambda of: coverage(of.flow_table),
    "findings": lambda of: findings(of.findings),
    "services": lambda of: services(of.flow_table, of.catalogue, of.contacts),
    "certainty": lambda of: certainty(of.flow_table),
    "unknown": lambda of: unknown(of.flow_table, of.unnamed),
    "violations": lambda of: violations(of.violation_table),
    "hosts": lambda of: hosts(of.flow_table, of.host_facts, of.contacts),
    "endpoints": lambda of: endpoints(
        of.flow_table,
        of.grounds.context if of.grounds else None,
        [capture.name for capture in of.capture_health.captures],
    ),
    "conversations": lambda of: conversations(of.flow_table),
}
"""Every table by its name, made of what a run concluded."""

LARGE = ("conversations", "hosts", "unknown", "services", "certainty")
"""The tables that grow with the flows or are made of them, what takes longest first."""
