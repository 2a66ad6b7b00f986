"""Which patterns match the heads of rows, left as the engine told it: few of them are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from classifier.flows.content import join_matches, take_matches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classifier.engine.content import Matches

    Array = np.ndarray[Any, Any]

__all__ = ["MatchParts"]


class MatchParts:
    """The matches of many batches as one."""

    def __init__(self, parts: Sequence[Matches]) -> None:
        """Hold parts.

        Args:
            parts: The matches of each batch.
        """
        self._parts = tuple(parts)
        self._ends = np.cumsum([len(part.offsets) - 1 for part in parts], dtype=np.int64)

    def __len__(self) -> int:
        """Rows."""
        return int(self._ends[-1]) if len(self._ends) else 0

    def __getitem__(self, row: int) -> tuple[int, ...]:
        """The numbers of one row."""
        part = int(np.searchsorted(self._ends, row, side="right"))
        return self._parts[part][row - int(self._ends[part - 1] if part else 0)]

    def take(self, order: Array) -> Matches:
        """The matches of the rows with these numbers, in this order."""
        of = np.searchsorted(self._ends, order, side="right")
        where = [np.flatnonzero(of == number) for number in range(len(self._parts))]
        begins = (0, *self._ends.tolist())
        taken = join_matches(
            [
                take_matches(part, order[rows] - begin)
                for part, rows, begin in zip(self._parts, where, begins, strict=False)
            ]
        )
        place = np.empty(len(order), dtype=np.int64)
        place[np.concatenate([*where, np.zeros(0, dtype=np.int64)])] = np.arange(len(order))
        return take_matches(taken, place)

    def joined(self) -> Matches:
        """All of them."""
        return join_matches(self._parts)
