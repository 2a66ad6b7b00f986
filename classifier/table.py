"""A table as columns of one length: what the stages hand to each other instead of a DataFrame.

No text stands in it once a row: texts are codes and their distinct labels, or ASCII bytes of one
width. A DataFrame is made of it when somebody asks for one; pandas is imported then and not before.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import pandas as pd

    from classifier.model import Column

__all__ = ["TIME", "Array", "Table", "Values"]

Array = np.ndarray[Any, Any]

TIME = "datetime64[ns, UTC]"
"""The dtype of times."""

_FEW = 4
"""So many comparisons are faster than a look at a table for each row."""


class Values(Struct, frozen=True, eq=False):
    """The values of one column.

    Attributes:
        data: Numbers; ns since 1970 UTC where the column is a time; signed codes where there are
            labels; else ASCII text as bytes of one width (``S30``), or text as objects in tables
            that are small.
        labels: The distinct texts that the codes in ``data`` mean. Code -1 is null. Every label
            of a column of dtype ``category`` is one of its categories, in this order.
        missing: True where a number or a time is null; None where none is.
        is_plain: Whether bytes of one width are known to be texts that every report can hold as
            they are, so that nobody need look at each.
    """

    data: Array
    labels: Sequence[str] | None = None
    missing: Array | None = None
    is_plain: bool = False

    def take(self, rows: Array) -> Values:
        """The values of these rows (numbers or a mask), in this order."""
        rows = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        missing = None if self.missing is None else self.missing.take(rows)
        return Values(self.data.take(rows), self.labels, missing, self.is_plain)

    def texts(self) -> Array:
        """The texts as objects; null is None."""
        if self.labels is not None and len(self.data) < len(self.labels):
            own = [None if code < 0 else self.labels[code] for code in self.data.tolist()]
            return np.array([*own, None], dtype=object)[:-1]
        if self.labels is not None:
            labels = np.empty(len(self.labels) + 1, dtype=object)
            labels[: len(self.labels)] = self.labels
            return labels[self.data]  # -1 takes the last one, which is None
        if self.data.dtype.kind == "S":
            return self.data.astype(f"U{self.data.dtype.itemsize}").astype(object)
        return self.data

    def is_label(self, *words: str) -> Array:
        """For each row, whether its label is one of these."""
        assert self.labels is not None
        codes = [code for code, label in enumerate(self.labels) if label in words]
        if len(codes) > _FEW:
            chosen = np.zeros(len(self.labels) + 1, dtype=bool)
            chosen[codes] = True
            return np.asarray(chosen.take(self.data))  # -1 takes the last one
        found = np.zeros(len(self.data), dtype=bool)
        for code in codes:
            found |= self.data == code
        return found


class Table:
    """Columns of one length.

    Attributes:
        columns: Their declarations, in order.
    """

    def __init__(
        self,
        columns: Sequence[Column],
        values: Mapping[str, Values | Callable[[], Values]],
        rows: Array | None = None,
    ) -> None:
        """Make a table.

        Args:
            columns: What it has, in order.
            values: By name; what costs much may be given as a function, which is called once, when
                the column is asked for. Names that are not declared are left out.
            rows: For each row of the table the number (int64) of its values among all that are
                given; None: they are as many as these, and in order.

        Raises:
            KeyError: A declared column is missing.
        """
        self.columns = tuple(columns)
        self._rows = rows
        self._values = {column.name: values[column.name] for column in columns}
        self._ordered: dict[str, Values] = {}

    def __getitem__(self, name: str) -> Values:
        """One column."""
        values, rows = self.unordered(name)
        if rows is None:
            return values
        if name not in self._ordered:
            self._ordered[name] = values.take(rows)
        return self._ordered[name]

    def unordered(self, name: str) -> tuple[Values, Array | None]:
        """One column without a copy: values, and for each row the number of its own among them.

        Returns:
            The values; and int64, or None where they stand in the order of the rows.
        """
        values = self._values[name]
        if not isinstance(values, Values):
            values = self._values[name] = values()
        return values, self._rows

    def __iter__(self) -> Iterator[str]:
        """The names of the columns."""
        return iter(self._values)

    def __len__(self) -> int:
        """Rows."""
        if self._rows is not None:
            return len(self._rows)
        for values in self._values.values():
            if isinstance(values, Values):
                return len(values.data)
        return len(self[self.columns[0].name].data) if self.columns else 0

    def take(self, rows: Array) -> Table:
        """These rows (numbers or a mask), in this order."""
        return Table(self.columns, {name: partial(self._taken, name, rows) for name in self})

    def head(self, count: int) -> Table:
        """The first rows, at most ``count``."""
        return self.take(np.arange(min(count, len(self))))

    def _taken(self, name: str, rows: Array) -> Values:
        """Rows of one column."""
        return self[name].take(rows)

    def frame(self, rows: Array | None = None, names: Iterable[str] | None = None) -> pd.DataFrame:
        """The table as a DataFrame of the declared dtypes.

        Args:
            rows: Only these rows, by number, in this order.
            names: Only these columns.
        """
        import pandas as pd

        wanted = set(self if names is None else names)
        series = {}
        for column in self.columns:
            if column.name in wanted:
                values = self[column.name]
                series[column.name] = _series(
                    values if rows is None else values.take(rows), column.dtype
                )
        return pd.DataFrame(series, copy=False)

    @classmethod
    def of(cls, frame: pd.DataFrame, columns: Sequence[Column]) -> Table:
        """The table that a DataFrame is.

        Args:
            frame: Has these columns, with the declared dtypes.
            columns: Their declarations.
        """
        return cls(columns, {column.name: _values(frame[column.name]) for column in columns})


def _series(values: Values, dtype: Any) -> pd.Series[Any]:
    """One column with its declared dtype."""
    import pandas as pd

    if dtype == TIME:
        times = values.data.view("M8[ns]")
        if values.missing is not None:
            times = np.where(values.missing, np.datetime64("NaT"), times)
        return pd.Series(times, copy=False).dt.tz_localize("UTC")
    if dtype == "category":
        assert values.labels is not None
        categories = pd.Index(list(values.labels), dtype="str")
        return pd.Series(pd.Categorical.from_codes(values.data, categories=categories))
    if dtype == "str":
        return pd.Series(values.texts(), dtype="str")
    if dtype[0] in "UI":  # a nullable integer
        numbers = values.data.astype(dtype.lower(), copy=False)
        missing = values.missing
        if missing is None:
            missing = np.zeros(len(numbers), dtype=bool)
        return pd.Series(pd.arrays.IntegerArray(numbers, missing))
    return pd.Series(values.data.astype(dtype, copy=False), copy=False)


def _values(series: pd.Series[Any]) -> Values:
    """The values of a Series."""
    import pandas as pd

    dtype = series.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        labels = [str(label) for label in series.cat.categories]
        return Values(series.cat.codes.to_numpy(), labels)
    if isinstance(dtype, pd.DatetimeTZDtype):
        missing = series.isna().to_numpy()
        times = series.dt.tz_convert(None).to_numpy(dtype="M8[ns]").view("i8")
        return Values(times, missing=missing if missing.any() else None)
    if isinstance(dtype, pd.StringDtype) or pd.api.types.is_object_dtype(dtype):
        codes, distinct = pd.factorize(series)
        return Values(codes, [str(label) for label in distinct])
    if pd.api.types.is_extension_array_dtype(dtype):
        missing = series.isna().to_numpy()
        numbers = series.to_numpy(dtype=str(dtype).lower(), na_value=0)
        return Values(numbers, missing=missing)
    return Values(series.to_numpy())
