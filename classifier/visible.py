r"""Untrusted text made visible: the first step of every format that people read.

What a person cannot see, or what moves or reorders what is around it, becomes a backslash escape.
The second step belongs to the format, see ``reports/escape.py``.
"""

from __future__ import annotations

import unicodedata

__all__ = ["escaped", "is_seen", "visible"]

NAMED = {"\t": r"\t", "\n": r"\n", "\r": r"\r"}


def visible(text: str) -> str:
    r"""Text without a control, formatting, bidi-override, private-use or surrogate character.

    ``"a\x1b[31m"`` becomes ``a\x1b[31m`` with a real backslash; ``"\u202e"`` becomes ``\u202e``. A
    byte that was not valid in a file name (a surrogate of ``surrogateescape``) becomes ``\xff``.
    Backslashes are left alone: the result is for reading, not for reversing.
    """
    if text.isprintable():
        return text
    return "".join(char if is_seen(char) else escaped(char) for char in text)


def is_seen(char: str) -> bool:
    """Whether a character shows and stays in its place; spaces of every width do."""
    return char.isprintable() or unicodedata.category(char) == "Zs"


def escaped(char: str) -> str:
    """One character as a backslash escape."""
    if char in NAMED:
        return NAMED[char]
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:  # noqa: PLR2004 - PEP 383: the byte 0x80 to 0xff
        code -= 0xDC00
    if code <= 0xFF:  # noqa: PLR2004 - what fits in one byte
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004
