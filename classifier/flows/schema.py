"""The flow table's dtypes, applied: the one place where pandas meets ``FLOW_COLUMNS``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from classifier.model import FLOW_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["conform", "empty"]


def conform(columns: Mapping[str, object]) -> pd.DataFrame:
    """Make a flow table of columns: right order, right dtypes.

    Args:
        columns: Arrays or Series by column name; every one of ``FLOW_COLUMNS`` must be there.

    Raises:
        KeyError: A column is missing.
    """
    series = {}
    for column in FLOW_COLUMNS:
        values = columns[column.name]
        dtype = column.dtype
        if not isinstance(values, pd.Series):
            values = pd.Series(values)
        series[column.name] = values if str(values.dtype) == dtype else _cast(values, dtype)
    return pd.DataFrame(series, copy=False)


def _cast(values: pd.Series[Any], dtype: Any) -> pd.Series[Any]:
    """``astype`` for a dtype that is known only at run time."""
    return values.astype(dtype)


def empty() -> pd.DataFrame:
    """A flow table without rows."""
    return conform({column.name: pd.Series([], dtype=column.dtype) for column in FLOW_COLUMNS})
