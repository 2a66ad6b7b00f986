"""IP protocol numbers that no entry of the catalogue explains, and those nobody has assigned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier.findings.words import amount, plural
from classifier.model import UNKNOWN, Finding, Severity, Transport
from classifier.policy.addresses import Addresses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.findings.seen import Seen
    from classifier.table import Array

__all__ = ["KIND", "find"]

KIND = "protocols"

RESERVED = range(253, 256)
"""For experiments (RFC 3692) and reserved: no product uses them as they leave the factory."""


def find(seen: Seen) -> Iterator[Finding]:
    """One finding for each unexplained IP protocol number."""
    flows = seen.flows
    unexplained = np.flatnonzero(
        flows["transport"].is_label(Transport.IP.value) & flows["service"].is_label(UNKNOWN)
    )
    protocol = flows["ip_protocol"].data[unexplained]
    for number in np.flatnonzero(np.bincount(protocol)).tolist():
        yield _finding(seen, number, unexplained[protocol == number])


def _finding(seen: Seen, number: int, rows: Array) -> Finding:
    name = seen.catalogue.ip_protocol_names[number]
    unassigned = name == f"protocol {number}"  # so the catalogue fills the gaps
    vacant = unassigned or number in RESERVED
    sides = [seen.flows[f"{side}_ip"].take(rows).texts() for side in ("client", "server")]
    outside = bool(seen.internet.holds(Addresses.of({*sides[0], *sides[1]})).any())
    client, server = sides[0][0], sides[1][0]
    status = "IANA has not assigned it." if unassigned else f"IANA's name for it is {name}."
    severity = Severity.INFO
    if vacant:
        severity = Severity.MEDIUM if outside else Severity.LOW
    place = "One of its hosts is on the internet." if outside else "It stays on one's own network."
    return Finding(
        id="",
        kind=KIND,
        severity=severity,
        title=f"IP protocol {number}" + ("" if unassigned else f" ({name})") + " is not explained",
        conditions=(
            "No entry of the catalogue explains this IP protocol.",
            status,
            f"{plural(len(rows), 'flow')}, {amount(seen.total_bytes(rows))}. {place}",
        ),
        next_steps=(
            f"Look at it in Wireshark: ip.proto == {number} || ipv6.nxt == {number}",
            f"Ask who runs {client} and {server}: a tunnel, a cluster, routing?",
            "If it is wanted, give it an entry in a signature file of your own.",
        ),
        flows=seen.flow_ids(rows),
        flow_count=len(rows),
        bytes=seen.total_bytes(rows),
    )
