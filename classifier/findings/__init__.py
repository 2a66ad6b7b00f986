"""Findings: what a person must look at, each with its cause, its flows and what to do next.

One kind a file. A kind is a function from :class:`~classifier.findings.seen.Seen` to findings
without an id; :func:`collect` sorts them and gives the ids.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec.structs import replace

from classifier.findings import health as _health
from classifier.findings import mismatch as _mismatch
from classifier.findings import policy as _policy
from classifier.findings import protocols as _protocols
from classifier.findings import scan as _scan
from classifier.findings import unknown as _unknown
from classifier.findings.seen import Seen
from classifier.policy import load

if TYPE_CHECKING:
    from classifier.catalogue import Catalogue
    from classifier.engine.contract import Health
    from classifier.flows.unnamed import UnnamedHeads
    from classifier.model import Finding
    from classifier.policy import Policy
    from classifier.table import Table

__all__ = ["KINDS", "collect"]

KINDS = (_health, _policy, _scan, _mismatch, _protocols, _unknown)
"""Every kind of finding. The order breaks ties of severity: what touches the whole report first,
then what is against a rule, then what is only strange."""

INTERNET = "internet"
"""The zone of a policy that holds the addresses that are not one's own."""


def collect(
    flows: Table,
    heads: UnnamedHeads,
    violations: Table,
    health: Health,
    catalogue: Catalogue,
    *,
    policy: Policy | None = None,
) -> tuple[Finding, ...]:
    """Find what a person must look at.

    Args:
        flows: Columns as in :data:`classifier.model.FLOW_COLUMNS`.
        heads: First payload bytes of the flows that nothing names.
        violations: From :func:`classifier.policy.check`.
        health: Where every frame went.
        catalogue: The knowledge that named the flows.
        policy: Its zone ``internet`` says what is outside; without such a zone, or without a
            policy, that of the shipped policy does.

    Returns:
        Most severe first; of one severity what is certain before what is undetermined, then in
        the order of :data:`KINDS`, then most bytes. Ids count within a kind in this order.
    """
    internet = policy.zones.get(INTERNET) if policy else None
    if internet is None:
        internet = load().zones[INTERNET]
    seen = Seen(flows, heads, violations, health, catalogue, internet)
    found = [(order, one) for order, kind in enumerate(KINDS) for one in kind.find(seen)]
    found.sort(key=lambda pair: (-pair[1].severity, pair[1].undetermined, pair[0], -pair[1].bytes))
    count: Counter[str] = Counter()
    numbered = []
    for _, finding in found:
        count[finding.kind] += 1
        numbered.append(replace(finding, id=f"{finding.kind}-{count[finding.kind]}"))
    return tuple(numbered)
