"""What breaks the policy, one finding a rule, severity and verdict.

Hints and undetermined traffic have findings of their own, so that nobody counts them among the
violations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier.findings import wireshark
from classifier.findings.ports import port_name
from classifier.findings.seen import number_of, text_of
from classifier.findings.words import amount, plural
from classifier.grouping import Groups
from classifier.model import FINDING_FLOWS, Finding, Severity
from classifier.policy import ATTEMPTED, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.findings.seen import Seen
    from classifier.table import Array, Table

__all__ = ["KIND", "find"]

KIND = "policy"

SIDES = ("client_ip", "server_ip")

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
    table = seen.violations
    keys = [table[name] for name in ("rule", "severity", "verdict")]
    groups = Groups.of(*(key.data for key in keys))
    words = [key.take(groups.first).texts().tolist() for key in keys]
    by_group = np.argsort(groups.code, kind="stable")
    parts = np.split(by_group, np.cumsum(groups.count())[:-1])
    for rule, severity, verdict, rows in zip(*words, parts, strict=False):
        yield _finding(seen, rule, severity, verdict, rows)


def _finding(seen: Seen, rule: str, severity: str, verdict: str, rows: Array) -> Finding:
    table = seen.violations
    clients, servers = (len(Groups.of(table[name].data[rows])) for name in SIDES)
    flows = int(table["flows"].data[rows].sum())
    size = int(table["bytes"].data[rows].sum())
    sides = f"{plural(clients, 'client')}, {plural(servers, 'server')}"
    who = sides
    if clients == servers == 1:  # two hosts by address: that is what a reader looks for
        who = " to ".join(text_of(table[name], int(rows[0])) for name in SIDES)
    return Finding(
        id="",
        kind=KIND,
        severity=Severity[severity.upper()],
        title=f"{TITLES[verdict].format(rule=rule)}: {who}",
        conditions=_conditions(
            table, rows, verdict, f"{plural(flows, 'flow')}, {amount(size)}, {sides}."
        ),
        next_steps=_next_steps(seen, int(rows[0]), rule, verdict),
        flows=tuple(table["example_flow"].data[rows[:FINDING_FLOWS]].tolist()),
        flow_count=flows,
        bytes=size,
        rule=rule,
        undetermined=verdict == Verdict.UNDETERMINED.word,
    )


def _conditions(table: Table, rows: Array, verdict: str, extent: str) -> tuple[str, ...]:
    """Why it is a finding, how large it is, and what set its severity."""
    reasons = table["why"].take(rows)
    ending = [label for label in reasons.labels or () if label.endswith(ATTEMPTED)]
    attempts = int(reasons.is_label(*ending).sum())
    why = text_of(reasons, 0).removesuffix(ATTEMPTED).strip()
    conditions = [why, extent, CERTAINTY.get(verdict, "")]
    if attempts == len(rows):
        conditions.append(f"{ATTEMPTED} The severity is a step below the rule's.")
    elif attempts:
        conditions.append(f"{attempts} of {len(rows)} pairs of hosts only attempted it.")
    return tuple(condition for condition in conditions if condition)


def _next_steps(seen: Seen, row: int, rule: str, verdict: str) -> tuple[str, ...]:
    """Where to look first, and how to settle it."""
    table = seen.violations
    client, server = (text_of(table[name], row) for name in SIDES)
    transport, port = text_of(table["transport"], row), number_of(table["server_port"], row)
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
