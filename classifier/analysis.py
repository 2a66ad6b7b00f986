"""The result of a run: the flow table, what was concluded from it, and the tables of the report."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from classifier.catalogue import Catalogue
    from classifier.engine.contract import Health
    from classifier.model import Finding

__all__ = ["Analysis"]


@dataclass(frozen=True)
class Analysis:
    """What ``classifier.read`` returns and every report renders.

    Attributes:
        flows: One row a flow; columns as in :data:`classifier.model.FLOW_COLUMNS`.
        heads: First payload bytes by flow (columns ``client_head``, ``server_head``: bytes),
            indexed by flow id; only flows that nothing names are kept.
        capture_health: Where every frame went, and what the reader must know.
        findings: What a person must look at, most severe first.
        violations: One row for each flow group that breaks a policy rule.
        catalogue: The knowledge that named the flows.
        settings: What was run and with which options, by name, ready for JSON.
    """

    flows: pd.DataFrame
    heads: pd.DataFrame
    capture_health: Health
    findings: tuple[Finding, ...]
    violations: pd.DataFrame
    catalogue: Catalogue
    settings: Mapping[str, object] = field(default_factory=dict)

    @cached_property
    def services(self) -> pd.DataFrame:
        """One row a service, most bytes first. See :func:`classifier.tables.services`."""
        from classifier import tables

        return tables.services(self.flows, self.catalogue)

    @cached_property
    def hosts(self) -> pd.DataFrame:
        """One row an address. See :func:`classifier.tables.hosts`."""
        from classifier import tables

        return tables.hosts(self.flows)

    @cached_property
    def conversations(self) -> pd.DataFrame:
        """One row for client, server and service. See :func:`classifier.tables.conversations`."""
        from classifier import tables

        return tables.conversations(self.flows)

    @cached_property
    def unknown(self) -> pd.DataFrame:
        """The worklist of traffic that nothing names. See :func:`classifier.tables.unknown`."""
        from classifier import tables

        return tables.unknown(self.flows, self.heads)

    @cached_property
    def health(self) -> pd.DataFrame:
        """Where every frame went. See :func:`classifier.tables.health`."""
        from classifier import tables

        return tables.health(self.capture_health)

    @cached_property
    def captures(self) -> pd.DataFrame:
        """One row an input file. See :func:`classifier.tables.captures`."""
        from classifier import tables

        return tables.captures(self.capture_health)
