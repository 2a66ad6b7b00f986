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
    """The bits that every match has fixed; letters of either case count 7."""
    return _of(parser.parse(expression.encode(), re.DOTALL), either_case=False)


def _of(tree: Any, *, either_case: bool) -> float:
    found = 0.0
    for what, value in tree:
        if what is code.LITERAL:
            found += 7 if either_case and chr(value).isalpha() else 8
        elif what is code.IN:
            found += log2(BYTES / _allowed(value))
        elif what in {code.MAX_REPEAT, code.MIN_REPEAT}:
            found += value[0] * _of(value[2], either_case=either_case)
        elif what is code.SUBPATTERN:
            found += _of(value[3], either_case=either_case or bool(value[1] & re.IGNORECASE))
        elif what is code.BRANCH:
            ways = [2 ** -min(_of(way, either_case=either_case), 900) for way in value[1]]
            found -= log2(sum(ways))
        else:
            assert what in {code.ANY, code.AT, code.NOT_LITERAL}, what
    return found


def _allowed(items: Any) -> int:
    """How many bytes a class allows."""
    allowed: set[int] = set()
    more, negated = 0, False
    for what, value in items:
        if what is code.NEGATE:
            negated = True
        elif what is code.LITERAL:
            allowed.add(value)
        elif what is code.RANGE:
            allowed.update(range(value[0], value[1] + 1))
        else:
            more += CATEGORIES[value]
    return BYTES - len(allowed) - more if negated else len(allowed) + more
