"""A table in a terminal: which columns fit, how wide each is, and its lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.reports.escape import visible
from classifier.reports.layout import cut, pad, width, wrap
from classifier.reports.words import written

if TYPE_CHECKING:
    from classifier.reports.sections.blocks import Field, Table

__all__ = ["grid"]

GAP = 2
FLOORS = {"text": 16, "address": 30, "code": 14, "file": 20}
"""Cells to which a column of this kind may shrink; the other kinds keep their width."""
NARROW = 6
"""Where even that is too much, such columns shrink to this."""
TALLEST = 4
"""Lines that one cell may take; kinds other than text take one."""


def grid(table: Table, room: int) -> tuple[list[str], list[str]]:
    """Heading line and body lines, none wider than ``room`` cells."""
    cells = [
        [visible(written(field.kind, row[at])) for row in table.rows]
        for at, field in enumerate(table.fields)
    ]
    columns = list(range(len(table.fields)))
    wanted = {at: _natural(table.fields[at].label, cells[at]) for at in columns}
    widths = _fit(table.fields, columns, wanted, room)
    heading = [table.fields[at].label for at in widths]
    lines = _row(table.fields, widths, heading)
    body: list[str] = []
    for number in range(len(table.rows)):
        body += _row(table.fields, widths, [cells[at][number] for at in widths])
    return lines, body


def _natural(label: str, cells: list[str]) -> int:
    """The width at which nothing of a column is cut."""
    return max(width(label), max(map(width, cells), default=0))


def _fit(
    fields: tuple[Field, ...], columns: list[int], wanted: dict[int, int], room: int
) -> dict[int, int]:
    """Column -> width, for the columns that fit: the least important are left out first."""
    kept = list(columns)
    least = {at: min(wanted[at], FLOORS.get(fields[at].kind, wanted[at])) for at in kept}
    while _sum(least, kept) > room and any(fields[at].rank for at in kept):
        kept.remove(max(kept, key=lambda at: (fields[at].rank, at)))
    if _sum(least, kept) > room:
        least = {at: min(least[at], NARROW) if _soft(fields[at]) else least[at] for at in kept}
    while _sum(least, kept) > room and len(kept) > 1:
        kept.pop()
    widths = {at: min(least[at], room) for at in kept}
    spare = room - _sum(widths, kept)
    needy = sorted(kept, key=lambda at: wanted[at] - widths[at])
    for served, at in enumerate(needy):  # room is shared out evenly, small needs first
        more = min(wanted[at] - widths[at], max(spare, 0) // (len(needy) - served))
        widths[at] += more
        spare -= more
    return widths


def _soft(field: Field) -> bool:
    """Whether a column may be cut at all."""
    return field.kind in FLOORS


def _sum(widths: dict[int, int], kept: list[int]) -> int:
    """Cells that columns take with the gaps between them."""
    return sum(widths[at] for at in kept) + GAP * max(len(kept) - 1, 0)


def _row(fields: tuple[Field, ...], widths: dict[int, int], texts: list[str]) -> list[str]:
    """One row as lines: text cells are wrapped, the others cut."""
    cells = []
    for (at, room), text in zip(widths.items(), texts, strict=True):
        if fields[at].kind == "text":
            lines = wrap(text, room)
            if len(lines) > TALLEST:
                lines = [*lines[: TALLEST - 1], cut(" ".join(lines[TALLEST - 1 :]), room)]
        else:
            lines = [cut(text, room, middle=fields[at].kind in {"address", "file"})]
        cells.append([pad(line, room, right=fields[at].right) for line in lines])
    blank = [" " * room for room in widths.values()]
    height = max(map(len, cells))
    gap = " " * GAP
    return [
        gap.join(
            cell[line] if line < len(cell) else empty
            for cell, empty in zip(cells, blank, strict=True)
        ).rstrip()
        for line in range(height)
    ]
