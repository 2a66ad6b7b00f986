"""The values of a few rows as Python objects, for reports that people read."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from classifier.table import Table

__all__ = ["plain"]


def plain(table: Table, name: str) -> list[object]:
    """One column: int, float, bool, str; times as ns since 1970 UTC; None for null."""
    values = table[name]
    if values.labels is not None or values.data.dtype.kind == "S":
        return list(values.texts().tolist())
    found: list[object] = values.data.tolist()
    if values.missing is None:
        return found
    gone = values.missing.tolist()
    return [None if each else value for value, each in zip(found, gone, strict=True)]
