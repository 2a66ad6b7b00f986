"""The entry of a signature file in which a line stands."""

from __future__ import annotations

import re

__all__ = ["entry_at"]

_HEADER = re.compile(r"^\s*\[\[?\s*([A-Za-z_][\w.\s-]*?)\s*\]\]?\s*(?:#.*)?$")
_ID = re.compile(r"""^\s*id\s*=\s*["']([^"']*)["']""")


def entry_at(text: str, line: int) -> str:
    """The id of the entry in which a line stands, or an empty string."""
    lines = text.splitlines()
    first = line - 1
    while first > 0 and not _is_top(lines[first]):
        first -= 1
    for n in range(first, len(lines)):
        if n > first and _is_top(lines[n]):
            break
        if found := _ID.match(lines[n]):
            return found[1]
    return ""


def _is_top(line: str) -> bool:
    """Whether a line is the header of an entry, not of a part of one."""
    header = _HEADER.match(line)
    return header is not None and "." not in header[1]
