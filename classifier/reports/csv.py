"""Tables as CSV (RFC 4180), defused for spreadsheets; the report is the flow table."""

from __future__ import annotations

import csv
import io
from itertools import chain
from typing import TYPE_CHECKING, Any

from classifier.reports.escape import csv_cell
from classifier.reports.rows import Form, rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from classifier.analysis import Analysis
    from classifier.table import Table

__all__ = ["TABLES", "lines", "pieces", "render"]

# The order of a report; the names are the names of the files.
TABLES = (
    "health",
    "captures",
    "interfaces",
    "warnings",
    "coverage",
    "findings",
    "services",
    "certainty",
    "unknown",
    "violations",
    "hosts",
    "endpoints",
    "conversations",
    "flows",
)


def render(analysis: Analysis) -> str:
    """The flow table as CSV, all columns of ``FLOW_COLUMNS``."""
    return b"".join(pieces(analysis)).decode()


def pieces(analysis: Analysis) -> Iterator[bytes | memoryview]:
    """The flow table as CSV in UTF-8, piece by piece."""
    return lines(analysis.flow_table)


def lines(table: Table) -> Iterator[bytes | memoryview]:
    """Any table: a heading line, then the rows; null is empty, numbers are raw.

    Text that a spreadsheet would take for a formula gets a leading apostrophe, and control
    characters are written as backslash escapes, so that one row is always one line. Lines end in
    CR LF, the text is UTF-8.
    """
    heading = ",".join(_cells([column.name for column in table.columns]))
    return chain([f"{heading}\r\n".encode()], rows(table, CELLS))


def _labels(values: Sequence[Any]) -> bytes:
    """Texts and fractions, each ended by a line feed; there is none within a text."""
    return "".join([f"{cell}\n" for cell in _cells(values)]).encode()


def _cells(values: Sequence[Any]) -> list[str]:
    """Values as the cells of a line, quoted where they must be."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    # With a second cell an empty one needs no quotes.
    writer.writerows([(_defused(value), "") for value in values])
    return text.getvalue().split(",\n")[:-1]


def _defused(value: Any) -> Any:
    """Text that no spreadsheet takes for a formula; not a number is nothing."""
    if isinstance(value, str):
        return csv_cell(value)
    return "" if value != value else value  # noqa: PLR0124 - only NaN is not itself


CELLS = Form(
    texts=_labels,
    before=lambda _, number: "," if number else "",
    end="\r\n",
    null="",
    quote="",
    yes="True",
    no="False",
)
