"""The verdicts of a policy as a table: one row for each rule, pair of hosts and service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier.grouping import Groups, order
from classifier.model import Column, Confidence, Severity
from classifier.policy.attempts import attempted
from classifier.policy.judge import Verdict, judge_objectionable
from classifier.table import Table, Values

if TYPE_CHECKING:
    from classifier.catalogue import Catalogue
    from classifier.policy.rules import Policy
    from classifier.table import Array

__all__ = ["ATTEMPTED", "VIOLATION_COLUMNS", "check"]

ATTEMPTED = "Attempted only: no connection came about."
"""Ends ``why`` where every flow of the row is a TCP connection that nobody accepted."""

VIOLATION_COLUMNS: tuple[Column, ...] = (
    Column("rule", "str", "", "id of the rule"),
    Column("severity", "str", "", "info low medium high critical"),
    Column("verdict", "str", "", "violation, undetermined (weak evidence) or hint"),
    Column("client_ip", "str", "", "address of the side that asked"),
    Column("server_ip", "str", "", "address of the side that was asked"),
    Column("transport", "str", "", "tcp, udp, sctp, icmp, icmp6, or ip for the rest"),
    Column("server_port", "UInt16", "", "its port; null where there are no ports"),
    Column("service", "str", "", "id in the catalogue, unknown where none"),
    Column("confidence", "str", "", "of the service, the best of these flows"),
    Column("flows", "int64", "flows", "how many"),
    Column("bytes", "int64", "bytes", "IP bytes of them, both directions"),
    Column("first_seen", "datetime64[ns, UTC]", "UTC", "time of the first frame"),
    Column("last_seen", "datetime64[ns, UTC]", "UTC", "time of the last frame"),
    Column("why", "str", "", "what the policy says about it"),
    Column("example_flow", "int64", "", "id of the flow with the most bytes"),
)
"""The table of violations, in this order."""

TEXTS = ("client_ip", "server_ip", "transport", "service")
"""What the flows of a row have in common, besides the rule, the verdict and the server's port."""

WEAK_CEILING = Severity.LOW
"""What is not proven is never urgent: hints and the undetermined stay at or below this."""


def check(flows: Table, policy: Policy, catalogue: Catalogue) -> Table:
    """Check a flow table against a policy.

    Args:
        flows: Columns as in :data:`classifier.model.FLOW_COLUMNS`.
        policy: From :func:`classifier.policy.load`.
        catalogue: Says which services have a family or flag.

    Returns:
        Columns as in :data:`VIOLATION_COLUMNS`; most severe first, then most bytes. Allowed
        traffic is not in it. A row has one verdict: flows of one pair of hosts whose verdicts
        differ make several rows.
    """
    rows, verdict, rule = judge_objectionable(flows, policy, catalogue)
    size = flows["client_bytes"].data[rows] + flows["server_bytes"].data[rows]
    largest = order(-size, flows["flow"].data[rows])  # the first flow of a group is it
    rows, size, verdict, rule = rows[largest], size[largest], verdict[largest], rule[largest]
    port = flows["server_port"].take(rows)
    missing = np.zeros(len(rows), dtype=np.bool_) if port.missing is None else port.missing
    texts = {name: flows[name].take(rows) for name in TEXTS}
    groups = Groups.of(
        rule,
        verdict,
        *(text.data for text in texts.values()),
        np.where(missing, 0, port.data),
        missing,
    )
    first = groups.first
    rule, verdict = rule[first], verdict[first]
    only_tried = groups.all(attempted(flows, rows))
    severity = _severity(policy, rule, verdict, only_tried)
    ranks = _ranks(flows["confidence"].take(rows))
    total = groups.sum(size)
    example = flows["flow"].data[rows][first]
    values = {
        "rule": Values(rule, [each.id for each in policy.rules]),
        "severity": Values(severity, [each.word for each in Severity]),
        "verdict": Values(verdict.astype(np.int8), [each.word for each in Verdict]),
        **{name: text.take(first) for name, text in texts.items()},
        "server_port": Values(port.data[first], missing=missing[first]),
        "confidence": Values(groups.min(ranks), [word.value for word in Confidence]),
        "flows": Values(groups.count()),
        "bytes": Values(total),
        "first_seen": Values(groups.min(flows["first_seen"].data[rows])),
        "last_seen": Values(groups.max(flows["last_seen"].data[rows])),
        "why": _why(policy, rule, only_tried),
        "example_flow": Values(example),
    }
    place = order(-severity, -total, rule, example)
    return Table(VIOLATION_COLUMNS, {name: column.take(place) for name, column in values.items()})


def _ranks(confidence: Values) -> Array:
    """How sure each flow's service is, 0 is the surest."""
    ranks = {word.value: rank for rank, word in enumerate(Confidence)}
    own = np.array([ranks[label] for label in confidence.labels or ()], dtype=np.int64)
    return np.asarray(own[confidence.data])


def _severity(policy: Policy, rule: Array, verdict: Array, attempted: Array) -> Array:
    """The rule's severity; lower where nothing is proven or no connection came about."""
    severity = np.array([each.severity for each in policy.rules], dtype=np.int8)[rule]
    weak = verdict != Verdict.VIOLATION
    severity = np.where(weak, np.minimum(severity, WEAK_CEILING), severity)
    return np.maximum(severity - attempted, Severity.INFO).astype(np.int8)


def _why(policy: Policy, rule: Array, attempted: Array) -> Values:
    """What the policy says about it, each different text once."""
    reasons = [each.why for each in policy.rules]
    reasons += [f"{why} {ATTEMPTED}".lstrip() for why in reasons]
    distinct = {text: code for code, text in enumerate(dict.fromkeys(reasons))}
    codes = np.array([distinct[text] for text in reasons], dtype=np.int32)
    return Values(codes[rule + len(policy.rules) * attempted], list(distinct))
