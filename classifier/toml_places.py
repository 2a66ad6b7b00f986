"""Where in a TOML text a table or a key stands, so that an error can name its line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Path", "line_of", "path_in", "path_of"]

Path = tuple[str | int, ...]
"""Keys and indices from the root, as in ``("rule", 2, "severity")``."""

HEADER = re.compile(r"\s*\[\[?\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
KEY = re.compile(r"""\s*("[^"]*"|'[^']*'|[\w-]+)\s*(?:\.\s*[\w."'-]+\s*)?=""")
STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
UNKNOWN_FIELD = re.compile(r"unknown field `([^`]+)`")


def path_of(place: str) -> Path:
    """A place as msgspec writes it, ``$.service[3].port[0].role``, as keys and indices."""
    found = STEP.finditer(place.partition("[...]")[0])
    return tuple(name or int(index) for name, index in (step.groups() for step in found))


def path_in(message: str) -> Path:
    """The path that a message of msgspec names, with the unknown field itself at its end."""
    path = path_of(message.partition(" - at `$")[2])
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
        if shared in {len(place), len(path)} and shared > depth:
            best, depth = number, shared
    return best


def _places(text: str) -> Iterator[tuple[int, Path]]:
    """Each line that opens a table or sets a key, with its path. Long strings are skipped."""
    table: Path = ()
    count: dict[Path, int] = {}
    closing = ""
    for number, line in enumerate(text.splitlines(), 1):
        if closing:
            if closing in line:
                closing = ""
            continue
        if header := HEADER.match(line):
            keys = [_bare(part) for part in header[1].split(".")]
            table = _table(keys, count, opens_entry=line.lstrip().startswith("[["))
            yield number, table
        elif key := KEY.match(line):
            yield number, (*table, _bare(key[1]))
        for quotes in ('"""', "'''"):
            if line.count(quotes) % 2:
                closing = quotes


def _table(keys: list[str], count: dict[Path, int], *, opens_entry: bool) -> Path:
    """The path of a header; a part that is an array of tables means its latest entry."""
    path: Path = ()
    for place, key in enumerate(keys, 1):
        path = (*path, key)
        if opens_entry and place == len(keys):
            count[path] = count.get(path, -1) + 1
        if path in count:
            path = (*path, count[path])
    return path


def _bare(key: str) -> str:
    """A key without its quotes."""
    return key.strip().strip("\"'")
