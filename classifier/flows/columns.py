"""Batches put together: one set of columns for the whole recording."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from classifier.engine.contract import BATCH_COLUMNS
from classifier.flows.content import (
    join_matches,
    join_transcripts,
    take_matches,
    take_transcripts,
)
from classifier.flows.ragged import join_bytes, take_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from classifier.engine.content import Matches, Transcripts
    from classifier.engine.contract import Batch, Heads

__all__ = ["Array", "Columns", "concatenate"]

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Columns:
    """The rows of all batches.

    Attributes:
        data: One array for each of ``BATCH_COLUMNS``.
        a_head, b_head: First payload bytes by row.
        a_matches, b_matches: Numbers of the patterns that match them.
        transcripts: Payload of the rows that were selected.
    """

    data: dict[str, Array]
    a_head: Heads
    b_head: Heads
    a_matches: Matches
    b_matches: Matches
    transcripts: Transcripts

    def __len__(self) -> int:
        """Rows."""
        return len(self.data["first_seen"])

    def __getitem__(self, name: str) -> Array:
        """One column."""
        return self.data[name]

    def take(self, order: npt.NDArray[np.int64]) -> Columns:
        """The rows with these numbers, in this order."""
        return Columns(
            {name: column[order] for name, column in self.data.items()},
            take_bytes(self.a_head, order),
            take_bytes(self.b_head, order),
            take_matches(self.a_matches, order),
            take_matches(self.b_matches, order),
            take_transcripts(self.transcripts, order, len(self)),
        )


def concatenate(batches: Sequence[Batch]) -> Columns:
    """All batches as one set of columns, in the order in which they came."""
    data: dict[str, Array] = {}
    for column in BATCH_COLUMNS:
        parts = [batch.columns[column.name] for batch in batches]
        shape = (0, column.width) if column.width else (0,)
        data[column.name] = np.concatenate(parts) if parts else np.zeros(shape, column.dtype)
    return Columns(
        data,
        join_bytes([batch.a_head for batch in batches]),
        join_bytes([batch.b_head for batch in batches]),
        join_matches([batch.a_matches for batch in batches]),
        join_matches([batch.b_matches for batch in batches]),
        join_transcripts([(len(batch), batch.transcripts) for batch in batches]),
    )
