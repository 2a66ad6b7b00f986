"""The result of a run: the flow table, what was concluded from it, and the tables of the report."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from classifier.catalogue import Catalogue
    from classifier.endpoints.known import KnownEndpoint
    from classifier.engine.contract import Health
    from classifier.explain import Explanation, Flow
    from classifier.flows.unnamed import UnnamedHeads
    from classifier.grounds import Grounds
    from classifier.hosts import HostFacts
    from classifier.model import Finding
    from classifier.table import Table
    from classifier.tables import Contacts

__all__ = ["Analysis"]


class Analysis(Struct, frozen=True, eq=False, dict=True):
    """What ``classifier.read`` returns and every report renders.

    Attributes:
        flow_table: One row a flow; columns as in :data:`classifier.model.FLOW_COLUMNS`.
        unnamed: First payload bytes of the flows that nothing names.
        capture_health: Where every frame went, and what the reader must know.
        findings: What a person must look at, most severe first.
        violation_table: One row for each flow group that breaks a policy rule.
        catalogue: The knowledge that named the flows.
        endpoints: What server endpoints were seen to serve, here and in earlier captures that still
            hold: what ``--save-endpoints`` writes.
        settings: What was run and with which options, by name, ready for JSON.
        host_facts: What is known of hosts besides their flows; None: nothing.
        grounds: The evidence that the verdicts stand on, for explanations; None: it was not kept.
    """

    flow_table: Table
    unnamed: UnnamedHeads
    capture_health: Health
    findings: tuple[Finding, ...]
    violation_table: Table
    catalogue: Catalogue
    settings: Mapping[str, object] = field(default_factory=dict)
    endpoints: tuple[KnownEndpoint, ...] = ()
    host_facts: HostFacts | None = None
    grounds: Grounds | None = None
    _tables: dict[str, Table] = field(default_factory=dict)
    _shared: dict[str, Contacts] = field(default_factory=dict)

    def __repr__(self) -> str:
        """How much there is; the tables have representations of their own."""
        return (
            f"Analysis({len(self.capture_health.captures)} captures, "
            f"{len(self.flow_table)} flows, {len(self.findings)} findings)"
        )

    @cached_property
    def flows(self) -> pd.DataFrame:
        """One row a flow; columns as in :data:`classifier.model.FLOW_COLUMNS`."""
        return self.flow_table.frame()

    @cached_property
    def heads(self) -> pd.DataFrame:
        """First payload bytes by flow (columns ``client_head``, ``server_head``: bytes).

        Indexed by flow id; only flows that nothing names are there.
        """
        return self.unnamed.frame()

    @cached_property
    def violations(self) -> pd.DataFrame:
        """One row for each flow group that breaks a policy rule."""
        return self.violation_table.frame()

    def flow(self, number: int) -> Flow:
        """One flow, by its id in the flow table.

        Raises:
            KeyError: There is no such flow.
        """
        from classifier.explain import Flow

        if not (self.flow_table["flow"].data == number).any():
            raise KeyError(number)
        return Flow(self, int(number))

    def explain(self, flow: int | str) -> Explanation:
        """Why a flow has its name.

        Args:
            flow: Its id, or its endpoints as ``client:port>server:port``; see
                :func:`classifier.explain.choose`. Of several the first is taken.

        Raises:
            UsageError: There is no such flow.
        """
        from classifier.explain import choose, explain

        return explain(self, choose(self, str(flow))[0])

    def table(self, name: str) -> Table:
        """A table of the report as columns; made when it is asked for first.

        Args:
            name: One of :data:`classifier.tables.TABLES`, or ``flows``.

        Raises:
            KeyError: There is no such table.
        """
        if name == "flows":
            return self.flow_table
        if name not in self._tables:
            from classifier.tables import TABLES

            self._tables[name] = TABLES[name](self)
        return self._tables[name]

    @property
    def contacts(self) -> Contacts:
        """Who asked for what, and who was asked; tables that are prepared together share it."""
        from classifier.tables import Contacts

        return self._shared.get("contacts") or Contacts(self.flow_table)

    def prepare(self, *columns: str) -> None:
        """Make the tables that grow with the flows now, two at a time; it changes no result.

        Args:
            columns: And these columns of the flow table, which else are made when asked for.
        """
        from classifier import tables
        from classifier.beside import side_by_side

        jobs: list[Callable[[], object]] = [partial(self.table, name) for name in tables.LARGE]
        jobs += [partial(self.flow_table.__getitem__, name) for name in columns]
        self._shared["contacts"] = tables.Contacts(self.flow_table)
        try:
            side_by_side(jobs, flows=len(self.flow_table))
        finally:
            self._shared.clear()  # they are large

    @cached_property
    def services(self) -> pd.DataFrame:
        """One row a service, most bytes first. See :func:`classifier.tables.services`."""
        return self.table("services").frame()

    @cached_property
    def hosts(self) -> pd.DataFrame:
        """One row an address. See :func:`classifier.tables.hosts`."""
        return self.table("hosts").frame()

    @cached_property
    def handed_out(self) -> pd.DataFrame:
        """What control traffic told of endpoints. See :func:`classifier.tables.endpoints`."""
        return self.table("endpoints").frame()

    @cached_property
    def conversations(self) -> pd.DataFrame:
        """One row for client, server and service. See :func:`classifier.tables.conversations`."""
        return self.table("conversations").frame()

    @cached_property
    def unknown(self) -> pd.DataFrame:
        """The worklist of traffic that nothing names. See :func:`classifier.tables.unknown`."""
        return self.table("unknown").frame()

    @cached_property
    def health(self) -> pd.DataFrame:
        """Where every frame went. See :func:`classifier.tables.health`."""
        return self.table("health").frame()

    @cached_property
    def captures(self) -> pd.DataFrame:
        """One row an input file. See :func:`classifier.tables.captures`."""
        return self.table("captures").frame()
