"""Where in a TOML text a table or a key stands, so that an error can name its line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Path", "line_of", "path_in"]

Path = tuple[str | int, ...]
"""Keys and indices from the root, as in ``("rule", 2, "severity")``."""

HEADER = re.compile(r"\s*\[\[?\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
KEY = re.compile(r"""\s*("[^"]*"|'[^']*'|[\w-]+)\s*(?:\.\s*[\w."'-]+\s*)?=""")
STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
UNKNOWN_FIELD = re.compile(r"unknown field `([^`]+)`")


def path_in(message: str) -> Path:
    """The path that a message of msgspec names, with the unknown field itself at its end."""
    place = message.partition(" - at `$")[2].partition("[...]")[0]
    path: Path = tuple(
        name or int(index) for name, index in (step.groups() for step in STEP.finditer(place))
    )
    unknown = UNKNOWN_FIELD.search(message)
    return (*path, unknown[1]) if unknown else path


def line_of(text: str, path: Path) -> int:
    """The line (from 1) that comes closest to the path: its key, else its table, else line 1."""
    best, depth = 1, 0
    for number, place in _places(text):
        shared = 0
        for here, wanted in zip(place, path, strict=False):
            if here != wanted:
                break
            shared += 1
        if shared == len(place) and shared > depth:
            best, depth = number, shared
    return best


def _places(text: str) -> Iterator[tuple[int, Path]]:
    """Each line that opens a table or sets a key, with its path. Long strings are skipped."""
    table: Path = ()
    count: dict[str, int] = {}
    closing = ""
    for number, line in enumerate(text.splitlines(), 1):
        if closing:
            if closing in line:
                closing = ""
            continue
        if header := HEADER.match(line):
            table = tuple(_bare(part) for part in header[1].split("."))
            if line.lstrip().startswith("[["):
                name = header[1]
                count[name] = count.get(name, -1) + 1
                table = (*table, count[name])
            elif table[0] in count:  # [rule.x] belongs to the [[rule]] before it
                table = (table[0], count[str(table[0])], *table[1:])
            yield number, table
        elif key := KEY.match(line):
            yield number, (*table, _bare(key[1]))
        for quotes in ('"""', "'''"):
            if line.count(quotes) % 2:
                closing = quotes


def _bare(key: str) -> str:
    """A key without its quotes."""
    return key.strip().strip("\"'")
