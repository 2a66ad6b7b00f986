"""The syntax of patterns: what Python's ``re`` and Rust's ``regex`` read alike, and nothing else.

Both engines ask here, so that they accept and refuse alike. What is left out is either missing in
one of the two, or means something else there. An end (``$``) is left out because a head is cut
anywhere: so what matches the beginning of a head matches all of it, however it came in.
"""

from __future__ import annotations

import re
import warnings
from collections import Counter
from typing import TYPE_CHECKING

from classifier.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classifier.engine.content import Pattern

__all__ = ["LONGEST_HEAD", "check"]

LONGEST_HEAD = 65_535
"""More of a head cannot be kept."""

_LARGEST_NUMBER = (1 << 32) - 1
_LONGEST = 4_096
_DEEPEST = 50
_MOST_REPEATS = 1_000
_MOST_STATES = 100_000  # of counts multiplied: Rust expands them
_ESCAPE = rb"\\(?:[nrtfvadDsSwW]|x[0-9A-Fa-f]{2}|[!-/:;=?@\[-`{-~])"
_IN_CLASS = re.compile(rb"\^?(?:%b|[ -Z^-~])+\]" % _ESCAPE)
_DOUBLED = re.compile(rb"&&|--|~~|\|\|")
_QUANTIFIER = re.compile(rb"(?:[*+?]|\{(\d{1,5})(?:,(\d{0,5}))?\})\??")
_FLAGS = re.compile(rb"\(\?([ims]*)(?:-([ims]+))?([:)])")
_ATOM = re.compile(rb"%b|\\A|[ -#%%-'),-Z^-z|~]" % _ESCAPE)
_HINTS = {
    b"$": "a head has no end to match; leave it out",
    b"\\": "this escape is not in both engines; write the byte as \\xHH",
    b"(": "write (?:...); there are no look-arounds, names and references",
    b"[": "escape [ and ] inside of classes, and write no && -- ~~ ||",
    b"{": "write {n}, {n,} or {n,m}, or escape it",
}


def check(patterns: Sequence[Pattern]) -> None:
    """Make sure that every engine can use these patterns, and that all mean the same by them.

    Raises:
        EngineError: One cannot be used; it names the number, the cause and the fix.
    """
    again = [number for number, count in Counter(p.number for p in patterns).items() if count > 1]
    if again:
        raise EngineError(f"pattern {again[0]}: the number stands twice; give each its own")
    for pattern in patterns:
        problem = _fields(pattern) or _syntax(pattern.expression) or _compiles(pattern.expression)
        if problem:
            raise EngineError(f"pattern {pattern.number}: {problem}")


def _fields(pattern: Pattern) -> str:
    if not 0 <= pattern.number <= _LARGEST_NUMBER:
        return f"the number is out of range; choose 0 to {_LARGEST_NUMBER}"
    if not isinstance(pattern.expression, bytes):
        return "the expression is text; write it as bytes"  # type: ignore[unreachable]
    if pattern.ip_protocol is not None and not 0 <= pattern.ip_protocol <= 255:  # noqa: PLR2004
        return f"IP protocol {pattern.ip_protocol} does not exist; choose 0 to 255, or None"
    if not 0 <= pattern.head_bytes <= LONGEST_HEAD:
        return f"a head of {pattern.head_bytes} bytes cannot be kept; choose 0 to {LONGEST_HEAD}"
    return ""


def _syntax(text: bytes) -> str:
    """What is wrong, else empty. Walks the expression token by token."""
    if len(text) > _LONGEST:
        return f"the expression is longer than {_LONGEST} bytes; make several of it"
    place, depth, states, repeatable = 0, 0, 1, False
    while place < len(text):
        if found := _QUANTIFIER.match(text, place):
            low, high = (int(group) if group else 0 for group in found.groups())
            states *= max(low, high, 1)
            if not repeatable:
                return f"nothing to repeat at byte {place}; there are no repeats of repeats"
            if max(low, high) > _MOST_REPEATS or states > _MOST_STATES:
                return f"too many repeats at byte {place}; use smaller counts"
            place, repeatable = found.end(), False
            continue
        end = _token(text, place)
        if end < 0:
            hint = _HINTS.get(text[place : place + 1], "write it as \\xHH, or escape it")
            return f"byte {place} is not in the syntax that engines share; {hint}"
        depth += (text[place] == ord("(") and text[end - 1] != ord(")")) - (text[place] == ord(")"))
        if depth > _DEEPEST:
            return f"more than {_DEEPEST} groups in each other at byte {place}; make it flat"
        repeatable = text[place] not in b"(|^" and text[place:end] != b"\\A"
        place = end
    return ""


def _token(text: bytes, place: int) -> int:
    """The end of the token that begins here and is no quantifier; -1 where there is none."""
    first = text[place : place + 1]
    if first == b"(" and text[place + 1 : place + 2] == b"?":
        found = _FLAGS.match(text, place)
        if not found:
            return -1
        on, off, end = found.groups()
        letters = on + (off or b"")
        if len(set(letters)) < len(letters) or (end == b")" and (off or not on)):
            return -1
        return found.end()
    if first in {b"(", b"^"}:
        return place + 1
    if first == b"[":
        found = _IN_CLASS.match(text, place + 1)
        return -1 if not found or _DOUBLED.search(found[0]) else found.end()
    found = _ATOM.match(text, place)
    return found.end() if found else -1


def _compiles(text: bytes) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(text, re.DOTALL)
    except (re.error, OverflowError, RecursionError, Warning) as error:
        return f"{error}; mend the expression"
    return ""
