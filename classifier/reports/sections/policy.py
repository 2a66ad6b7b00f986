"""Policy: violations, what cannot be decided, and hints, each on its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier.reports.sections.blocks import Field, Notes, Section, table
from classifier.reports.sections.endpoints import endpoints
from classifier.reports.values import plain

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
    verdicts = analysis.table("violations")
    said = np.array(plain(verdicts, "verdict"), dtype=object)
    blocks: list[Block] = []
    for word, caption, tone in VERDICTS:
        rows = np.flatnonzero(said == word)
        cut = verdicts.take(rows[: limits.rows])
        server = endpoints(cut, "server", plain(cut, "transport"))
        if server:
            more = {"server": server}
            shown = table(f"policy-{word}", caption, cut, FIELDS, len(rows), tone=tone, more=more)
            blocks.append(shown)
    broken = int((said == "violation").sum())
    if not broken:
        blocks.insert(0, Notes(("No violation of the policy.",), "good"))
    return Section("policy", "Policy", tuple(blocks), LEAD, f"{broken:,}" if broken else "")
