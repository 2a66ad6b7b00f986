"""The syntax of byte patterns: what Python's ``re`` and Rust's ``regex`` read alike, no more.

Every engine and the catalogue ask here, so that they accept and refuse alike. What is left out is
either missing in one of the two, or means something else there. An end (``$``) is left out because
a head is cut anywhere: so what matches the beginning of a head matches all of it, however it came
in.
"""

from __future__ import annotations

import re
import warnings

__all__ = ["as_bytes", "problem"]

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


def problem(expression: bytes) -> str:
    """Why an expression is no pattern; empty where it is one."""
    return _syntax(expression) or _compiles(expression)


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


def as_bytes(text: str) -> bytes:
    r"""The bytes that an example in a signature file stands for: ``\xHH``, ``\r \n \t \\``.

    Raises:
        ValueError: A backslash begins nothing of these.
    """
    parts = _ESCAPED.split(text)
    return b"".join(
        _escaped(part) if place % 2 else part.encode() for place, part in enumerate(parts)
    )


_ESCAPED = re.compile(r"(\\(?:x[0-9A-Fa-f]{2}|.|$))", re.DOTALL)
_SINGLE = {"\\r": b"\r", "\\n": b"\n", "\\t": b"\t", "\\\\": b"\\"}


def _escaped(text: str) -> bytes:
    if text in _SINGLE:
        return _SINGLE[text]
    if text[1:2] == "x" and text[2:]:
        return bytes.fromhex(text[2:])
    raise ValueError(f"{text} stands for nothing")
