"""Columns of a DataFrame as lists of plain Python values, a column at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["CHUNK", "chunks", "plain", "times"]

CHUNK = 20_000
"""Rows that are turned into Python values at a time, so that memory stays flat."""


def chunks(frame: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """The frame in pieces of :data:`CHUNK` rows; one empty piece if it has none."""
    for start in range(0, max(len(frame), 1), CHUNK):
        yield frame.iloc[start : start + CHUNK]


def plain(frame: pd.DataFrame, text: Callable[[str], str] | None = None) -> list[list[Any]]:
    """One list a column: int, float, bool, str or None; times as ISO 8601 with ns and ``Z``.

    Args:
        frame: Any table.
        text: Applied to each distinct text of a category and to each text of other columns.
    """
    return [_column(frame[name], text) for name in frame.columns]


def times(series: pd.Series[Any]) -> list[str | None]:
    """Times as ``2026-01-05T09:00:00.000000000Z``, None where there is none."""
    naive = series.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy(dtype="datetime64[ns]")
    texts: list[str | None] = [f"{text}Z" for text in np.datetime_as_string(naive, unit="ns")]
    for missing in np.flatnonzero(np.isnat(naive)):
        texts[missing] = None
    return texts


def _column(series: pd.Series[Any], text: Callable[[str], str] | None) -> list[Any]:
    """One column as a list."""
    dtype = series.dtype
    if isinstance(dtype, pd.DatetimeTZDtype):
        return times(series)
    if isinstance(dtype, pd.CategoricalDtype):
        labels = [_text(label, text) for label in series.cat.categories.tolist()]
        labels.append(None)  # code -1 is null
        return [labels[code] for code in series.cat.codes.tolist()]
    if pd.api.types.is_numeric_dtype(dtype) and not series.hasnans:
        return list(series.tolist())
    missing = series.isna()
    values = series.astype(object)
    values = values.mask(missing, None) if missing.any() else values
    if pd.api.types.is_numeric_dtype(dtype):
        return list(values.tolist())
    return [_text(value, text) for value in values.tolist()]


def _text(value: Any, text: Callable[[str], str] | None) -> Any:
    """A value, through ``text`` if it is one."""
    return text(value) if text is not None and isinstance(value, str) else value
