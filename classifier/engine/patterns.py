"""Whether patterns can be used, asked by all engines, so that they accept and refuse alike.

:mod:`classifier.expressions` has the syntax.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from classifier import expressions
from classifier.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classifier.engine.content import Pattern

__all__ = ["LONGEST_HEAD", "check"]

LONGEST_HEAD = 65_535
"""More of a head cannot be kept."""

_LARGEST_NUMBER = (1 << 32) - 1


def check(patterns: Sequence[Pattern]) -> None:
    """Make sure that every engine can use these patterns, and that all mean the same by them.

    Raises:
        EngineError: One cannot be used; it names the number, the cause and the fix.
    """
    again = [number for number, count in Counter(p.number for p in patterns).items() if count > 1]
    if again:
        raise EngineError(f"pattern {again[0]}: the number stands twice; give each its own")
    for pattern in patterns:
        problem = _fields(pattern) or expressions.problem(pattern.expression)
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
