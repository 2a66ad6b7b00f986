"""Patterns held against heads, with Python's ``re``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from classifier.engine import patterns as syntax
from classifier.engine.content import Matches

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    from classifier.engine.content import HeadRows, Pattern
    from classifier.engine.contract import Heads

__all__ = ["Matcher"]


class Matcher:
    """Compiled patterns.

    Raises:
        EngineError: A pattern cannot be used; see :mod:`classifier.engine.patterns`.
    """

    def __init__(self, patterns: Sequence[Pattern], *, checked: bool = False) -> None:
        if not checked:
            syntax.check(patterns)
        in_order = sorted(patterns, key=lambda pattern: pattern.number)
        self._compiled = [(p, re.compile(p.expression, re.DOTALL)) for p in in_order]
        self._triggers = [
            each for each in self._compiled if each[0].head_bytes or each[0].transcript
        ]

    def triggers(self, head: bytes, protocol: int) -> list[Pattern]:
        """The patterns that match, of those that raise heads or select flows."""
        return _found(self._triggers, head, protocol)

    def selects(self, protocol: int) -> bool:
        """Whether some pattern may select a flow of this IP protocol."""
        return any(p.transcript and p.ip_protocol in {None, protocol} for p, _ in self._triggers)

    def match(self, heads: Iterable[bytes], protocols: Iterable[int]) -> Matches:
        """The numbers of the patterns that match each head; an empty head matches nothing.

        Args:
            heads: One a row.
            protocols: IP protocol number of each row.
        """
        pairs = zip(heads, protocols, strict=True)
        found = [[p.number for p in _found(self._compiled, *pair)] for pair in pairs]
        offsets = np.zeros(len(found) + 1, dtype=np.int64)
        np.cumsum([len(numbers) for numbers in found], out=offsets[1:])
        flat = [number for numbers in found for number in numbers]
        return Matches(offsets, np.array(flat, dtype=np.uint32))

    def __call__(self, heads: Heads, ip_protocols: npt.NDArray[np.uint8]) -> Matches:
        """The same for heads in one buffer."""
        rows = range(len(ip_protocols))
        return self.match((heads[row] for row in rows), ip_protocols.tolist())

    def sets(
        self, parts: Sequence[HeadRows], ip_protocols: npt.NDArray[np.uint8], most: int
    ) -> tuple[npt.NDArray[np.unsignedinteger[Any]], list[tuple[int, ...]]]:
        """The same for many heads, of which few differ in what matches them."""
        places: dict[tuple[int, ...], int] = {(): 0}
        heads = (part[row] for part in parts for row in range(len(part)))
        code = np.zeros(len(ip_protocols), dtype=np.uint32)
        for row, (head, protocol) in enumerate(zip(heads, ip_protocols.tolist(), strict=True)):
            found = tuple(p.number for p in _found(self._compiled, head, protocol))[:most]
            code[row] = places.setdefault(found, len(places))
        return code, list(places)

    def beside(self) -> Matcher:
        """Itself: what ``re`` compiles has no memory."""
        return self


def _found(
    compiled: list[tuple[Pattern, re.Pattern[bytes]]], head: bytes, protocol: int
) -> list[Pattern]:
    if not head:
        return []
    return [
        p
        for p, expression in compiled
        if p.ip_protocol in {None, protocol} and expression.search(head)
    ]
