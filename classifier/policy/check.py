"""The verdicts of a policy as a table: one row for each rule, pair of hosts and service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier.model import Column, Confidence, Severity
from classifier.policy.judge import Verdict, judge

if TYPE_CHECKING:
    import pandas as pd

    from classifier.catalogue import Catalogue
    from classifier.policy.judge import Judgement
    from classifier.policy.rules import Policy

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

KEYS = ["_rule", "_verdict", "client_ip", "server_ip", "transport", "server_port", "service"]
WEAK_CEILING = Severity.LOW
"""What is not proven is never urgent: hints and the undetermined stay at or below this."""


def check(flows: pd.DataFrame, policy: Policy, catalogue: Catalogue) -> pd.DataFrame:
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
    return _table(_grouped(flows, judge(flows, policy, catalogue)), policy)


def _grouped(flows: pd.DataFrame, judgement: Judgement) -> pd.DataFrame:
    """One row for each group of flows that have :data:`KEYS` in common."""
    rows = np.flatnonzero(judgement.verdict != Verdict.ALLOWED)
    columns = [*KEYS[2:], "flow", "first_seen", "last_seen", "client_bytes", "server_bytes"]
    chosen = flows[columns].iloc[rows].reset_index(drop=True)
    ranks = {word.value: rank for rank, word in enumerate(Confidence)}
    chosen = chosen.assign(
        _rule=judgement.rule[rows],
        _verdict=judgement.verdict[rows],
        _rank=flows["confidence"].iloc[rows].astype(object).map(ranks).to_numpy(dtype=np.int64),
        _attempted=judgement.attempted[rows],
        bytes=chosen["client_bytes"] + chosen["server_bytes"],
        transport=chosen["transport"].astype("str"),
        service=chosen["service"].astype("str"),
    )
    chosen = chosen.sort_values(["bytes", "flow"], ascending=[False, True], kind="stable")
    return (
        chosen.groupby(KEYS, sort=False, dropna=False)
        .agg(
            _rank=("_rank", "min"),
            _attempted=("_attempted", "all"),
            flows=("flow", "size"),
            bytes=("bytes", "sum"),
            first_seen=("first_seen", "min"),
            last_seen=("last_seen", "max"),
            example_flow=("flow", "first"),
        )
        .reset_index()
    )


def _table(groups: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """The groups in words, in the order of the report."""
    confidences = [word.value for word in Confidence]
    severities = []
    reasons = []
    for index, verdict, attempted in zip(
        groups["_rule"], groups["_verdict"], groups["_attempted"], strict=True
    ):
        rule = policy.rules[index]
        severity = (
            rule.severity if verdict == Verdict.VIOLATION else min(rule.severity, WEAK_CEILING)
        )
        severities.append(Severity(max(severity - int(attempted), Severity.INFO)))
        reasons.append(f"{rule.why} {ATTEMPTED}".lstrip() if attempted else rule.why)
    table = groups.assign(
        rule=[policy.rules[index].id for index in groups["_rule"]],
        severity=[severity.word for severity in severities],
        _severity=[int(severity) for severity in severities],
        verdict=[Verdict(verdict).word for verdict in groups["_verdict"]],
        confidence=[confidences[rank] for rank in groups["_rank"]],
        why=reasons,
    ).sort_values(
        ["_severity", "bytes", "_rule", "example_flow"],
        ascending=[False, False, True, True],
        kind="stable",
    )
    dtypes = {column.name: column.dtype for column in VIOLATION_COLUMNS}
    return table[list(dtypes)].astype(dtypes).reset_index(drop=True)
