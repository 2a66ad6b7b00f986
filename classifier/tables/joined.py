"""Texts that are put together of others: as columns of parts until somebody asks for one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, overload

import numpy as np

from classifier.flows.addresses import Addresses
from classifier.table import Values

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Joined"]

PLAIN = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .:&=_-/"
"""What no format of a report escapes within a text."""


class Joined(Sequence[str]):
    """Labels, each the texts of all parts one behind the other.

    Attributes:
        parts: Columns of labels, one row a text, none of them null.
    """

    def __init__(self, *parts: Values) -> None:
        self.parts = parts

    @classmethod
    def column(cls, *parts: Values) -> Values:
        """A column of one text a row; parts whose texts a format could escape are joined now."""
        joined = cls(*parts)
        rows = np.arange(len(joined), dtype=np.int32)
        return Values(rows, joined if all(map(_is_plain, parts)) else list(joined))

    def __len__(self) -> int:
        """Texts."""
        return len(self.parts[0].data)

    @overload
    def __getitem__(self, number: int) -> str: ...
    @overload
    def __getitem__(self, number: slice) -> list[str]: ...
    def __getitem__(self, number: int | slice) -> str | list[str]:
        """One text; a list of several."""
        if isinstance(number, slice):
            return [self[each] for each in range(*number.indices(len(self)))]
        return "".join([part.labels[part.data[number]] for part in self.parts if part.labels])

    def __iter__(self) -> Iterator[str]:
        """Every text."""
        texts = [part.texts().tolist() for part in self.parts]
        return map("".join, zip(*texts, strict=True))


def _is_plain(part: Values) -> bool:
    """Whether no format escapes anything in these texts."""
    assert part.labels is not None
    if isinstance(part.labels, Addresses):
        return True
    return not "".join(part.labels).encode(errors="replace").translate(None, PLAIN)
