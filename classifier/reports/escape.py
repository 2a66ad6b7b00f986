r"""Untrusted text made safe to show: host names, comments, file names, payload sketches.

The first step is the same everywhere: :func:`visible` turns every character that a person cannot
see, or that moves or reorders what is around it, into a backslash escape. The second step belongs
to the format: HTML is escaped by the template engine, CSV and Markdown cells here.
"""

from __future__ import annotations

import re
from typing import Any

from classifier.visible import escaped, is_seen, visible

__all__ = ["csv_cell", "json_text", "md_cell", "surrogates_escaped", "visible"]

FORMULA = frozenset("=+-@\t\r\n＝＋－＠")  # noqa: RUF001 - the full-width twins
"""What a spreadsheet takes for the start of a formula (OWASP, CSV injection)."""

MARKUP = r"(?i)[\\|`*_\[\]~$@]|:(?=//)|(?<=www)\."
"""What Markdown would take for markup, a mention or a link."""

SURROGATE = r"[\ud800-\udfff]"

UNSEEN = r"[^\x00-\x7e]"
"""What JSON does not escape by itself and may be invisible: DEL and everything beyond ASCII."""


def csv_cell(text: str) -> str:
    """Text for a CSV cell: visible, and with an apostrophe before what would be a formula.

    The apostrophe is what spreadsheets themselves use to mark text. Quoting is the CSV writer's.
    """
    begins = text.lstrip(" \u00a0")[:1]
    return ("'" if begins in FORMULA else "") + visible(text)


def md_cell(text: str) -> str:
    """Text for a Markdown table cell or line: no markup, HTML, link or mention survives."""
    text = visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(MARKUP, r"\\\g<0>", text)


def json_text(encoded: str) -> str:
    r"""JSON in which characters that a terminal could obey are written as ``\uXXXX``.

    They can stand only inside strings, so the value is the same.
    """
    if encoded.isascii() and "\x7f" not in encoded:
        return encoded
    return re.sub(UNSEEN, lambda found: _json_escape(found[0]), encoded)


def surrogates_escaped(value: Any) -> Any:
    r"""A value for JSON whose texts, keys included, are valid Unicode: ``\xff`` for a bad byte."""
    match value:
        case str():
            return re.sub(SURROGATE, lambda found: escaped(found[0]), value)
        case dict():
            return {
                surrogates_escaped(key): surrogates_escaped(each) for key, each in value.items()
            }
        case list() | tuple():
            return [surrogates_escaped(each) for each in value]
        case _:
            return value


def _json_escape(char: str) -> str:
    """One character as JSON escapes it, where it cannot be seen."""
    if is_seen(char):
        return char
    units = char.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
