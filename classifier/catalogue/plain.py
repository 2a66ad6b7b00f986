"""A fast reader of TOML files that are laid out plainly, as all shipped ones are.

tomllib needs a tenth of a second for the catalogue. A line of it is a header, a key with strings,
numbers or a flat list on the same line, a comment, or empty: those lines are read here. Whatever
looks different is left to tomllib, so that this reader need not know the rest of the language.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

__all__ = ["plain_tables"]

_ITEM = r'(?:"[^"\\\x00-\x1f\x7f]*"|[1-9][0-9]{0,9}|0)'
_LITERAL = r"'[^'\x00-\x1f\x7f]*'"
_LINE = re.compile(
    rf"^[ ]*(?:\[\[([a-z_]+)(?:\.([a-z_]+))?\]\]|\[([a-z_]+)(?:\.([a-z_]+))?\]"
    rf"|([A-Za-z0-9_-]+) = (true|false|{_ITEM}|\[(?:{_ITEM}(?:, {_ITEM})*)?\]"
    rf"|{_LITERAL}|\[{_LITERAL}(?:, {_LITERAL})*\])"
    rf"|(?:#[^\x00-\x08\x0a-\x1f\x7f]*)?)$",
    re.MULTILINE,
)
"""A line as a whole: what it opens, or its key and value. No part of it goes past a line's end."""

_ONE_LITERAL = re.compile("'([^']*)'")


def plain_tables(text: str) -> dict[str, Any] | None:
    """What tomllib would make of a plainly written file; None where that is not sure."""
    lines = _LINE.findall(text)
    if len(lines) != text.count("\n") + 1:
        return None
    texts = [line[5] for line in lines if line[4]]
    if "= '" in text or "= ['" in text:
        texts = [_as_json(one) if one.startswith(("'", "['")) else one for one in texts]
    values = iter(msgspec.json.decode(f"[{','.join(texts)}]"))
    root: dict[str, Any] = {}
    table = root
    for array, part, single, below, key, _ in lines:
        if key:
            if key in table:
                return None
            table[key] = next(values)
        elif array or single:
            opened = _open(root, array, part) if array else _single(root, single, below)
            if opened is None:
                return None
            table = opened
    return root


def _as_json(literals: str) -> str:
    """One literal string, or a list of them, in which a backslash stands for itself."""
    return _ONE_LITERAL.sub(lambda found: msgspec.json.encode(found[1]).decode(), literals)


def _open(root: dict[str, Any], array: str, part: str) -> dict[str, Any] | None:
    """A new element of ``[[array]]``, or of ``[[array.part]]`` in the last element of array."""
    owner: Any = root
    if part:
        outer = root.get(array)
        if not isinstance(outer, list) or not outer or not isinstance(outer[-1], dict):
            return None
        owner, array = outer[-1], part
    elements = owner.setdefault(array, _Elements())
    if not isinstance(elements, _Elements):
        return None
    element: dict[str, Any] = {}
    elements.append(element)
    return element


def _single(root: dict[str, Any], name: str, below: str) -> dict[str, Any] | None:
    """A new table ``[name]`` or ``[name.below]``; each may be opened once."""
    owner: Any = root
    if below:
        owner, name = root.get(name), below
        if not isinstance(owner, dict):
            return None
    if name in owner:
        return None
    table: dict[str, Any] = {}
    owner[name] = table
    return table


class _Elements(list[dict[str, Any]]):
    """The elements of an array of tables, told from a list that was written as a value."""
