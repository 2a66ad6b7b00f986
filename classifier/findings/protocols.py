"""IP protocol numbers that no entry of the catalogue explains, and those nobody has assigned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.findings.seen import flow_ids, total_bytes
from classifier.findings.words import amount, plural
from classifier.model import UNKNOWN, Finding, Severity, Transport
from classifier.policy.addresses import Addresses

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from classifier.findings.seen import Seen

__all__ = ["KIND", "find"]

KIND = "protocols"

RESERVED = range(253, 256)
"""For experiments (RFC 3692) and reserved: no product uses them as they leave the factory."""


def find(seen: Seen) -> Iterator[Finding]:
    """One finding for each unexplained IP protocol number."""
    flows = seen.flows
    unexplained = flows[(flows["transport"] == Transport.IP.value) & (flows["service"] == UNKNOWN)]
    for number, rows in unexplained.groupby("ip_protocol", sort=True):
        yield _finding(seen, int(str(number)), rows)


def _finding(seen: Seen, number: int, rows: pd.DataFrame) -> Finding:
    name = seen.catalogue.ip_protocol_names[number]
    unassigned = name == f"protocol {number}"  # so the catalogue fills the gaps
    vacant = unassigned or number in RESERVED
    sides = Addresses.of({*rows["client_ip"], *rows["server_ip"]})
    outside = bool(seen.internet.holds(sides).any())
    first = rows.iloc[0]
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
            f"{plural(len(rows), 'flow')}, {amount(total_bytes(rows))}. {place}",
        ),
        next_steps=(
            f"Look at it in Wireshark: ip.proto == {number} || ipv6.nxt == {number}",
            f"Ask who runs {first.client_ip} and {first.server_ip}: a tunnel, a cluster, routing?",
            "If it is wanted, give it an entry in a signature file of your own.",
        ),
        flows=flow_ids(rows["flow"]),
        flow_count=len(rows),
        bytes=total_bytes(rows),
    )
