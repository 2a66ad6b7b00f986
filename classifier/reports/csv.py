"""Tables as CSV (RFC 4180), defused for spreadsheets; the report is the flow table."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Protocol

from classifier import tables
from classifier.reports.escape import csv_cell
from classifier.reports.values import chunks, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from classifier.analysis import Analysis

__all__ = ["TABLES", "render", "write_table"]


class Writable(Protocol):
    """Anything that takes text."""

    def write(self, text: str, /) -> object:
        """Take text."""


# The order of a report; the names are the names of the files.
TABLES: Mapping[str, Callable[[Analysis], pd.DataFrame]] = {
    "health": lambda analysis: analysis.health,
    "captures": lambda analysis: analysis.captures,
    "interfaces": lambda analysis: tables.interfaces(analysis.capture_health),
    "warnings": lambda analysis: tables.warnings(analysis.capture_health),
    "coverage": lambda analysis: tables.coverage(analysis.flows),
    "findings": lambda analysis: tables.findings(analysis.findings),
    "services": lambda analysis: analysis.services,
    "certainty": lambda analysis: tables.certainty(analysis.flows),
    "unknown": lambda analysis: analysis.unknown,
    "violations": lambda analysis: tables.violations(analysis.violations),
    "hosts": lambda analysis: analysis.hosts,
    "conversations": lambda analysis: analysis.conversations,
    "flows": lambda analysis: analysis.flows,
}


def render(analysis: Analysis) -> str:
    """The flow table as CSV, all columns of ``FLOW_COLUMNS``."""
    text = io.StringIO(newline="")
    write_table(analysis.flows, text)
    return text.getvalue()


def write_table(table: pd.DataFrame, file: Writable) -> None:
    """Write any table: a heading line, then the rows; null is empty, numbers are raw.

    Text that a spreadsheet would take for a formula gets a leading apostrophe, and control
    characters are written as backslash escapes, so that one row is always one line.

    Args:
        table: Any DataFrame.
        file: Open for text with ``newline=""``; lines end in CR LF.
    """
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow([csv_cell(str(name)) for name in table.columns])
    for chunk in chunks(table):
        writer.writerows(zip(*plain(chunk, csv_cell), strict=True))
