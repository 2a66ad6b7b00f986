"""Where the rows of an engine go among the flows, and their columns put there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from classifier import compiled
from classifier.flows.memory import memory_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classifier.flows.columns import Array

__all__ = ["Order"]

_ALIGNED = 64


class Order:
    """The order of flows. A column that comes in parts is put into it without being joined first.

    Attributes:
        rows: int64, for each flow the number of its row.
    """

    def __init__(self, rows: Array, room: int, native: Any = None) -> None:
        """Take an order.

        Args:
            rows: int64, every number below their count once.
            room: Bytes that lasting columns will take in all, for each flow, as a guess.
            native: What compiled code made of the rows, if it did.
        """
        self.rows = rows
        if native is None and compiled.native is not None:
            native = compiled.native.RowOrder(rows)
        self._native = native
        # One large piece of memory costs far less than many, and nothing where nobody writes.
        self._room = np.empty(len(rows) * room, dtype=np.uint8)

    @classmethod
    def of(cls, numbers: Sequence[Array], room: int) -> Order:
        """The order of numbers; rows that have the same one stay as they are.

        Args:
            numbers: int64, one a row; one part behind the other.
            room: As above.
        """
        if compiled.native is not None:
            found = compiled.native.RowOrder.of(_memories(numbers))
            if found is not None:
                return cls(np.frombuffer(found[1], dtype=np.int64), room, found[0])
        return cls(np.argsort(np.concatenate(numbers), kind="stable"), room)

    def __len__(self) -> int:
        """Flows."""
        return len(self.rows)

    def column(self, parts: Sequence[Array], *, lasting: bool = False) -> Array:
        """The values of rows in the order of the flows.

        Args:
            parts: Numbers, one a row; one part behind the other.
            lasting: Whether they are held as long as the flows are.
        """
        placed = self._new(parts[0].dtype, lasting=lasting)
        if self._native is None:
            np.concatenate(parts).take(self.rows, out=placed)
        else:
            self._native.place(_kind(placed), _memories(parts), _given(placed))
        return placed

    def sides(
        self,
        one: Sequence[Array],
        other: Sequence[Array],
        stays: Array,
        *,
        lasting: bool = False,
    ) -> tuple[Array, Array]:
        """The values of both endpoints of rows, in the order of the flows.

        Args:
            one: Numbers, one a row; one part behind the other.
            other: The same of the other endpoint, in parts as long.
            stays: Of each flow: whether ``one`` is its client, and not its server.
            lasting: Whether they are held as long as the flows are.

        Returns:
            The client's and the server's.
        """
        client, server = (self._new(one[0].dtype, lasting=lasting) for _ in range(2))
        if self._native is None:
            a, b = (np.concatenate(parts).take(self.rows) for parts in (one, other))
            client[:], server[:] = np.where(stays, a, b), np.where(stays, b, a)
        else:
            to = _given(client), _given(server)
            parts = _memories(one), _memories(other)
            self._native.place_sides(_kind(client), parts, stays.view(np.uint8), to)
        return client, server

    def _new(self, dtype: np.dtype[Any], *, lasting: bool) -> Array:
        """Memory for a column."""
        size = len(self.rows) * dtype.itemsize
        if not lasting or size > len(self._room):
            return np.empty(len(self.rows), dtype=dtype)
        own = self._room[:size].view(dtype)
        self._room = self._room[-(-size // _ALIGNED) * _ALIGNED :]
        return own


def _given(values: Array) -> Array:
    """As compiled code takes it, to which all bytes are the same."""
    return values.view(np.uint8) if values.itemsize == 1 else values


def _kind(values: Array) -> str:
    """The word for a type of numbers."""
    return str(_given(values).dtype.str[1:])


def _memories(parts: Sequence[Array]) -> list[Any]:
    return [memory_of(_given(part)) for part in parts]
