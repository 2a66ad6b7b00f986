"""The rows of a table as text: JSON objects or CSV lines, some thousand rows at a time.

What a format escapes are texts, and these stand in a table once each: they are made ready before
the first row. What is left to do a row is joining, which the native engine's module does; without
it the same pieces are joined here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec import Struct

from classifier import compiled
from classifier.flows.addresses import Addresses
from classifier.grouping import group
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

FORMULA = np.frombuffer(b" =+-@", dtype=np.uint8)
"""What a text must not begin with to be itself in a CSV cell."""


class Form(Struct, frozen=True):
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


class Cells(Struct, frozen=True):
    """One column made ready: ``kind`` and ``labels`` as ``_native.RowWriter`` takes them.

    A ``number`` is ``signed`` or ``unsigned`` there.
    """

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
    columns, end = _columns(table, form)
    join = (
        _compiled(columns, form, end)
        if native and compiled.native is not None
        else _plain(columns, form, end)
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


def _columns(table: Table, form: Form) -> tuple[list[Cells], str]:
    """The columns that differ from row to row, and what stands after the last of them.

    What is the same in every row is part of what stands before the next column.
    """
    cells, before = [], ""
    for number, column in enumerate(table.columns):
        values = table[column.name]
        before += form.before(column.name, number)
        if len(table) > 1 and _is_same(values):
            one = _cells(_first(values), column.dtype, "", form)
            before += _texts(one, _words(one, form), slice(0, 1), form)[0]
        else:
            cells.append(_cells(values, column.dtype, before, form))
            before = ""
    return cells, before + form.end


def _is_same(values: Values) -> bool:
    """Whether a column has one value in all rows. A fraction is not looked at."""
    data, missing = values.data, values.missing
    if missing is not None and missing.any():
        return bool(missing.all())
    middle = len(data) // 2
    return (
        data.dtype.kind in "iubS"
        and bool(data[0] == data[-1] == data[middle])
        and bool((data == data[0]).all())
    )


def _first(values: Values) -> Values:
    """The first row of a column, and no more labels than it needs."""
    missing = None if values.missing is None else values.missing[:1]
    if values.labels is None:
        return Values(values.data[:1], missing=missing)
    code = int(values.data[0])
    if code < 0:
        return Values(values.data[:1], [], missing)
    return Values(np.zeros(1, dtype=np.int32), [values.labels[code]], missing)


def _cells(values: Values, dtype: str, before: str, form: Form) -> Cells:
    """One column, its texts escaped."""
    data, missing = values.data, values.missing
    if values.labels is not None:
        return Cells(before, "label", data, missing, _labels(values.labels, form))
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
    return _written_once(values, before, form)


def _labels(labels: Sequence[str], form: Form) -> bytes:
    """Labels as they stand in the format."""
    if isinstance(labels, Addresses):  # digits, letters, dots and colons
        return labels.lines(form.quote)
    return form.texts(labels)


def _written_once(values: Values, before: str, form: Form) -> Cells:
    """Fractions, and texts that are not repeated, as labels."""
    data, missing = values.data, values.missing
    if data.dtype.kind == "f":
        codes, first = group(data.view(f"u{data.dtype.itemsize}"))
        return Cells(before, "label", codes, missing, form.texts(data[first].tolist()))
    found = values.texts()
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
    values = _bytes(data)
    if np.isin(values[:, 0], FORMULA).any():
        return False
    if compiled.native is not None:
        return bool(compiled.native.is_made_of(values, PLAIN.tobytes()))
    return all(bool(PLAIN[values[at : at + PIECE]].all()) for at in range(0, len(data), PIECE))


def _compiled(columns: Sequence[Cells], form: Form, end: str) -> Callable[[slice], memoryview]:
    """What joins the cells of some rows in compiled code."""
    writer = compiled.native.RowWriter(
        [
            (each.before.encode(), _kind(each), each.labels, each.data.dtype.itemsize)
            for each in columns
        ],
        form.null.encode(),
        form.quote.encode(),
        end.encode(),
    )
    data = [_bytes(each.data) for each in columns]
    missing = [None if each.missing is None else _bytes(each.missing) for each in columns]

    def join(part: slice) -> memoryview:
        values = [
            (values[part], None if gone is None else gone[part])
            for values, gone in zip(data, missing, strict=True)
        ]
        return memoryview(writer.write(part.stop - part.start, values))

    return join


def _kind(cells: Cells) -> str:
    """The kind of a column as the compiled writer calls it."""
    if cells.kind != "number":
        return cells.kind
    return "unsigned" if cells.data.dtype.kind == "u" else "signed"


def _bytes(data: Array) -> Array:
    """The memory of an array, as the bytes of each row (two dimensions)."""
    return np.ascontiguousarray(data).view(np.uint8).reshape(len(data), data.dtype.itemsize)


def _plain(columns: Sequence[Cells], form: Form, end: str) -> Callable[[slice], bytes]:
    """What joins the cells of some rows in Python."""
    template = "".join(each.before.replace("%", "%%") + "%s" for each in columns)
    template += end.replace("%", "%%")
    words = [_words(each, form) for each in columns]

    def join(part: slice) -> bytes:
        told = zip(columns, words, strict=True)
        texts = [_texts(each, labels, part, form) for each, labels in told]
        rows = zip(*texts, strict=True) if texts else [()] * (part.stop - part.start)
        return "".join(map(template.__mod__, rows)).encode()

    return join


def _words(cells: Cells, form: Form) -> list[str]:
    """The labels as they are written, and null behind them."""
    return [*cells.labels.decode().split("\n")[:-1], form.null] if cells.kind == "label" else []


def _texts(cells: Cells, labels: Sequence[str], part: slice, form: Form) -> list[str]:
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
