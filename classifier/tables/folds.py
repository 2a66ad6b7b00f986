"""Sums, extremes and counts of groups of rows, of columns that are read where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec import Struct

from classifier import compiled

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from classifier.table import Table

    Codes = npt.NDArray[np.integer[Any]]
    Columns = list[tuple[str, npt.NDArray[Any] | int]]

__all__ = ["LEAST", "MOST", "SUM", "Part", "both_sides", "folds"]

SUM, LEAST, MOST = "sum", "least", "most"

_LIMITS = np.iinfo(np.int64)
_HOW = {SUM: (np.add, 0), LEAST: (np.minimum, _LIMITS.max), MOST: (np.maximum, _LIMITS.min)}
_KNOWN = frozenset(map(np.dtype, ("u1", "u2", "u4", "i1", "i2", "i4", "i8")))


class Part(Struct, frozen=True, eq=False):
    """Rows, and what they add to the values of their groups.

    Attributes:
        group: The group of each row, from 0 up.
        columns: The name of a value, and whole numbers: one a row, or the same for all. A value can
            be named several times.
        rows: Where the numbers of each row stand in the columns; None: they are as many, in order.
    """

    group: Codes
    columns: Columns
    rows: Codes | None = None


def both_sides(flows: Table, *names: str) -> Columns:
    """Of each flow what both sides sent, such as ``bytes``: each value has two columns."""
    return [(name, flows[f"{side}_{name}"].data) for name in names for side in ("client", "server")]


def folds(size: int, kinds: Mapping[str, str], *parts: Part) -> dict[str, Codes]:
    """Some values (int64) for each of ``size`` groups, all exact.

    Args:
        size: Number of groups.
        kinds: Of each value by its name :data:`SUM`, :data:`LEAST` or :data:`MOST`. A group without
            rows has the sum 0, the largest number there is, or the smallest.
        parts: What the values are made of.
    """
    if compiled.native is None:
        return _in_python(size, kinds, *parts)
    number = {name: place for place, name in enumerate(kinds)}
    given = []
    for part in parts:
        columns = [(number[name], _known(values)) for name, values in part.columns]
        given.append((_known(part.group), part.rows, columns))
    found = compiled.native.folded(list(kinds.values()), size, given)
    each = (np.frombuffer(column, dtype=np.int64) for column in found)
    return dict(zip(kinds, each, strict=True))


def _known(values: npt.NDArray[Any] | int) -> npt.NDArray[Any] | int:
    """Whole numbers of a type that compiled code takes."""
    if isinstance(values, int):
        return values
    if values.dtype == np.bool_:
        return values.view(np.uint8)
    return values if values.dtype in _KNOWN else values.astype(np.int64)


def _in_python(size: int, kinds: Mapping[str, str], *parts: Part) -> dict[str, Codes]:
    result: dict[str, Codes] = {
        name: np.full(size, _HOW[kind][1], dtype=np.int64) for name, kind in kinds.items()
    }
    for part in parts:
        for name, values in part.columns:
            taken: Any = values
            if not isinstance(values, int):
                taken = values if part.rows is None else values[part.rows]
                taken = taken.astype(np.int64, copy=False)
            _HOW[kinds[name]][0].at(result[name], part.group, taken)
    return result
