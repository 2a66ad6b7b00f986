"""What holds for every pattern of the shipped catalogue, whoever writes the next one."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from typing import Any

import numpy as np
import pytest
from bits import bits, bits_beside_zeros

from classifier import expressions
from classifier.catalogue import load
from classifier.catalogue.locate import signature_folder
from classifier.engine.contract import Heads
from classifier.expressions import as_bytes
from classifier.payload.patterns import IP_PROTOCOLS, Patterns

FILES = sorted((signature_folder() / "payload").glob("*.toml"))
ENTRIES: list[dict[str, Any]] = [
    entry for file in FILES for entry in tomllib.loads(file.read_text(encoding="utf-8"))["payload"]
]
BY_ID = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["id"])
CATALOGUE = load()
PATTERNS = Patterns(CATALOGUE)


def matching(transport: str, heads: list[bytes]) -> list[tuple[int, ...]]:
    """Numbers of the patterns that match each head of a transport."""
    ends = np.cumsum([0, *map(len, heads)], dtype=np.int64)
    protocols = np.full(len(heads), IP_PROTOCOLS[transport], dtype=np.uint8)
    found = PATTERNS.match(Heads(ends, b"".join(heads)), protocols)
    return [found[row] for row in range(len(heads))]


@BY_ID
def test_every_pattern_is_one_and_has_a_source(entry: dict[str, Any]) -> None:
    assert expressions.problem(entry["pattern"].encode()) == ""
    assert entry["sources"]
    assert entry["id"].startswith(entry["service"] + "/")
    assert entry["pattern"].startswith("^"), "without an anchor every byte is looked at"


@BY_ID
def test_every_pattern_matches_its_examples_and_no_counter_example(entry: dict[str, Any]) -> None:
    expression = re.compile(entry["pattern"].encode(), re.DOTALL)
    for example in entry["examples"]:
        assert expression.search(as_bytes(example)), example
        assert len(as_bytes(example)) <= 256, "no head is longer"
    for example in entry.get("counter_examples", ()):
        assert not expression.search(as_bytes(example)), example


@BY_ID
def test_a_strong_pattern_has_enough_that_is_fixed(entry: dict[str, Any]) -> None:
    if entry.get("strength", "strong") == "strong":
        assert bits(entry["pattern"]) >= 28
        assert bits_beside_zeros(entry["pattern"]) >= 20


def test_hints_that_prove_together_have_enough_that_is_fixed() -> None:
    """A proof by both sides is as good as a strong one."""
    hints = [entry for entry in ENTRIES if entry.get("strength", "strong") != "weak"]
    short = [
        (client["id"], server["id"])
        for client in hints
        for server in hints
        if client["service"] == server["service"]
        and set(client["transport"]) & set(server["transport"])
        and client["side"] != "server"
        and server["side"] != "client"
        and bits(client["pattern"]) + bits(server["pattern"]) < 32
    ]
    assert short == []


def test_no_strong_pattern_matches_an_example_of_a_stranger() -> None:
    kinship, wrong = CATALOGUE.kinship, []
    for transport in IP_PROTOCOLS:
        mine = [(e, text) for e in ENTRIES if transport in e["transport"] for text in e["examples"]]
        found = matching(transport, [as_bytes(text) for _, text in mine])
        for (entry, text), numbers in zip(mine, found, strict=True):
            own = CATALOGUE.code(entry["service"])
            for number in numbers:
                other = PATTERNS.entries[number]
                strange = not kinship.akin(own, PATTERNS.service[number])
                if strange and other.strength == "strong" and entry["service"] not in other.also:
                    wrong.append((other.id, entry["id"], text))
    assert wrong == []


def test_the_engine_finds_what_the_expressions_say() -> None:
    for transport in IP_PROTOCOLS:
        texts = [text for e in ENTRIES if transport in e["transport"] for text in e["examples"]]
        heads = [as_bytes(text) for text in texts]
        expected: dict[bytes, set[str]] = defaultdict(set)
        for entry in ENTRIES:
            if transport in entry["transport"]:
                expression = re.compile(entry["pattern"].encode(), re.DOTALL)
                for head in heads:
                    if expression.search(head):
                        expected[head].add(entry["id"])
        for head, numbers in zip(heads, matching(transport, heads), strict=True):
            assert {PATTERNS.entries[number].id for number in numbers} == expected[head]


def test_no_pattern_matches_what_anything_may_begin_with() -> None:
    """Zeros, text in lines, and random bytes show nothing."""
    noise = np.random.default_rng(1)
    heads = [noise.bytes(256) for _ in range(20_000)]
    heads += [bytes(256), b"\xff" * 5, b"hello world\r\n" * 9, b"{}\n", b"<html>", b"\r\n\r\n"]
    for transport in IP_PROTOCOLS:
        for head, numbers in zip(heads, matching(transport, heads), strict=True):
            strong = [n for n in numbers if PATTERNS.entries[n].strength == "strong"]
            assert [PATTERNS.entries[n].id for n in strong] == [], head


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_entries_of_a_file_stand_in_order(file: Any) -> None:
    ids = [e["id"] for e in tomllib.loads(file.read_text(encoding="utf-8"))["payload"]]
    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    ("text", "data"),
    [(r"a\r\n\t\\", b"a\r\n\t\\"), (r"\x00\xfF", b"\x00\xff"), ("", b"")],
)
def test_examples_are_bytes_as_people_write_them(text: str, data: bytes) -> None:
    assert as_bytes(text) == data


@pytest.mark.parametrize("text", ["\\", r"\0", r"\x1", r"\xg0", "\\u0041"])
def test_an_example_with_another_escape_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="stands for nothing"):
        as_bytes(text)
