"""From a place in the data, as msgspec names it, to the line of the file that a person edits."""

from __future__ import annotations

import re

__all__ = ["entry_at", "line_of"]

_STEP = re.compile(r"\.([A-Za-z_]\w*)|\[(\d+|\.\.\.)\]")
_HEADER = re.compile(r"^\s*\[\[?\s*([A-Za-z_][\w.\s-]*?)\s*\]\]?\s*(?:#.*)?$")
_ID = re.compile(r"""^\s*id\s*=\s*["']([^"']*)["']""")


def _steps(path: str) -> list[tuple[str, int]]:
    """``$.service[3].port[0].role`` -> ``[("service", 3), ("port", 0), ("role", -1)]``."""
    steps: list[tuple[str, int]] = []
    for name, index in _STEP.findall(path):
        if name:
            steps.append((name, -1))
        elif index.isdigit() and steps:
            steps[-1] = (steps[-1][0], int(index))
    return steps


def line_of(text: str, path: str) -> int:
    """The line, from 1, of a place such as ``$.service[3].port[0].role``.

    It is the line of the key where there is one, else of the nearest header above it, else 1.
    """
    lines = text.splitlines()
    start, end, table = 0, len(lines), ""
    for name, index in _steps(path):
        inner = f"{table}.{name}".lstrip(".")
        headers = [
            n
            for n in range(start, end)
            if (m := _HEADER.match(lines[n])) and m[1].replace(" ", "") == inner
        ]
        wanted = max(index, 0)
        if wanted < len(headers):
            start, table = headers[wanted], inner
            end = headers[wanted + 1] if wanted + 1 < len(headers) else end
            continue
        key = re.compile(rf"^\s*{re.escape(name)}\s*=")
        start = next((n for n in range(start, end) if key.match(lines[n])), start)
        break
    return start + 1


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
