"""The rows of a table as text: JSON objects or CSV lines, some thousand rows at a time.

What a format escapes are texts, and these stand in a table once each: they are made ready before
the first row. What is left to do a row is joining, which the native engine's module does; without
it the same pieces are joined here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec import Struct, structs

from classifier import compiled
from classifier.distinct import among
from classifier.flows.addresses import Addresses
from classifier.flows.memory import memory_of
from classifier.grouping import group
from classifier.reports.ahead import ahead
from classifier.table import TIME, Values
from classifier.tables.joined import Joined

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from classifier._native import RowLabels
    from classifier.table import Array, Table

    Piece = bytes | memoryview[int]

    Shared = dict[tuple[int, str], tuple[Addresses, RowLabels]]
    """Addresses made ready, by their identity and what stands around each."""

__all__ = ["Form", "rows"]

PIECE = 32_768
"""Cells in a piece of text: some 800 kB, which stay in the cache until they are written."""

MOST = 2048
"""Rows in a piece of text: what is the same in all of them may be long."""

PART = 1 << 17
"""Bytes of texts that are looked at together: what is looked at is copied, and stays in the cache.
"""

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

    A ``number`` is ``signed`` or ``unsigned`` there, and addresses are ``_native.RowLabels``, each
    with the ``quote`` around it. Where there are ``rows``, they say which of the values each row
    of the table has.
    """

    before: str
    kind: str
    data: Array
    missing: Array | None = None
    labels: bytes | Addresses = b""
    quote: str = ""
    rows: Array | None = None


def rows(
    table: Table, form: Form, *, native: bool = True, shared: Shared | None = None
) -> Iterator[bytes | memoryview]:
    """The rows of a table as UTF-8 text, piece by piece; nothing if it has none.

    Args:
        table: Any table.
        form: The format.
        native: Whether the compiled writer may be used; the text is the same without it.
        shared: Addresses that the tables written before had in this form; those of this one are
            added. Tables of one run have the same, and making them ready takes time.
    """
    if not len(table):
        return
    columns, end = _columns(table, form)
    join: Callable[[slice], Piece]
    if native and compiled.native is not None:
        join = _compiled(columns, form, end, {} if shared is None else shared)
    else:
        join = _plain(columns, form, end)
    size = min(max(PIECE // (len(columns) + 1), 1), MOST)
    parts = [slice(start, min(start + size, len(table))) for start in range(0, len(table), size)]
    pieces: Iterator[Piece] = map(join, parts)
    if native and compiled.native is not None and len(parts) > FEW:
        pieces = ahead(join, parts)  # the compiled writer lets other threads run
    yield from pieces


def _columns(table: Table, form: Form) -> tuple[list[Cells], str]:
    """The columns that differ from row to row, and what stands after the last of them.

    What is the same in every row is part of what stands before the next column.
    """
    cells, before = [], ""
    for number, column in enumerate(table.columns):
        values, order = _found(table, column.name)
        before += form.before(column.name, number)
        if len(table) > 1 and _is_same(values):
            one = _cells(_first(values), column.dtype, "", form)
            before += _texts(one, _words(one, form), slice(0, 1), form)[0]
        elif _has_plain_parts(values):
            # What stands around them is part of what is between the columns: so addresses are the
            # same labels in every column of every table.
            before += form.quote
            for part, own in _parts(values, order):
                cells.append(structs.replace(_part(part, before), rows=own))
                before = ""
            before = form.quote
        else:
            made = _cells(values, column.dtype, before, form)
            cells.append(made if order is None else structs.replace(made, rows=order))
            before = ""
    return cells, before + form.end


def _found(table: Table, name: str) -> tuple[Values, Array | None]:
    """Values of a column, and which of them the rows have; None: each its own.

    What a table shows only some rows of is not put in order at once if these are most of it: then
    all values are looked at, but not one of them is copied.
    """
    values, rows = table.unordered(name)
    if rows is None or 2 * len(rows) < len(values.data) or values.data.dtype.kind in "SO":
        return table[name], None
    return values, rows


def _has_plain_parts(values: Values) -> bool:
    """Whether a column has texts only that are the same in every format, none of them null."""
    is_plain = isinstance(values.labels, Joined | Addresses) and values.missing is None
    return is_plain and bool(values.data.min(initial=0) >= 0)


def _parts(values: Values, rows: Array | None) -> Iterator[tuple[Values, Array | None]]:
    """What such texts are put together of, and which of these the rows have."""
    if not isinstance(values.labels, Joined):
        yield values, rows
        return
    own = np.asarray(values.data if rows is None else values.data.take(rows), dtype=np.int64)
    for part in values.labels.parts:
        yield part, own


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
        if isinstance(values.labels, Addresses):
            return _part(values, before, form.quote)
        return Cells(before, "label", data, missing, form.texts(values.labels))
    if data.dtype.kind == "b":
        return Cells(before, "label", data, missing, f"{form.no}\n{form.yes}\n".encode())
    if dtype == TIME:
        never = data == NEVER
        missing = never if missing is None else missing | never
        return Cells(before, "time", data, missing if missing.any() else None)
    is_text = data.dtype.kind == "S" and (values.is_plain or _is_plain(data))
    if is_text or data.dtype.kind in "iu":
        return Cells(before, "text" if is_text else "number", data, missing)
    return _written_once(values, before, form)


def _part(values: Values, before: str, quote: str = "") -> Cells:
    """Addresses, and other labels that are the same in every format."""
    assert values.labels is not None
    labels: bytes | Addresses
    if isinstance(values.labels, Addresses):  # digits, letters, dots and colons
        labels = values.labels
    else:
        labels = "".join([f"{quote}{label}{quote}\n" for label in values.labels]).encode()
    return Cells(before, "label", values.data, values.missing, labels, quote)


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
    values = np.asarray(_bytes(data))
    if among(values[::width].copy(), FORMULA).any():
        return False
    parts = (values[at : at + PART] for at in range(0, len(values), PART))
    if compiled.native is not None:
        plain = PLAIN.tobytes()
        return all(compiled.native.is_made_of(part, plain) for part in parts)
    return all(bool(PLAIN[part].all()) for part in parts)


def _compiled(
    columns: Sequence[Cells], form: Form, end: str, shared: Shared
) -> Callable[[slice], memoryview]:
    """What joins the cells of some rows in compiled code."""
    writer = compiled.native.RowWriter(
        [
            (
                each.before.encode(),
                _kind(each),
                _ready(each, form, shared),
                each.data.dtype.itemsize,
            )
            for each in columns
        ],
        form.null.encode(),
        form.quote.encode(),
        end.encode(),
    )
    # Columns that are out of order are put in order here, one after the other: while it is looked
    # up, each stays in the cache. The memory for it is free again when the table is written, and
    # the next table has it.
    data = [_bytes(_ordered(each.data, each.rows)) for each in columns]
    missing = [
        None if each.missing is None else _bytes(_ordered(each.missing, each.rows))
        for each in columns
    ]
    widths = [each.data.dtype.itemsize for each in columns]
    held = list(zip(data, missing, widths, strict=True))

    def join(part: slice) -> memoryview:
        start, stop = part.start, part.stop
        values = [
            (each[start * width : stop * width], None if missing is None else missing[part])
            for each, missing, width in held
        ]
        return memoryview(writer.write(stop - start, values))

    return join


def _ordered(data: Array, rows: Array | None) -> Array:
    """The values of some rows."""
    return data if rows is None else data.take(rows)


def _ready(cells: Cells, form: Form, shared: Shared) -> bytes | RowLabels:
    """Labels as the compiled writer takes them; addresses are made ready once."""
    labels, quote = cells.labels, cells.quote
    if isinstance(labels, bytes):
        return labels
    key = id(labels), quote
    if key not in shared:
        null = form.null.encode()
        if quote:
            made = compiled.native.RowLabels(labels.lines(quote), null)
        else:
            columns = memory_of(labels.packed), memory_of(labels.version)
            made = compiled.native.RowLabels.of_addresses(*columns, null)
        shared[key] = labels, made  # the addresses, too: their identity stays theirs
    return shared[key][1]


def _kind(cells: Cells) -> str:
    """The kind of a column as the compiled writer calls it."""
    if cells.kind != "number":
        return cells.kind
    return "unsigned" if cells.data.dtype.kind == "u" else "signed"


def _bytes(data: Array) -> memoryview:
    """The memory of an array."""
    found: Any = np.ascontiguousarray(data).view(np.uint8)
    return memoryview(found)


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
    if cells.kind != "label":
        return []
    labels = cells.labels if isinstance(cells.labels, bytes) else cells.labels.lines(cells.quote)
    return [*labels.decode().split("\n")[:-1], form.null]


def _texts(cells: Cells, labels: Sequence[str], part: slice, form: Form) -> list[str]:
    """The values of some rows as they are written."""
    chosen = part if cells.rows is None else cells.rows[part]
    data = cells.data[chosen]
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
        for gone in np.flatnonzero(cells.missing[chosen]).tolist():
            texts[gone] = form.null
    return texts


FEW = 8
"""Up to so many pieces one thread is as good as two."""
