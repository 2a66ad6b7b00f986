"""Traffic that nothing names: how much there is, and the servers behind most of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.findings import wireshark
from classifier.findings.ports import port_name, port_numbers
from classifier.findings.seen import flow_ids, total_bytes
from classifier.findings.words import amount, percent, plural
from classifier.model import Finding, Severity
from classifier.verdict import unnamed

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from classifier.findings.seen import Seen

__all__ = ["KIND", "find"]

KIND = "unknown"

SHARE_LOW = 0.10
"""From this share of all bytes on, unknown traffic as a whole is of low severity, not info."""

ENDPOINTS = 5
"""How many server endpoints have a finding of their own at most, largest first."""

ENDPOINT_SHARE = 0.01
"""Smallest share of all bytes for that; on the internet such an endpoint is of low severity."""

INTERNET_SHARE = 0.10
"""Share of all bytes from which on an unknown endpoint on the internet is of medium severity …"""

INTERNET_BYTES = 1_000_000
"""… if it is at least this many bytes too."""

HEAD_BYTES = 16
"""How many first payload bytes are shown."""


def find(seen: Seen) -> Iterator[Finding]:
    """One finding about all of it, one for each of the largest endpoints that answered."""
    unknown = seen.flows[unnamed(seen.flows)]
    if unknown.empty:
        return
    yield _summary(seen, unknown)
    unknown = unknown.assign(bytes=unknown["client_bytes"] + unknown["server_bytes"])
    unknown = unknown.assign(transport=unknown["transport"].astype("str"))
    answered = unknown[(unknown["server_packets"] > 0) & unknown["server_port"].notna()]
    keys = ["server_ip", "transport", "server_port"]
    sizes = answered.groupby(keys, sort=False)["bytes"].sum()
    for key, size in sizes.sort_values(ascending=False, kind="stable").head(ENDPOINTS).items():
        if size < ENDPOINT_SHARE * seen.all_bytes:
            break
        here = (answered[keys] == list(key)).all(axis=1)  # type: ignore[call-overload]
        yield _endpoint(seen, answered[here].sort_values("bytes", ascending=False, kind="stable"))


def _summary(seen: Seen, unknown: pd.DataFrame) -> Finding:
    size = total_bytes(unknown)
    share = percent(size, seen.all_bytes)
    large = size >= SHARE_LOW * seen.all_bytes
    banded = int((unknown["basis"] == "dynamic_band").sum())
    return Finding(
        id="",
        kind=KIND,
        severity=Severity.LOW if large else Severity.INFO,
        title=f"{share} of the bytes have no name",
        conditions=(
            f"{plural(len(unknown), 'flow')} of {len(seen.flows):,} with {amount(size)}.",
            f"{share} of all bytes; from {percent(SHARE_LOW, 1)} on the severity is low.",
            f"{plural(banded, 'flow')} of them on ports that Windows hands out on demand.",
        )[: 3 if banded else 2],
        next_steps=(
            "Work through the table of unknown traffic, largest first.",
            "What you can name belongs into a signature file of your own; the next run knows it.",
        ),
        flows=flow_ids(unknown["flow"]),
        flow_count=len(unknown),
        bytes=size,
    )


def _endpoint(seen: Seen, flows: pd.DataFrame) -> Finding:
    """A server endpoint; ``flows`` holds the largest first."""
    first = flows.iloc[0]
    server, transport, client = str(first.server_ip), str(first.transport), str(first.client_ip)
    port = port_numbers(flows["server_port"].head(1))[0]
    size = total_bytes(flows)
    outside = server in seen.internet
    name = f"{port_name(transport, port)} on {server}"
    clients = plural(flows["client_ip"].nunique(), "client")
    place = "The server is on the internet." if outside else "The server is on one's own network."
    asked = client if outside else server
    return Finding(
        id="",
        kind=KIND,
        severity=_severity(size, seen.all_bytes, outside=outside),
        title=f"Unknown service {name}: {amount(size)}, {clients}",
        conditions=(
            f"{plural(len(flows), 'flow')} from {clients}, all of them answered.",
            f"{percent(size, seen.all_bytes)} of all bytes. {place}",
            *_first_bytes(seen, int(first.flow)),
        ),
        next_steps=(
            f"Look at it in Wireshark: {wireshark.endpoint(server, transport, port)}",
            f"On {asked}, find the program: netstat -abno on Windows, ss -tunap on Linux.",
        ),
        flows=flow_ids(flows["flow"]),
        flow_count=len(flows),
        bytes=size,
    )


def _severity(size: int, whole: int, *, outside: bool) -> Severity:
    if not outside:
        return Severity.INFO
    if size >= INTERNET_BYTES and size >= INTERNET_SHARE * whole:
        return Severity.MEDIUM
    return Severity.LOW


def _first_bytes(seen: Seen, flow: int) -> Iterator[str]:
    """The first payload bytes of each side of a flow, in hexadecimal."""
    if flow not in seen.heads.index:
        return
    for side in ("client", "server"):
        head = seen.heads.loc[flow, f"{side}_head"]
        if isinstance(head, bytes) and head:
            yield f"First bytes from the {side} (flow {flow}): {head[:HEAD_BYTES].hex(' ')}"
