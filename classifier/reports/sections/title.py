"""Title and the one line that sums a report up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.model import UNKNOWN
from classifier.reports.words import duration, moment, percent, plural, size

if TYPE_CHECKING:
    from classifier.analysis import Analysis

__all__ = ["TIMES", "figures", "headline", "summary"]

TIMES = "All times are UTC. Sizes are powers of 1000 and count IP bytes, header and payload."


def headline(analysis: Analysis) -> str:
    """The report's title: which recording it is about."""
    files = [file.name for file in analysis.capture_health.captures]
    if not files:
        return "Traffic report"
    more = f" and {len(files) - 1} more" if len(files) > 1 else ""
    return f"Traffic report: {files[0]}{more}"


def summary(analysis: Analysis) -> str:
    """The whole recording in one line."""
    flows = analysis.flows
    if flows.empty:
        return f"{plural(analysis.capture_health.frames, 'frame')} read, no flow in them."
    first, last = flows["first_seen"].min(), flows["last_seen"].max()
    share = float(analysis.unknown["share"].sum())
    return (
        f"{plural(len(flows), 'flow')} of {plural(len(analysis.hosts), 'address', 'addresses')} in "
        f"{duration((last - first).total_seconds())}, {size(total(analysis))}; "
        f"{plural(_seen(analysis), 'service')} named, {percent(share)} of the bytes unknown; "
        f"{plural(len(analysis.findings), 'finding')}."
    )


def figures(analysis: Analysis) -> list[tuple[str, str, str]]:
    """The numbers to begin with: label, value, and what stands under it."""
    health, flows = analysis.capture_health, analysis.flows
    files = plural(len(health.captures), "file")
    if flows.empty:
        return [("Frames", f"{health.frames:,}", files), ("Flows", "0", "nothing to classify")]
    first, last = flows["first_seen"].min(), flows["last_seen"].max()
    unnamed = analysis.unknown
    verdicts = analysis.violations
    broken = int((verdicts["verdict"] == "violation").sum()) if len(verdicts) else 0
    worst = max((finding.severity for finding in analysis.findings), default=None)
    return [
        ("Recorded", duration((last - first).total_seconds()), f"from {moment(first)}"),
        ("Frames", f"{health.frames:,}", files),
        ("Flows", f"{len(flows):,}", f"{size(total(analysis))} of IP"),
        ("Services", f"{_seen(analysis):,}", f"between {len(analysis.hosts):,} addresses"),
        (
            "Unknown",
            percent(float(unnamed["share"].sum())),
            f"of bytes, {len(unnamed):,} endpoints",
        ),
        ("Violations", f"{broken:,}", "of the policy"),
        ("Findings", f"{len(analysis.findings):,}", f"worst: {worst.word}" if worst else "none"),
    ]


def _seen(analysis: Analysis) -> int:
    """Named services that somebody answered for; a scan asks for many that are not there."""
    services = analysis.services
    return int(((services["service"] != UNKNOWN) & (services["answered"] > 0)).sum())


def total(analysis: Analysis) -> int:
    """IP bytes of all flows, both directions."""
    return int(analysis.flows["client_bytes"].sum()) + int(analysis.flows["server_bytes"].sum())
