"""Services: what is sure and what is guessed stand in two tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier.model import UNKNOWN
from classifier.reports.sections.blocks import Bar, Field, Notes, Part, Section, table
from classifier.reports.values import plain
from classifier.reports.words import percent, plural, size

if TYPE_CHECKING:
    from classifier.analysis import Analysis
    from classifier.reports.sections.blocks import Block, Limits

__all__ = ["section"]

LEAD = (
    "Sure: the payload says so, control traffic in this recording handed the port out, or the port"
    " is assigned and the direction known. Likely and possible are guesses."
)
TONES = {"likely": "guess", "possible": "doubt", "unknown": "unknown"}

SURE = (
    Field("service", "Service", "code"),
    Field("name", "Name", "text", 3),
    Field("family", "Family", "text", 4),
    Field("flags", "Flags", "text", 2),
    Field("flows", "Flows", "count"),
    Field("answered", "Answered", "count", 1),
    Field("sure", "Sure", "count", 2),
    Field("likely", "Likely", "count", 2),
    Field("possible", "Possible", "count", 2),
    Field("clients", "Clients", "count", 1),
    Field("servers", "Servers", "count", 1),
    Field("ports", "Ports"),
    Field("packets", "Packets", "count", 5),
    Field("bytes", "Bytes", "bytes"),
    Field("share", "Share", "share"),
    Field("first_seen", "First seen (UTC)", "time", 5),
    Field("last_seen", "Last seen (UTC)", "time", 6),
)
GUESSED = tuple(each for each in SURE if each.name != "sure")
SILENT = tuple(
    each for each in SURE if each.name not in {"answered", "sure", "likely", "possible", "flags"}
)


def section(analysis: Analysis, limits: Limits) -> Section:
    """What ran, and how sure the names are."""
    services = analysis.table("services")
    named = np.array([word != UNKNOWN for word in plain(services, "service")], dtype=bool)
    answered, sure_flows = services["answered"].data > 0, services["sure"].data > 0
    sure = services.take(np.flatnonzero(answered & sure_flows))
    guessed = services.take(np.flatnonzero(named & answered & ~sure_flows))
    silent = services.take(np.flatnonzero(named & ~answered))
    unnamed = services.take(np.flatnonzero(~named))
    blocks: list[Block] = []
    if len(services):
        blocks.append(_bar(analysis))
    caption = "Services with sure flows"
    blocks.append(table("services-sure", caption, sure.head(limits.rows), SURE, len(sure)))
    if len(guessed):
        caption = "Guesses: services without one sure flow"
        cut = guessed.head(limits.rows)
        blocks.append(table("services-guessed", caption, cut, GUESSED, len(guessed), tone="guess"))
    if len(silent):
        caption = "Only asked for: nobody answered, or the service is one-way"
        cut = silent.head(limits.rows)
        blocks.append(table("services-silent", caption, cut, SILENT, len(silent), tone="guess"))
    for flows, share in zip(
        unnamed["flows"].data.tolist(), unnamed["share"].data.tolist(), strict=True
    ):
        line = f"{plural(flows, 'flow')} with {percent(share)} of the bytes have no name"
        blocks.append(Notes((f"{line}: see unknown traffic.",), "warn"))
    count = len(sure) + len(guessed)
    return Section("services", "Services", tuple(blocks), LEAD, f"{count:,}" if count else "")


def _bar(analysis: Analysis) -> Bar:
    """The bytes by how sure their service is."""
    rows = analysis.table("certainty")
    amounts, shares = rows["bytes"].data.tolist(), rows["share"].data.tolist()
    parts = [
        Part(word, share, size(amount), TONES.get(word, "sure"))
        for word, amount, share in zip(
            rows["confidence"].texts().tolist(), amounts, shares, strict=True
        )
    ]
    return Bar("Bytes by how sure the service is", tuple(parts))
