"""The rows of a table as text: JSON objects or CSV lines, some thousand rows at a time.

What a format escapes are texts, and these stand in a table once each: they are made ready before
the first row. What is left to do a row is joining, which the native engine's module does; without
it the same pieces are joined here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from classifier import compiled
from classifier.table import TIME, Values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from classifier.table import Array, Table

__all__ = ["Form", "rows"]

PIECE = 2048
"""Rows in a piece of text: a megabyte or two, whatever the length of the table."""

PLAIN = np.zeros(256, dtype=bool)
PLAIN[[0, *b" !#$%&()*+-./:;<=>?@[]^_|~", *b"0123456789", *range(65, 91), *range(97, 123)]] = True
"""Bytes that are themselves in a JSON string and in a CSV cell, and NUL, which is padding."""

NEVER = np.iinfo(np.int64).min
"""What numpy and pandas take for no time; no capture can hold it."""

WIDTHS = {"number": "i8", "time": "i8", "label": "i4"}
"""What the compiled writer takes the values of a kind as."""

FORMULA = np.frombuffer(b" =+-@", dtype=np.uint8)
"""What a text must not begin with to be itself in a CSV cell."""


@dataclass(frozen=True, slots=True)
class Form:
    r"""How a format writes a row.

    Attributes:
        texts: Texts as they stand in the format, each ended by a line feed, none within.
        before: What stands before a column's value, by its name and number.
        end: What stands after a row.
        null: What stands for null.
        quote: What stands around a time and around a text that needs no escape.
        yes, no: The truth.
    """

    texts: Callable[[Sequence[Any]], bytes]
    before: Callable[[str, int], str]
    end: str
    null: str
    quote: str
    yes: str = "true"
    no: str = "false"


@dataclass(frozen=True, slots=True)
class Cells:
    """One column made ready: ``kind`` and ``labels`` as ``_native.RowWriter`` takes them."""

    before: str
    kind: str
    data: Array
    missing: Array | None = None
    labels: bytes = b""


def rows(table: Table, form: Form, *, native: bool = True) -> Iterator[bytes | memoryview]:
    """The rows of a table as UTF-8 text, piece by piece; nothing if it has none.

    Args:
        table: Any table.
        form: The format.
        native: Whether the compiled writer may be used; the text is the same without it.
    """
    columns = [
        _cells(table[column.name], column.dtype, form.before(column.name, number), form)
        for number, column in enumerate(table.columns)
    ]
    join = (
        _compiled(columns, form)
        if native and compiled.native is not None
        else _plain(columns, form)
    )
    parts = [slice(start, min(start + PIECE, len(table))) for start in range(0, len(table), PIECE)]
    if native and compiled.native is not None and len(parts) > FEW:
        yield from _side_by_side(join, parts)
    else:
        yield from map(join, parts)


def _side_by_side(
    join: Callable[[slice], bytes | memoryview], parts: Sequence[slice]
) -> Iterator[bytes | memoryview]:
    """The pieces in order, two made at a time: the compiled writer lets other threads run."""
    from collections import deque
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(2) as pool:
        waiting = deque(pool.submit(join, part) for part in parts[:AHEAD])
        for part in parts[AHEAD:]:
            yield waiting.popleft().result()
            waiting.append(pool.submit(join, part))
        while waiting:
            yield waiting.popleft().result()


def _cells(values: Values, dtype: str, before: str, form: Form) -> Cells:
    """One column, its texts escaped."""
    data, missing = values.data, values.missing
    if values.labels is not None:
        return Cells(before, "label", data, missing, form.texts(values.labels))
    if data.dtype.kind == "S" and _is_plain(data):
        return Cells(before, "text", data, missing)
    if data.dtype.kind == "b":
        return Cells(before, "label", data, missing, f"{form.no}\n{form.yes}\n".encode())
    if dtype == TIME:
        never = data == NEVER
        missing = never if missing is None else missing | never
        return Cells(before, "time", data, missing if missing.any() else None)
    if data.dtype.kind in "iu":
        return Cells(before, "number", data, missing)
    # Fractions, and texts that are not repeated: every value is a label.
    found = values.texts() if data.dtype.kind in "SO" else data
    told = ["" if value is None else value for value in found.tolist()]
    if data.dtype.kind == "O":
        missing = found == None  # noqa: E711 - of each
    places = np.arange(len(data), dtype=np.int32)
    return Cells(before, "label", places, missing, form.texts(told))


def _is_plain(data: Array) -> bool:
    """Whether texts of one width are the same in every format."""
    width = data.dtype.itemsize
    if not len(data) or not width:
        return bool(width)
    values = np.ascontiguousarray(data).view(np.uint8).reshape(len(data), width)
    if np.isin(values[:, 0], FORMULA).any():
        return False
    return all(bool(PLAIN[values[at : at + PIECE]].all()) for at in range(0, len(data), PIECE))


def _compiled(columns: Sequence[Cells], form: Form) -> Callable[[slice], memoryview]:
    """What joins the cells of some rows in compiled code."""
    writer = compiled.native.RowWriter(
        [
            (each.before.encode(), each.kind, each.labels, each.data.dtype.itemsize)
            for each in columns
        ],
        form.null.encode(),
        form.quote.encode(),
        form.end.encode(),
    )

    def join(part: slice) -> memoryview:
        values = [
            (
                _bytes(each.data[part], WIDTHS.get(each.kind)),
                None if each.missing is None else _bytes(each.missing[part], "u1"),
            )
            for each in columns
        ]
        return memoryview(writer.write(part.stop - part.start, values))

    return join


def _bytes(data: Array, dtype: str | None) -> Array:
    """The memory of an array, its values of this type."""
    values = data if dtype is None else data.astype(dtype, copy=False)
    return np.ascontiguousarray(values).view(np.uint8)


def _plain(columns: Sequence[Cells], form: Form) -> Callable[[slice], bytes]:
    """What joins the cells of some rows in Python."""
    template = "".join(each.before.replace("%", "%%") + "%s" for each in columns) + form.end
    labels = [
        [*each.labels.decode().split("\n")[:-1], form.null] if each.kind == "label" else []
        for each in columns
    ]

    def join(part: slice) -> bytes:
        texts = [
            _texts(each, words, part, form) for each, words in zip(columns, labels, strict=True)
        ]
        return "".join(map(template.__mod__, zip(*texts, strict=True))).encode()

    return join


def _texts(cells: Cells, labels: list[str], part: slice, form: Form) -> list[str]:
    """The values of some rows as they are written."""
    data = cells.data[part]
    if cells.kind == "label":
        texts = [labels[code] for code in data.tolist()]
    elif cells.kind == "number":
        texts = [str(value) for value in data.tolist()]
    elif cells.kind == "time":
        written = np.datetime_as_string(data.astype("M8[ns]"), unit="ns")
        texts = [f"{form.quote}{text}Z{form.quote}" for text in written.tolist()]
    else:
        texts = [f"{form.quote}{text.decode()}{form.quote}" for text in data.tolist()]
    if cells.missing is not None:
        for gone in np.flatnonzero(cells.missing[part]).tolist():
            texts[gone] = form.null
    return texts


FEW = 8
"""Up to so many pieces one thread is as good as two."""

AHEAD = 4
"""Pieces that are made before they are wanted, at most."""
