"""Title and the one line that sums a report up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.model import UNKNOWN
from classifier.reports.values import plain
from classifier.reports.words import SECOND, duration, moment, percent, plural, size

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
    flows = analysis.flow_table
    if not len(flows):
        return f"{plural(analysis.capture_health.frames, 'frame')} read, no flow in them."
    first, last = int(flows["first_seen"].data.min()), int(flows["last_seen"].data.max())
    share = float(analysis.table("unknown")["share"].data.sum())
    addresses = plural(len(analysis.table("hosts")), "address", "addresses")
    return (
        f"{plural(len(flows), 'flow')} of {addresses} in "
        f"{duration((last - first) / SECOND)}, {size(total(analysis))}; "
        f"{plural(_seen(analysis), 'service')} named, {percent(share)} of the bytes unknown; "
        f"{plural(len(analysis.findings), 'finding')}."
    )


def figures(analysis: Analysis) -> list[tuple[str, str, str]]:
    """The numbers to begin with: label, value, and what stands under it."""
    health, flows = analysis.capture_health, analysis.flow_table
    files = plural(len(health.captures), "file")
    if not len(flows):
        return [("Frames", f"{health.frames:,}", files), ("Flows", "0", "nothing to classify")]
    first, last = int(flows["first_seen"].data.min()), int(flows["last_seen"].data.max())
    unnamed = analysis.table("unknown")
    broken = plain(analysis.table("violations"), "verdict").count("violation")
    worst = max((finding.severity for finding in analysis.findings), default=None)
    return [
        ("Recorded", duration((last - first) / SECOND), f"from {moment(first)}"),
        ("Frames", f"{health.frames:,}", files),
        ("Flows", f"{len(flows):,}", f"{size(total(analysis))} of IP"),
        ("Services", f"{_seen(analysis):,}", f"between {len(analysis.table('hosts')):,} addresses"),
        (
            "Unknown",
            percent(float(unnamed["share"].data.sum())),
            f"of bytes, {len(unnamed):,} endpoints",
        ),
        ("Violations", f"{broken:,}", "of the policy"),
        ("Findings", f"{len(analysis.findings):,}", f"worst: {worst.word}" if worst else "none"),
    ]


def _seen(analysis: Analysis) -> int:
    """Named services that somebody answered for; a scan asks for many that are not there."""
    services = analysis.table("services")
    named = ~services["service"].is_label(UNKNOWN)
    return int((named & (services["answered"].data > 0)).sum())


def total(analysis: Analysis) -> int:
    """IP bytes of all flows, both directions."""
    flows = analysis.flow_table
    return int(flows["client_bytes"].data.sum()) + int(flows["server_bytes"].data.sum())
