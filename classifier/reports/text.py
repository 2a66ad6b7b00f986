"""The report for a terminal: the most important rows, aligned, never wider than it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.reports.escape import visible
from classifier.reports.layout import cut, pad, width, wrap
from classifier.reports.sections import sections
from classifier.reports.sections.blocks import Bar, Cards, Facts, Limits, Notes, Table
from classifier.reports.textgrid import grid
from classifier.reports.title import TIMES, headline, summary
from classifier.reports.words import percent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.analysis import Analysis
    from classifier.reports.sections.blocks import Block, Card

__all__ = ["render"]

LIMITS = Limits(rows=10, flows=10, cards=10)
NARROWEST = 40
BAR = 24

# SGR codes; only these ever reach the terminal, and only when colour is asked for.
STYLES = {
    "title": "1",
    "heading": "1;36",
    "head": "2",
    "good": "32",
    "warn": "33",
    "critical": "1;37;41",
    "high": "1;31",
    "medium": "33",
    "low": "36",
    "info": "2",
    "guess": "2",
}


def render(analysis: Analysis, *, columns: int = 100, colour: bool = False) -> str:
    """The report as text.

    Args:
        analysis: What to report.
        columns: Width of the terminal in cells; less than 40 is taken for 40.
        colour: Whether to use ANSI colours.
    """
    columns = max(columns, NARROWEST)
    paint = Paint(colour=colour)
    lines = [paint("title", line) for line in wrap(visible(headline(analysis)), columns)]
    lines += wrap(visible(summary(analysis)), columns)
    lines += wrap(TIMES, columns)
    for section in sections(analysis, LIMITS):
        heading = section.title.upper() + (f" ({section.badge})" if section.badge else "")
        lines += ["", paint("heading", cut(heading, columns)), "─" * columns]
        lines += [paint("head", line) for line in wrap(section.lead, columns) if line]
        for number, block in enumerate(section.blocks):
            if number or section.lead:
                lines.append("")
            lines += _block(block, columns, paint)
    return "\n".join(lines) + "\n"


class Paint:
    """Puts lines into a style, or leaves them alone."""

    __slots__ = ("colour",)

    def __init__(self, *, colour: bool) -> None:
        self.colour = colour

    def __call__(self, style: str, line: str) -> str:
        """The line in a style of :data:`STYLES`."""
        code = STYLES.get(style)
        return f"\x1b[{code}m{line}\x1b[0m" if self.colour and code and line else line


def _block(block: Block, room: int, paint: Paint) -> Iterator[str]:
    """The lines of one block."""
    match block:
        case Table():
            yield from _table(block, room, paint)
        case Bar():
            yield from _bar(block, room)
        case Facts():
            yield from _facts(block, room)
        case Notes():
            for note in block.lines:
                for line in _hanging("• ", visible(note), room):
                    yield paint(block.tone, line)
        case Cards():
            for card in block.cards:
                yield from _card(card, room, paint)
            if block.left_out:
                yield from wrap(_more(block.left_out), room)


def _table(table: Table, room: int, paint: Paint) -> Iterator[str]:
    """Caption, heading, rows, and how many rows are left out."""
    caption = table.caption if table.rows else f"{table.caption}: none"
    for line in wrap(visible(caption), room):
        yield paint(table.tone or "title", line)
    if table.rows:
        heading, body = grid(table, room)
        yield from (paint("head", line) for line in heading)
        yield from body
    if table.left_out:
        yield from wrap(_more(table.left_out), room)


def _bar(bar: Bar, room: int) -> Iterator[str]:
    """One line a part, its share drawn in blocks."""
    yield from wrap(bar.caption, room)
    label = max((width(visible(part.label)) for part in bar.parts), default=0)
    for part in bar.parts:
        drawn = "█" * max(round(part.share * BAR), 1 if part.share else 0)
        name = pad(visible(part.label), min(label, room // 3))
        line = f"{name}  {percent(part.share):>7}  {pad(part.amount, 9, right=True)}  {drawn}"
        yield cut(line.rstrip(), room)


def _facts(facts: Facts, room: int) -> Iterator[str]:
    """Names and values side by side."""
    yield from wrap(facts.caption, room) if facts.caption else ()
    label = min(max((width(visible(name)) for name, _ in facts.items), default=0), room // 3)
    for name, value in facts.items:
        first = pad(cut(visible(name), label, middle=True), label) + "  "
        yield from _hanging(first, visible(value), room)


def _card(card: Card, room: int, paint: Paint) -> Iterator[str]:
    """One finding: what, why, what next, where."""
    doubt = " (undetermined)" if card.undetermined else ""
    for line in _hanging(f"[{card.severity}] ", visible(card.title) + doubt, room):
        yield paint(card.severity, line)
    rule = f", rule {card.rule}" if card.rule else ""
    yield from _hanging("  ", visible(f"{card.key}{rule}; {card.amount}"), room)
    for label, parts in (
        ("  because: ", card.conditions),
        ("  next:    ", card.next_steps),
        ("  where:   ", card.flows),
    ):
        for part in parts:
            yield from _hanging(label, visible(part), room)
    if card.more and card.flows:
        yield from _hanging("           ", f"and {card.more:,} more", room)


def _hanging(first: str, text: str, room: int) -> list[str]:
    """Text after a label, its further lines indented as far."""
    indent = width(first)
    lines = wrap(text, room - indent)
    return [(first if not number else " " * indent) + line for number, line in enumerate(lines)]


def _more(count: int) -> str:
    """What stands under a table that is cut."""
    return f"… {count:,} more (see --report html|json)"
