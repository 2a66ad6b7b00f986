"""Clients that try many hosts or many ports and mostly get nowhere.

Counted are distinct pairs of server and port to which *every* TCP connection of the client
failed (no answer, or refused), so that a client that retries one dead server is no scanner.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from classifier.findings import wireshark
from classifier.findings.seen import flow_ids, total_bytes
from classifier.findings.words import plural
from classifier.model import Finding, Severity, Transport

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.findings.seen import Seen

__all__ = ["KIND", "find"]

KIND = "scan"

HOSTS = 25
"""Hosts on one port that a client tried in vain: a horizontal scan."""

PORTS = 25
"""Ports of one host that a client tried in vain: a vertical scan."""

SHARE = 0.5
"""Least share of what it tried on that port or host that failed."""

BROAD = 10
"""Times these numbers, and the severity goes from medium to high."""

CLIENTS = 20
"""Findings at most, widest first; the other clients are counted in one more."""

LISTED = 5
"""Ports and hosts that a finding names."""


def find(seen: Seen) -> Iterator[Finding]:
    """One finding for each scanning client."""
    tried = _tried(seen)
    wide = pd.concat(
        [
            _wide(tried, ["client_ip", "server_port"], HOSTS),
            _wide(tried, ["client_ip", "server_ip"], PORTS),
        ]
    )
    widths = wide.groupby("client_ip")["failed"].max().sort_values(ascending=False, kind="stable")
    for client in widths.index[:CLIENTS]:
        yield _finding(seen, str(client), wide[wide["client_ip"] == client])
    if len(widths) > CLIENTS:
        yield _rest(seen, tried, list(widths.index[CLIENTS:]))


def _tried(seen: Seen) -> pd.DataFrame:
    """One row for client, server and port: whether all its connections failed, and the flows."""
    columns = ["flow", "client_ip", "server_ip", "server_port"]
    tcp = (seen.flows["transport"] == Transport.TCP.value).to_numpy()
    table = seen.flows.loc[tcp, columns].assign(failed=seen.attempted[tcp])
    in_vain = table.loc[table["failed"], "client_ip"].value_counts()
    suspects = in_vain.index[in_vain >= min(HOSTS, PORTS)]
    return (
        table[table["client_ip"].isin(suspects)]
        .groupby(["client_ip", "server_ip", "server_port"], sort=False)
        .agg(failed=("failed", "all"))
        .reset_index()
    )


def _wide(tried: pd.DataFrame, keys: list[str], least: int) -> pd.DataFrame:
    """Groups of tried pairs that are many enough and failed often enough."""
    groups = tried.groupby(keys, sort=False)["failed"].agg(tried="size", failed="sum").reset_index()
    enough = (groups["failed"] >= least) & (groups["failed"] >= SHARE * groups["tried"])
    return groups[enough].sort_values("failed", ascending=False, kind="stable")


def _finding(seen: Seen, client: str, wide: pd.DataFrame) -> Finding:
    """A client; ``wide`` holds its ports with many hosts, and its hosts with many ports."""
    ports = wide[wide["server_port"].notna()]
    hosts = wide[wide["server_ip"].notna()]
    flows = seen.flows[(seen.flows["client_ip"] == client) & seen.attempted]
    flows = flows[
        flows["server_port"].isin(ports["server_port"])
        | flows["server_ip"].isin(hosts["server_ip"])
    ]
    widest = int(wide["failed"].max())
    severity = Severity.HIGH if widest >= BROAD * min(HOSTS, PORTS) else Severity.MEDIUM
    outside = client in seen.internet
    what = [
        *(
            f"tcp/{row.server_port}: {row.failed} of {row.tried} hosts"
            for row in ports.itertuples()
        ),
        *(f"{row.server_ip}: {row.failed} of {row.tried} ports" for row in hosts.itertuples()),
    ]
    more = [f"… and {len(what) - LISTED} more."] if len(what) > LISTED else []
    return Finding(
        id="",
        kind=KIND,
        severity=Severity(severity - int(outside)),
        title=f"{client} tried {plural(len(flows), 'TCP connection')} in vain",
        conditions=(
            *(f"In vain on {line}." for line in what[:LISTED]),
            *more,
            "The client is on the internet, where scans are constant: a step less severe."
            if outside
            else "The client is on one's own network.",
        ),
        next_steps=(
            f"Look at its attempts in Wireshark: {wireshark.host(client)} && tcp.flags.syn == 1",
            f"See in the flow table what answered {client}: those hosts were found by it.",
            f"Ask who runs {client}: an inventory or vulnerability scanner does the same.",
        ),
        flows=flow_ids(flows["flow"]),
        flow_count=len(flows),
        bytes=total_bytes(flows),
    )


def _rest(seen: Seen, tried: pd.DataFrame, clients: list[str]) -> Finding:
    """The clients beyond those that have a finding of their own."""
    chosen = seen.flows[seen.flows["client_ip"].isin(clients) & seen.attempted]
    pairs = int(tried.loc[tried["client_ip"].isin(clients), "failed"].sum())
    return Finding(
        id="",
        kind=KIND,
        severity=Severity.LOW,
        title=f"{plural(len(clients), 'more client')} tried many hosts or ports in vain",
        conditions=(
            f"{pairs:,} pairs of server and port in vain.",
            f"The {CLIENTS} clients that tried most have findings of their own.",
        ),
        next_steps=("Sort the flow table by client and look at the states S0 and REJ.",),
        flows=flow_ids(chosen["flow"]),
        flow_count=len(chosen),
        bytes=total_bytes(chosen),
    )
