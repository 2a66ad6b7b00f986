"""What breaks the policy, one finding a rule, severity and verdict.

Hints and undetermined traffic have findings of their own, so that nobody counts them among the
violations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.findings import wireshark
from classifier.findings.ports import port_name, port_numbers
from classifier.findings.seen import flow_ids
from classifier.findings.words import amount, plural
from classifier.model import Finding, Severity
from classifier.policy import ATTEMPTED, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from classifier.findings.seen import Seen

__all__ = ["KIND", "find"]

KIND = "policy"

TITLES = {
    Verdict.VIOLATION.word: "Policy rule {rule} broken",
    Verdict.UNDETERMINED.word: "Policy rule {rule} perhaps broken",
    Verdict.HINT.word: "Hint from policy rule {rule}",
}

CERTAINTY = {
    Verdict.UNDETERMINED.word: (
        "The evidence is too weak for a verdict: the service or the server's side is a guess."
    ),
    Verdict.HINT.word: "The rule is a hint: it needs a second sign and is no violation.",
}


def find(seen: Seen) -> Iterator[Finding]:
    """One finding for each rule, severity and verdict in the table of violations."""
    groups = seen.violations.groupby(["rule", "severity", "verdict"], sort=False)
    for (rule, severity, verdict), rows in groups:
        yield _finding(seen, str(rule), str(severity), str(verdict), rows)


def _finding(seen: Seen, rule: str, severity: str, verdict: str, rows: pd.DataFrame) -> Finding:
    clients, servers = rows["client_ip"].nunique(), rows["server_ip"].nunique()
    flows = int(rows["flows"].sum())
    size = int(rows["bytes"].sum())
    sides = f"{plural(clients, 'client')}, {plural(servers, 'server')}"
    return Finding(
        id="",
        kind=KIND,
        severity=Severity[severity.upper()],
        title=f"{TITLES[verdict].format(rule=rule)}: {_who(rows) or sides}",
        conditions=_conditions(rows, verdict, f"{plural(flows, 'flow')}, {amount(size)}, {sides}."),
        next_steps=_next_steps(seen, rows, rule, verdict),
        flows=flow_ids(rows["example_flow"]),
        flow_count=flows,
        bytes=size,
        rule=rule,
        undetermined=verdict == Verdict.UNDETERMINED.word,
    )


def _who(rows: pd.DataFrame) -> str:
    """The two hosts by address where there are only two: that is what a reader looks for."""
    pairs = rows[["client_ip", "server_ip"]].drop_duplicates()
    if len(pairs) != 1:
        return ""
    client, server = str(pairs["client_ip"].iloc[0]), str(pairs["server_ip"].iloc[0])
    return f"{client} to {server}"


def _conditions(rows: pd.DataFrame, verdict: str, extent: str) -> tuple[str, ...]:
    """Why it is a finding, how large it is, and what set its severity."""
    attempts = int(rows["why"].str.endswith(ATTEMPTED).sum())
    why = str(rows["why"].iloc[0]).removesuffix(ATTEMPTED).strip()
    conditions = [why, extent, CERTAINTY.get(verdict, "")]
    if attempts == len(rows):
        conditions.append(f"{ATTEMPTED} The severity is a step below the rule's.")
    elif attempts:
        conditions.append(f"{attempts} of {len(rows)} pairs of hosts only attempted it.")
    return tuple(condition for condition in conditions if condition)


def _next_steps(seen: Seen, rows: pd.DataFrame, rule: str, verdict: str) -> tuple[str, ...]:
    """Where to look first, and how to settle it."""
    first = rows.iloc[0]
    client, server, transport = str(first.client_ip), str(first.server_ip), str(first.transport)
    port = port_numbers(rows["server_port"].head(1))[0]
    shown = wireshark.between(client, server, transport, port)
    if verdict == Verdict.UNDETERMINED.word:
        settle = "Record it again from its start and with whole packets, so that it can be named."
    elif verdict == Verdict.HINT.word:
        settle = f"Look for a second sign: which program on {server} or {client} has the port open?"
    elif client in seen.internet:
        where = port_name(transport, port)
        settle = f"Close {where} on {server} to the internet, or block it at the edge."
    else:
        settle = f"Find out which program on {client} does this, and stop it."
    return (
        f"Look at the largest of it in Wireshark: {shown}",
        settle,
        f"If it is meant to be so, add an exception to the rule {rule} in the policy.",
    )
