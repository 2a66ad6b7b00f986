"""Which expressions are patterns: those that Python and Rust read alike."""

from __future__ import annotations

import random
import re

import pytest

from classifier.engine.content import Pattern
from classifier.engine.patterns import check
from classifier.errors import EngineError
from wire import ethernet, ipv4, pcap_of, udp

GOOD = [
    rb"",
    rb"abc",
    rb"^SSH-[12]\.",
    rb"\x16\x03[\x00-\x04]",
    rb"(?i)get|post",
    rb"(?i:a)b",
    rb"(?s-i:.)",
    rb"(?m)^b",
    rb"(?im:^b)",
    rb"a{2}b{1,}c{1,3}?d*?e+?f??",
    rb"[^\r\n]+\r\n",
    rb"(a|b)(?:c|)",
    rb"\Aabc",
    rb"a^b",
    rb"(?:^|\n)Via: ",
    rb"[\]\[^-]",
    rb"[a-z\d_-]",
    rb"[!-~]",
    rb"\d\D\s\S\w\W\n\r\t\f\v\a",
    rb"\.\*\+\?\(\)\|\[\]\{\}\^\$\\\-\/\"\'\@\~\#\&\!\%\,\:\;\=\_\`",
    rb"()",
    rb"a||b",
]
BAD = {
    rb"a$": "no end",
    rb"a(?=b)": "look-around",
    rb"(?<!a)b": "look-around",
    rb"(a)\1": "escape",
    rb"(?P<n>a)": "names",
    rb"(?>a)": "look-around",
    rb"(?x)a": "look-around",
    rb"(?ii)a": "look-around",
    rb"a\Z": "escape",
    rb"a\z": "escape",
    rb"\bword": "escape",
    rb"\0": "escape",
    rb"\x{41}": "escape",
    rb"\pL": "escape",
    rb"\<": "escape",
    rb"\e": "escape",
    rb"[[:alpha:]]": "classes",
    rb"[a&&b]": "classes",
    rb"[+--]": "classes",
    rb"[]a]": "classes",
    rb"[a": "classes",
    b"\xff": "x",
    b"a\nb": "x",
    rb"a]": "escape it",
    rb"a}": "escape it",
    rb"a{": "{n}",
    rb"a{,3}": "{n}",
    rb"a{x}": "{n}",
    rb"a*+": "repeats of repeats",
    rb"a**": "repeats of repeats",
    rb"a{2}{3}": "repeats of repeats",
    rb"*a": "nothing to repeat",
    rb"(*a)": "nothing to repeat",
    rb"^*": "nothing to repeat",
    rb"a|*": "nothing to repeat",
    rb"a{3,2}": "mend",
    rb"[z-a]": "mend",
    rb"[a-\d]": "mend",
    rb"(a": "mend",
    rb"a)": "mend",
    rb"a(?i)b": "mend",
    rb"a{2000}": "smaller counts",
    rb"((a{900}){900})": "smaller counts",
    rb"(" * 60 + rb")" * 60: "flat",
    b"a" * 5000: "longer",
}
CAPTURE = pcap_of(ethernet(ipv4(udp(1, 2, b"a word"))))


@pytest.mark.parametrize("expression", GOOD)
def test_what_both_read_alike_is_taken(expression, read):
    read(CAPTURE, patterns=(Pattern(1, expression),))


@pytest.mark.parametrize("expression", BAD, ids=lambda text: repr(text[:12]))
def test_anything_else_is_refused_with_number_cause_and_fix(expression, read):
    with pytest.raises(EngineError, match=r"^pattern 77: .*; ") as raised:
        read(CAPTURE, patterns=(Pattern(1, b"a"), Pattern(77, expression)))
    assert BAD[expression] in str(raised.value)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ((Pattern(5, b"a"), Pattern(5, b"b")), "pattern 5: the number stands twice"),
        ((Pattern(-1, b"a"),), "pattern -1: the number is out of range"),
        ((Pattern(1 << 32, b"a"),), "out of range"),
        ((Pattern(3, b"a", ip_protocol=256),), "pattern 3: IP protocol 256"),
        ((Pattern(3, b"a", head_bytes=65_536),), "pattern 3: a head of 65536 bytes"),
        ((Pattern(3, "a"),), "pattern 3: the expression is text"),
    ],
)
def test_fields_are_checked_too(wrong, says, read):
    with pytest.raises(EngineError, match=says):
        read(CAPTURE, patterns=wrong)


def test_what_is_taken_of_random_expressions_means_the_same_to_the_engine_as_to_python(read):
    """Also that nothing is taken that the engine then cannot use."""
    chance = random.Random(11)
    parts = [
        *rb"a b A . ^ | ( ) (?: (?i) (?i: (?s-i: (?m) * + ? {2} {0,1} {1,} ] [ [^ - \ ,".split(),
        *rb"\d \D \s \S \w \W \n \x41 \xff \. \- \] \[ \A [ab] [^a] [\d-] [a-c]".split(),
        *rb"& ~ # \# \& } {".split(),
    ]
    taken = []
    while len(taken) < 400:
        expression = b"".join(chance.choices(parts, k=chance.randint(1, 7)))
        try:
            check([Pattern(1, expression)])
        except EngineError:
            continue
        taken.append(Pattern(len(taken), expression))
    for _ in range(12):
        head = bytes(chance.choices(b"abAB1. -]\n\xff#&,}{\\\0", k=chance.randint(1, 9)))
        row = read(pcap_of(ethernet(ipv4(udp(1, 2, head)))), patterns=tuple(taken)).row
        expected = [p.number for p in taken if re.search(p.expression, head, re.DOTALL)]
        assert list(row.matches[0]) == expected
