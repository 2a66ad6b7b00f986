"""Columns that came in parts, each joined when it is asked for: few are needed as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Array = np.ndarray[Any, Any]

__all__ = ["Joined"]


class Joined(Mapping[str, "Array"]):
    """Columns by name; of each the parts one behind the other."""

    def __init__(self, parts: Mapping[str, Sequence[Array]]) -> None:
        """Hold parts.

        Args:
            parts: Of each column at least one; all have as many parts, as long as each other's.
        """
        self._parts = dict(parts)

    @classmethod
    def of(cls, whole: Mapping[str, Array]) -> Joined:
        """Columns that are whole."""
        return cls({name: [column] for name, column in whole.items()})

    def __getitem__(self, name: str) -> Array:
        """One column as a whole."""
        parts = self._parts[name]
        if len(parts) > 1:
            parts = self._parts[name] = [np.concatenate(parts)]
        return parts[0]

    def __iter__(self) -> Iterator[str]:
        """The names."""
        return iter(self._parts)

    def __len__(self) -> int:
        """How many columns."""
        return len(self._parts)

    def parts(self, name: str) -> Sequence[Array]:
        """One column as it came."""
        return self._parts[name]

    def without(self, *names: str) -> Joined:
        """The other columns."""
        others = Joined(self._parts)
        others.drop(*names)
        return others

    def drop(self, *names: str) -> None:
        """Let go of columns, where they are still there."""
        for name in names:
            self._parts.pop(name, None)
