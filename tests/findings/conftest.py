from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from build import flow_table
from classifier import findings, policy
from classifier.catalogue import Catalogue, Service
from classifier.engine.contract import IN_FLOW, Health
from classifier.flows.unnamed import UnnamedHeads
from classifier.model import FLOW_COLUMNS
from classifier.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from classifier.model import Finding

NO_HEADS = pd.DataFrame({"client_head": [], "server_head": []}, dtype=object)


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """A catalogue of one service and one IP protocol."""
    names = [f"protocol {number}" for number in range(256)]
    names[89], names[253] = "OSPFIGP", "experiment-1"
    return Catalogue(
        services=(
            Service(id="unknown", name="Unknown", family="unknown"),
            Service(id="web", name="Web", family="web"),
        ),
        bands=(),
        ip_protocol_names=tuple(names),
        name="test",
        version="1",
        date="2026-01-01",
        digest="",
        families={},
        flags={},
        eras={},
    )


@pytest.fixture
def find(catalogue: Catalogue) -> Callable[..., tuple[Finding, ...]]:
    """Findings about flows; everything else is without flaw unless it is given."""

    def find(
        *rows: dict[str, Any],
        kind: str = "",
        health: Health | None = None,
        heads: pd.DataFrame = NO_HEADS,
        rules: policy.Policy | None = None,
        knowledge: Catalogue = catalogue,
    ) -> tuple[Finding, ...]:
        flows = Table.of(flow_table(*rows), FLOW_COLUMNS)
        columns = policy.VIOLATION_COLUMNS
        if rules is None:
            nothing = {c.name: pd.Series([], dtype=c.dtype) for c in columns}
            violations = Table.of(pd.DataFrame(nothing), columns)
        else:
            violations = policy.check(flows, rules, knowledge)
        sound = Health(frames=1)
        sound.outcomes[IN_FLOW, ""] = 1
        unnamed = UnnamedHeads.of(heads)
        found = findings.collect(
            flows, unnamed, violations, health or sound, knowledge, policy=rules
        )
        return tuple(one for one in found if kind in ("", one.kind))

    return find
