"""What the binding does with patterns: thousands at a time, errors, buffers."""

from __future__ import annotations

import random
import re

import numpy as np
import pytest

from classifier import _native
from classifier.engine import matcher
from classifier.engine.content import Pattern
from classifier.engine.contract import Heads
from classifier.engine.native_content import NativeMatcher
from classifier.errors import EngineError

PARTS = (
    b"^", b"^", b"GET ", b"HTTP/1", br"\x16\x03", br"\x00", b"[a-z]+", b"[0-9]{2,4}", b"(?:ab|cd)",
    b".", b".*", b"ab", b"x?", b"(?i:Host)", b"[^a-z]", b"e",
)  # fmt: skip
WORDS = (b"GET ", b"HTTP/1.1", b"\x16\x03\x01", b"\0\0", b"abc", b"cd", b"12", b"host", b"e", b"\n")


def _heads(pieces: list[bytes]) -> Heads:
    offsets = np.cumsum([0, *map(len, pieces)], dtype=np.int64)
    return Heads(offsets, b"".join(pieces))


def _expression(chance: random.Random) -> bytes:
    parts = chance.choices(PARTS, k=chance.randrange(1, 6))
    return parts[0] + b"".join(part for part in parts[1:] if part != b"^")


def test_thousands_of_patterns_match_as_one_by_one() -> None:
    """However many there are, and whatever way each of them is looked for."""
    chance = random.Random(5)
    expressions = [_expression(chance) for _ in range(2000)]
    patterns = [
        Pattern(number * 3, expression, chance.choice((6, 17, None)))
        for number, expression in enumerate(expressions)
    ]
    pieces = [b"".join(chance.choices(WORDS, k=chance.randrange(6))) for _ in range(120)]
    protocols = np.array([chance.choice((6, 17, 1)) for _ in pieces], dtype=np.uint8)
    found = NativeMatcher(patterns)(_heads(pieces), protocols)
    compiled = [(p, re.compile(p.expression, re.DOTALL)) for p in patterns]
    for row, (piece, protocol) in enumerate(zip(pieces, protocols.tolist(), strict=True)):
        assert found[row] == tuple(
            p.number
            for p, expression in compiled
            if piece and p.ip_protocol in {None, protocol} and expression.search(piece)
        ), piece


def test_joined_rows_are_matched_in_compiled_code() -> None:
    assert isinstance(matcher([]), NativeMatcher)


def test_patterns_that_take_too_much_memory_together_are_refused_with_the_number() -> None:
    large = [Pattern(number, b"(?:[a-z0-9]{1000}){90}") for number in range(300)]
    with pytest.raises(EngineError, match=r"pattern \d+: .* of memory"):
        NativeMatcher(large)


def test_what_is_no_pattern_is_an_error_with_number_and_cause() -> None:
    with pytest.raises(_native.PatternError, match="pattern 8: unclosed group"):
        _native.Matcher([(8, b"(", None, 0, False)])


def test_buffers_that_do_not_fit_are_refused() -> None:
    native = _native.Matcher([(1, b"a", None, 0, False)])
    offsets, protocols = np.array([0, 1]), np.zeros(2, dtype=np.uint8)
    with pytest.raises(ValueError, match="one more offset"):
        native.match(offsets.data, b"a", protocols.data)
    with pytest.raises(BufferError):
        native.match(offsets.astype(np.int32).data, b"a", protocols[:1].data)
    numbers = native.match(np.array([0, 1, 1 << 40, -5]).data, b"a", np.zeros(3, "u1").data)[1]
    assert memoryview(numbers).nbytes == 4, "offsets that lie match nothing"
