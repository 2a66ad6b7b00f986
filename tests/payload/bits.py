"""How many bits of random bytes an expression fixes: 8 for each byte that must be there."""

from __future__ import annotations

import re
from math import log2
from re import _constants as code  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

BYTES = 256
CATEGORIES = {
    code.CATEGORY_DIGIT: 10,
    code.CATEGORY_SPACE: 6,
    code.CATEGORY_WORD: 63,
}


def bits(expression: str) -> float:
    """The bits of random bytes that every match has fixed; letters of either case count 7."""
    return _of(parser.parse(expression.encode(), re.DOTALL), zeros=8)


def bits_beside_zeros(expression: str) -> float:
    """The same where zeros are cheap, as they are in real traffic: 2 bits for what may be one."""
    return _of(parser.parse(expression.encode(), re.DOTALL), zeros=2)


def _of(tree: Any, *, zeros: float, either_case: bool = False) -> float:
    found = 0.0
    for what, value in tree:
        if what is code.LITERAL:
            fixed = 7 if either_case and chr(value).isalpha() else 8
            found += fixed if value else zeros
        elif what is code.IN:
            allowed = _allowed(value)
            fixed = log2(BYTES / len(allowed))
            found += min(fixed, zeros) if 0 in allowed and len(allowed) <= BYTES // 2 else fixed
        elif what in {code.MAX_REPEAT, code.MIN_REPEAT}:
            found += value[0] * _of(value[2], zeros=zeros, either_case=either_case)
        elif what is code.SUBPATTERN:
            either = either_case or bool(value[1] & re.IGNORECASE)
            found += _of(value[3], zeros=zeros, either_case=either)
        elif what is code.BRANCH:
            ways = [_of(way, zeros=zeros, either_case=either_case) for way in value[1]]
            found -= log2(sum(2 ** -min(way, 900) for way in ways))
        else:
            assert what in {code.ANY, code.AT, code.NOT_LITERAL}, what
    return found


def _allowed(items: Any) -> set[int]:
    """The bytes that a class allows; numbers above 255 stand for those of a category."""
    allowed: set[int] = set()
    negated = False
    for what, value in items:
        if what is code.NEGATE:
            negated = True
        elif what is code.LITERAL:
            allowed.add(value)
        elif what is code.RANGE:
            allowed.update(range(value[0], value[1] + 1))
        else:
            allowed.update(range(BYTES, BYTES + CATEGORIES[value]))
    return set(range(BYTES)) - allowed if negated else allowed
