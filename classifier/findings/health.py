"""Flaws of the capture that a person must know before trusting anything else in the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier.engine.contract import NO_LINK, UNDECODABLE
from classifier.findings.words import percent, plural
from classifier.model import Finding, Severity, Transport

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.findings.seen import Seen

__all__ = ["KIND", "find"]

KIND = "health"

UNREAD_LOW, UNREAD_MEDIUM = 0.01, 0.10
"""Share of frames that could not be decoded, or whose link type is not supported."""

TRUNCATED_SHARE = 0.20
"""Share of frames that were cut when they were recorded …"""

SHORT_SNAP = 128
"""… to at most so many bytes, which leaves the headers and next to no payload."""

ONE_SIDED_SHARE, ONE_SIDED_LEAST = 0.50, 20
"""Share of TCP connections of which only one side is to be seen, among at least so many."""

DROPPED_LOW = 0.01
"""Share of packets that the recorder lost from which on the severity is low, not info."""

LISTED = 5
"""Files, warnings and reasons that a finding names."""


def find(seen: Seen) -> Iterator[Finding]:
    """One finding for each flaw, in the order of the capture's way through the program."""
    for check in CHECKS:
        yield from check(seen)


def cut(seen: Seen) -> Iterator[Finding]:
    """Files that end inside a record."""
    files = [capture.name for capture in seen.health.captures if capture.cut]
    if not files:
        return
    warnings = [str(one) for one in seen.health.warnings if one.capture in files]
    yield _flaw(
        Severity.LOW,
        f"{plural(len(files), 'capture file')} cut short",
        (*(warnings or files)[:LISTED], "Everything before the cut was read."),
        ("Copy the file again, or stop the recorder before copying: its end is missing.",),
    )


def unread(seen: Seen) -> Iterator[Finding]:
    """Frames that the engine could make nothing of."""
    reasons = {
        key: count
        for key, count in seen.health.outcomes.items()
        if key[0] in (UNDECODABLE, NO_LINK)
    }
    lost, frames = sum(reasons.values()), seen.health.frames
    if lost <= UNREAD_LOW * frames:
        return
    largest = sorted(reasons.items(), key=lambda reason: -reason[1])[:LISTED]
    first = seen.health.first_frames.get(largest[0][0])
    look = f"Look at frame {first[1]}, the first of the most frequent kind." if first else ""
    yield _flaw(
        Severity.MEDIUM if lost > UNREAD_MEDIUM * frames else Severity.LOW,
        f"{percent(lost, frames)} of the frames could not be read",
        tuple(f"{outcome}, {why}: {plural(count, 'frame')}." for (outcome, why), count in largest),
        (look, "What they carried is in no table of this report.") if look else (),
    )


def truncated(seen: Seen) -> Iterator[Finding]:
    """Frames recorded with so short a snap length that payload is absent."""
    short = [
        capture
        for capture in seen.health.captures
        if capture.truncated_frames > TRUNCATED_SHARE * capture.frames
        and any(0 < interface.snap_length <= SHORT_SNAP for interface in capture.interfaces)
    ]
    if not short:
        return
    frames = sum(capture.frames for capture in short)
    lost = sum(capture.truncated_frames for capture in short)
    yield _flaw(
        Severity.LOW,
        "Payload was not recorded",
        (
            f"{percent(lost, frames)} of {plural(frames, 'frame')} were cut by the recorder.",
            f"The snap length is at most {SHORT_SNAP} bytes in: "
            + ", ".join(capture.name for capture in short[:LISTED]),
            "Services are named by port only; nothing can be confirmed by content.",
        ),
        ("Record again with the whole packet: tcpdump -s 0, dumpcap without -s.",),
    )


def dropped(seen: Seen) -> Iterator[Finding]:
    """Packets that the recorder says it lost."""
    interfaces = [one for capture in seen.health.captures for one in capture.interfaces]
    lost = sum(max(interface.dropped, 0) for interface in interfaces)
    if not lost:
        return
    passed = lost + seen.health.frames
    yield _flaw(
        Severity.LOW if lost > DROPPED_LOW * passed else Severity.INFO,
        f"The recorder lost {plural(lost, 'packet')}",
        (f"{percent(lost, passed)} of what passed by, by its own count.",),
        ("Record with a larger buffer (tcpdump -B, dumpcap -B) or a narrower capture filter.",),
    )


def one_sided(seen: Seen) -> Iterator[Finding]:
    """TCP connections of which the capture holds one direction."""
    tcp = seen.flows["transport"].is_label(Transport.TCP.value) & ~seen.attempted
    no_client, no_server = (seen.flows[f"{s}_packets"].data == 0 for s in ("client", "server"))
    alone = np.flatnonzero(tcp & (no_client | no_server))
    connections = int(tcp.sum())
    if connections < ONE_SIDED_LEAST or len(alone) <= ONE_SIDED_SHARE * connections:
        return
    clients = int(no_server[alone].sum())
    yield _flaw(
        Severity.LOW,
        f"{percent(len(alone), connections)} of the TCP connections show one side only",
        (
            f"{len(alone):,} of {plural(connections, 'TCP connection')}; attempts are not counted.",
            f"{clients:,} show the client alone, {len(alone) - clients:,} the server alone.",
            "Byte counts are half of the truth, and who is the client is often a guess.",
        ),
        ("Check the mirror port or tap: both directions must be copied, routes may differ.",),
        seen.flow_ids(alone),
        len(alone),
        seen.total_bytes(alone),
    )


def evicted(seen: Seen) -> Iterator[Finding]:
    """Flows put out of the live table early."""
    if seen.health.evicted:
        yield _flaw(
            Severity.LOW,
            f"{plural(seen.health.evicted, 'flow')} ended early for want of room",
            ("The live flow table was full; what went on afterwards is a second flow.",),
            ("Raise the limit of live flows, or read the capture in parts.",),
        )


def uncounted(seen: Seen) -> Iterator[Finding]:
    """Counters that do not add up, which is a fault of this program."""
    if not seen.health.adds_up:
        counted = sum(seen.health.outcomes.values())
        yield _flaw(
            Severity.MEDIUM,
            "Frames are missing from the count",
            (f"{plural(seen.health.frames, 'frame')} read, {counted:,} accounted for.",),
            ("Do not rely on totals, and report it with the capture: it is a fault of this tool.",),
        )


CHECKS = (cut, unread, truncated, dropped, one_sided, evicted, uncounted)
"""From the file over the frames to the flows."""


def _flaw(
    severity: Severity,
    title: str,
    conditions: tuple[str, ...],
    next_steps: tuple[str, ...],
    flows: tuple[int, ...] = (),
    flow_count: int = 0,
    size: int = 0,
) -> Finding:
    return Finding(
        id="",
        kind=KIND,
        severity=severity,
        title=title,
        conditions=conditions,
        next_steps=next_steps,
        flows=flows,
        flow_count=flow_count,
        bytes=size,
    )
