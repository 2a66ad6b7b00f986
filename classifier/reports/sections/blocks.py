"""The parts that sections are made of. All text in them is raw; every format escapes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

from classifier.reports.values import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from classifier.table import Table as Columns

__all__ = ["Bar", "Block", "Card", "Cards", "Facts", "Field", "Limits", "Notes", "Part", "Section"]
__all__ += ["Table", "table"]


EMPTY = frozenset({None, ""})


class Limits(Struct, frozen=True):
    """How many rows a format shows; what is left out is counted.

    Attributes:
        rows: Rows of a table.
        flows: Rows of the flow table.
        cards: Findings in full.
        explained: Rows of the flow table, of those that are shown, that can be asked for reasons.
    """

    rows: int
    flows: int
    cards: int
    explained: int = 0


class Field(Struct, frozen=True):
    """One column of a table as it is shown.

    Attributes:
        name: Column of the frame.
        label: Heading.
        kind: How values are written, a key of :data:`classifier.reports.words.FORMS`.
        rank: 0 is always shown; where room is short, the highest rank is left out first.
    """

    name: str
    label: str
    kind: str = "text"
    rank: int = 0

    @property
    def right(self) -> bool:
        """Whether values stand at the right edge of the column, as numbers do."""
        return self.kind in {"number", "count", "bytes", "share"}


class Table(Struct, frozen=True):
    """A table, cut to what the format shows.

    Attributes:
        key: Unique in the report; usable as an HTML id.
        caption: What one row is.
        fields: The columns.
        rows: Raw Python values in the order of the fields, None for null.
        total: Rows there are in all.
        tone: ``guess`` where the names are guesses, else empty.
        behind: Lines that stand behind the first rows, for a format that can show them when asked;
            the first field of such a row is a number that is unique in the table.
    """

    key: str
    caption: str
    fields: tuple[Field, ...]
    rows: list[tuple[object, ...]]
    total: int
    tone: str = ""
    behind: tuple[tuple[str, ...], ...] = ()

    @property
    def left_out(self) -> int:
        """Rows that are not shown."""
        return self.total - len(self.rows)


class Part(Struct, frozen=True):
    """One part of a bar: label, share of the whole (0 to 1), amount in words, tone."""

    label: str
    share: float
    amount: str
    tone: str


class Bar(Struct, frozen=True):
    """Parts of a whole."""

    caption: str
    parts: tuple[Part, ...]


class Facts(Struct, frozen=True):
    """Names and values; the caption may be empty."""

    caption: str
    items: tuple[tuple[str, str], ...]


class Notes(Struct, frozen=True):
    """Sentences; ``tone`` is ``good``, ``warn`` or empty."""

    lines: tuple[str, ...]
    tone: str = ""


class Card(Struct, frozen=True):
    """One finding in full. ``flows`` describes the first of them, ``more`` counts the rest."""

    key: str
    severity: str
    title: str
    kind: str
    rule: str
    undetermined: bool
    amount: str
    conditions: tuple[str, ...]
    next_steps: tuple[str, ...]
    flows: tuple[str, ...]
    more: int


class Cards(Struct, frozen=True):
    """Findings, and how many are left out."""

    cards: tuple[Card, ...]
    left_out: int = 0


Block: TypeAlias = Table | Bar | Facts | Notes | Cards


class Section(Struct, frozen=True):
    """One section.

    Attributes:
        key: Stable and usable as an HTML id.
        title: Heading.
        blocks: What it shows, in order.
        lead: How to read it.
        badge: A count for the menu.
        closed: Whether a format that can fold sections shows it folded.
    """

    key: str
    title: str
    blocks: tuple[Block, ...]
    lead: str = ""
    badge: str = ""
    closed: bool = False


def table(
    key: str,
    caption: str,
    found: Columns,
    fields: tuple[Field, ...],
    total: int,
    *,
    tone: str = "",
    more: Mapping[str, Sequence[object]] | None = None,
) -> Table:
    """Columns as a :class:`Table`; nulls become None.

    A column that says nothing in these rows is left out, unless its rank is 0.

    Args:
        key: As in :class:`Table`.
        caption: As in :class:`Table`.
        found: The rows that are shown.
        fields: The columns to show, where they say something.
        total: How many rows there are in all.
        tone: As in :class:`Table`.
        more: Further columns, one value a row.
    """
    columns, told = [], []
    for field in fields:
        extra = (more or {}).get(field.name)
        values = plain(found, field.name) if extra is None else extra
        if field.rank == 0 or not EMPTY.issuperset(values):
            columns.append(values)
            told.append(field)
    return Table(key, caption, tuple(told), list(zip(*columns, strict=True)), total, tone)
