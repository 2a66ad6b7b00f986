"""The report in Markdown (GitHub's tables), for tickets and wikis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.reports.escape import md_cell
from classifier.reports.sections import sections
from classifier.reports.sections.blocks import Bar, Cards, Facts, Limits, Notes, Table
from classifier.reports.title import TIMES, headline, summary
from classifier.reports.words import percent, written

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from classifier.analysis import Analysis
    from classifier.reports.sections.blocks import Block, Card

__all__ = ["render"]

LIMITS = Limits(rows=50, flows=50, cards=50)


def render(analysis: Analysis) -> str:
    """The report as Markdown. Nothing of an untrusted text is markup, a link or HTML."""
    lines = [f"# {md_cell(headline(analysis))}", "", md_cell(summary(analysis)), "", TIMES]
    for section in sections(analysis, LIMITS):
        lines += ["", f"## {section.title}"]
        if section.lead:
            lines += ["", md_cell(section.lead)]
        for block in section.blocks:
            lines += ["", *_block(block)]
    return "\n".join(lines) + "\n"


def _block(block: Block) -> Iterator[str]:
    """The lines of one block."""
    match block:
        case Table():
            yield from _table(block)
        case Bar():
            yield f"{md_cell(block.caption)}:"
            yield ""
            for part in block.parts:
                yield f"- {md_cell(f'{part.label}: {percent(part.share)} ({part.amount})')}"
        case Facts():
            yield from _rows(("Name", "Value"), (False, False), block.items)
        case Notes():
            mark = {"good": "✔ ", "warn": "⚠ "}.get(block.tone, "")
            yield from (f"- {mark}{md_cell(line)}" for line in block.lines)
        case Cards():
            for card in block.cards:
                yield from _card(card)
            if block.left_out:
                yield f"… {block.left_out:,} more findings in `--report json`"


def _table(table: Table) -> Iterator[str]:
    """Caption, table, and how many rows are left out."""
    yield f"**{md_cell(table.caption)}**" + ("" if table.rows else ": none")
    if not table.rows:
        return
    yield ""
    labels = tuple(field.label for field in table.fields)
    right = tuple(field.right for field in table.fields)
    kinds = [field.kind for field in table.fields]
    cells = (tuple(map(written, kinds, row)) for row in table.rows)
    yield from _rows(labels, right, cells)
    if table.left_out:
        yield ""
        yield f"… {table.left_out:,} more in `--report json`"


def _rows(
    labels: tuple[str, ...], right: tuple[bool, ...], rows: Iterable[tuple[str, ...]]
) -> Iterator[str]:
    """The lines of a Markdown table."""
    yield "| " + " | ".join(labels) + " |"
    yield "|" + "|".join("---:" if each else "---" for each in right) + "|"
    for row in rows:
        yield "| " + " | ".join(map(md_cell, row)) + " |"


def _card(card: Card) -> Iterator[str]:
    """One finding."""
    doubt = " (undetermined)" if card.undetermined else ""
    yield f"### {card.severity.upper()}: {md_cell(card.title)}{doubt}"
    yield ""
    rule = f", rule {card.rule}" if card.rule else ""
    yield md_cell(f"{card.key}{rule}; {card.amount}")
    yield ""
    yield from (f"- because: {md_cell(line)}" for line in card.conditions)
    yield from (f"- next: {md_cell(line)}" for line in card.next_steps)
    yield from (f"- where: {md_cell(line)}" for line in card.flows)
    if card.more and card.flows:
        yield f"- and {card.more:,} more flows"
    yield ""
