"""Text in columns of a terminal: how wide it is, how it is cut, wrapped and padded."""

from __future__ import annotations

import unicodedata

__all__ = ["cut", "pad", "width", "wrap"]

ELLIPSIS = "…"
WIDE = frozenset("WF")  # East Asian Width: wide and full-width take two cells
NO_CELL = frozenset({"Mn", "Me"})  # combining marks stand on the character before


def width(text: str) -> int:
    """Terminal cells that a line of visible text takes."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def cut(text: str, room: int, *, middle: bool = False) -> str:
    """Text in at most ``room`` cells; what is left out is marked with an ellipsis.

    Args:
        text: One line of visible text.
        room: Cells, at least 1.
        middle: Leave out the middle, so that both ends of an address stay.
    """
    if width(text) <= room:
        return text
    room -= 1
    tail = room // 2 if middle else 0
    return _start(text, room - tail) + ELLIPSIS + _start(text[::-1], tail)[::-1]


def pad(text: str, room: int, *, right: bool = False) -> str:
    """Text filled with spaces to ``room`` cells; ``right`` puts it at the right edge."""
    space = " " * max(room - width(text), 0)
    return space + text if right else text + space


def wrap(text: str, room: int) -> list[str]:
    """Text as lines of at most ``room`` cells, broken at spaces, or anywhere in a long word."""
    lines: list[str] = []
    line = ""
    for each in text.split(" "):
        word = each
        joined = f"{line} {word}" if line else word
        if width(joined) <= room:
            line = joined
            continue
        if line:
            lines.append(line)
        while width(word) > room:
            start = _start(word, room) or word[0]
            lines.append(start)
            word = word[len(start) :]
        line = word
    if line or not lines:
        lines.append(line)
    return lines


def _start(text: str, room: int) -> str:
    """The longest beginning that takes at most ``room`` cells."""
    used = 0
    for at, char in enumerate(text):
        used += _cells(char)
        if used > room:
            return text[:at]
    return text


def _cells(char: str) -> int:
    """Terminal cells of one visible character."""
    if unicodedata.category(char) in NO_CELL:
        return 0
    return 2 if unicodedata.east_asian_width(char) in WIDE else 1
