"""Batches put together: one set of columns for the whole recording."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec import Struct

from classifier import compiled
from classifier.engine.contract import BATCH_COLUMNS, Heads
from classifier.flows.content import join_transcripts, take_transcripts
from classifier.flows.joined import Joined
from classifier.flows.matched import MatchParts

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from classifier.engine.content import HeadRows, Transcripts
    from classifier.engine.contract import Batch, BatchColumn

__all__ = ["Array", "Columns", "Payloads", "concatenate"]

Array = np.ndarray[Any, Any]


class Columns(Struct, frozen=True):
    """The rows of all batches.

    Attributes:
        data: One array for each of ``BATCH_COLUMNS``, joined when it is asked for.
        a_head, b_head: First payload bytes by row.
        a_matches, b_matches: Numbers of the patterns that match them.
        transcripts: Payload of the rows that were selected.
    """

    data: Joined
    a_head: Payloads
    b_head: Payloads
    a_matches: MatchParts
    b_matches: MatchParts
    transcripts: Transcripts

    def __len__(self) -> int:
        """Rows."""
        return sum(map(len, self.data.parts("first_seen")))

    def __getitem__(self, name: str) -> Array:
        """One column."""
        return self.data[name]

    def take(self, order: npt.NDArray[np.int64]) -> Columns:
        """The rows with these numbers, in this order."""
        return Columns(
            Joined.of({name: column[order] for name, column in self.data.items()}),
            self.a_head.take(order),
            self.b_head.take(order),
            MatchParts([self.a_matches.take(order)]),
            MatchParts([self.b_matches.take(order)]),
            take_transcripts(self.transcripts, order, len(self)),
        )


class Payloads:
    """First payload bytes of rows, left where the engine put them: few of them are looked at."""

    def __init__(self, parts: Sequence[HeadRows], rows: Array | None = None) -> None:
        """Heads of many batches as one.

        Args:
            parts: The heads of each batch.
            rows: Numbers of rows, counted over all parts; None: all of them in order.
        """
        self._parts = tuple(parts)
        self._ends = np.cumsum([len(part) for part in parts], dtype=np.int64)
        self._rows = rows

    def __len__(self) -> int:
        """Rows."""
        if self._rows is not None:
            return len(self._rows)
        return int(self._ends[-1]) if len(self._ends) else 0

    def __getitem__(self, row: int) -> bytes:
        """The head of one row."""
        number = row if self._rows is None else int(self._rows[row])
        part = int(np.searchsorted(self._ends, number, side="right"))
        return self._parts[part][number - int(self._ends[part - 1] if part else 0)]

    def take(self, order: Array) -> Payloads:
        """The rows with these numbers, in this order; no byte is copied."""
        taken = Payloads((), order if self._rows is None else self._rows[order])
        taken._parts, taken._ends = self._parts, self._ends
        return taken

    def beside(self, other: Payloads) -> Payloads:
        """These rows, and behind them those of another; nothing is copied if no row was taken."""
        if self._rows is None and other._rows is None:
            return Payloads((*self._parts, *other._parts))
        return Payloads((self.gathered(), other.gathered()))

    @property
    def parts(self) -> Sequence[HeadRows]:
        """These heads, part by part; nothing is copied if no row was taken."""
        return self._parts if self._rows is None else (self.gathered(),)

    def gathered(self) -> Heads:
        """These heads one after the other."""
        rows = np.arange(len(self)) if self._rows is None else self._rows
        if compiled.native is not None:
            from classifier.engine.native_content import given

            offsets, data = compiled.native.gather(
                list(map(given, self._parts)), np.ascontiguousarray(rows, dtype=np.int64)
            )
            return Heads(np.frombuffer(offsets, dtype=np.int64), memoryview(data))
        heads = [self[row] for row in range(len(self))]
        lengths = np.fromiter(map(len, heads), dtype=np.int64, count=len(heads))
        return Heads(np.concatenate([[0], np.cumsum(lengths)]), b"".join(heads))


def concatenate(batches: Sequence[Batch]) -> Columns:
    """All batches as one set of columns, in the order in which they came.

    The batches lose their columns, so that one that is joined is not held twice.
    """
    rows = [len(batch) for batch in batches]

    def parts(column: BatchColumn) -> list[Array]:
        shape = (0, column.width) if column.width else (0,)
        own: list[Array] = [batch.columns.pop(column.name) for batch in batches]
        return own or [np.zeros(shape, column.dtype)]

    return Columns(
        Joined({column.name: parts(column) for column in BATCH_COLUMNS}),
        Payloads([batch.a_head for batch in batches]),
        Payloads([batch.b_head for batch in batches]),
        MatchParts([batch.a_matches for batch in batches]),
        MatchParts([batch.b_matches for batch in batches]),
        join_transcripts(list(zip(rows, (batch.transcripts for batch in batches), strict=True))),
    )
