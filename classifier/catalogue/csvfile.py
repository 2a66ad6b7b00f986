"""A shipped table into rows of text; whatever is wrong with it is said with file and line."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from classifier.errors import CatalogueError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["read_table"]


def read_table(name: str, data: bytes, columns: Sequence[str]) -> list[list[str]]:
    """The rows below the header line.

    Args:
        name: Of the file, for messages.
        data: Its content; no bytes are a table without rows.
        columns: The header that it must have.

    Raises:
        CatalogueError: Not UTF-8, another header, or a row of another width.
    """
    if not data:
        return []
    try:
        rows = list(csv.reader(io.StringIO(data.decode(), newline="")))
    except (UnicodeDecodeError, csv.Error) as error:
        raise CatalogueError(
            f"{name}: not a CSV file ({error}); make it again, see make/"
        ) from error
    width = len(columns)
    if not rows or rows[0] != list(columns):
        raise CatalogueError(f"{name}:1: the columns are not {','.join(columns)}; make it again")
    if set(map(len, rows)) != {width}:
        number, row = next((n, row) for n, row in enumerate(rows, 1) if len(row) != width)
        raise CatalogueError(
            f"{name}:{number}: {len(row)} fields where {width} belong; make it again"
        )
    return rows[1:]
