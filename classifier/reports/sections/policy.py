"""Policy: violations, what cannot be decided, and hints, each on its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier import tables
from classifier.reports.sections.blocks import Field, Notes, Section, table
from classifier.reports.sections.endpoints import endpoints

if TYPE_CHECKING:
    from classifier.analysis import Analysis
    from classifier.reports.sections.blocks import Block, Limits

__all__ = ["section"]

LEAD = (
    "A violation rests on a sure service. Undetermined means that the rule would be broken if the"
    " guess were right. A hint is worth a look and no more."
)
FIELDS = (
    Field("severity", "Severity", "word"),
    Field("rule", "Rule", "code"),
    Field("client_ip", "Client", "address"),
    Field("server", "Server", "address"),
    Field("service", "Service", "code"),
    Field("confidence", "How sure", "word", 1),
    Field("flows", "Flows", "count"),
    Field("bytes", "Bytes", "bytes", 1),
    Field("why", "Why", "text", 2),
    Field("first_seen", "First seen (UTC)", "time", 3),
    Field("last_seen", "Last seen (UTC)", "time", 4),
)
# In the order of weight: what is certain first.
VERDICTS = (
    ("violation", "Violations", ""),
    ("undetermined", "Undetermined: would be violations if the guess is right", "guess"),
    ("hint", "Hints", ""),
)


def section(analysis: Analysis, limits: Limits) -> Section:
    """The policy's verdicts by what they claim."""
    verdicts = tables.violations(analysis.violations)
    blocks: list[Block] = []
    for word, caption, tone in VERDICTS:
        rows = verdicts[verdicts["verdict"] == word]
        cut = rows.head(limits.rows)
        server = endpoints(cut["server_ip"], cut["server_port"], cut["transport"])
        if server:
            shown = cut.assign(server=server)
            blocks.append(table(f"policy-{word}", caption, shown, FIELDS, len(rows), tone=tone))
    broken = int((verdicts["verdict"] == "violation").sum())
    if not broken:
        blocks.insert(0, Notes(("No violation of the policy.",), "good"))
    return Section("policy", "Policy", tuple(blocks), LEAD, f"{broken:,}" if broken else "")
