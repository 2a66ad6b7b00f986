"""Payload patterns of overlays: what they may say, and how they are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from classifier.catalogue import Catalogue, load
from classifier.errors import CatalogueError

if TYPE_CHECKING:
    from pathlib import Path

GOOD = r"""
[[service]]
id = "badge-reader"
name = "Badge readers"
family = "site"
sources = ["Facility handbook"]

  [[service.counter_example]]
  flow = "tcp/1"
  why = "it has no port of its own"

[[payload]]
id = "badge-reader/hello"
service = "badge-reader"
transport = ["tcp"]
side = "client"
pattern = '^BADGE\x00[1-3]'
shows = "badge hello"
examples = ['BADGE\x001']
counter_examples = ['BADGE\x004']
sources = ["Facility handbook"]
"""


def written(folder: Path, text: str) -> list[Path]:
    file = folder / "site.toml"
    file.write_text(text, encoding="utf-8")
    return [file]


def test_an_overlay_may_bring_patterns(tmp_path: Path, catalogue: Catalogue) -> None:
    ours = load(written(tmp_path, GOOD))
    assert len(ours.payloads) == len(catalogue.payloads) + 1
    assert ours.payloads[-1].id == "badge-reader/hello"
    assert load(written(tmp_path, GOOD)).payloads == ours.payloads, "warm, from the cache"


def test_an_overlay_may_replace_a_pattern_and_says_so(tmp_path: Path, catalogue: Catalogue) -> None:
    text = GOOD.replace("badge-reader/hello", "ssh/banner")
    ours = load(written(tmp_path, text))
    assert len(ours.payloads) == len(catalogue.payloads)
    (changed,) = (payload for payload in ours.payloads if payload.id == "ssh/banner")
    assert changed.service == "badge-reader"
    assert any("payload" in note or "ssh/banner" in note for note in ours.notes)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (r"'^BADGE\x00[1-3]'", r"'^BADGE$'", "no end to match"),
        (r"'^BADGE\x00[1-3]'", r"'^BADGE(?=x)'", "look-arounds"),
        (r"examples = ['BADGE\x001']", r"examples = ['BADGER']", "does not match BADGER"),
        (r"['BADGE\x004']", r"['BADGE\x002']", r"matches BADGE\x002"),
        (r"examples = ['BADGE\x001']", r"examples = ['BADGE\0']", "stands for nothing"),
        ('service = "badge-reader"\n', 'service = "badges"\n', "badges, which is no entry"),
        ('side = "client"', 'side = "both"', "side"),
        ('["tcp"]', "[]", "transport"),
    ],
)
def test_a_pattern_that_is_none_is_refused_with_its_place(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    assert old in GOOD
    with pytest.raises(CatalogueError, match=r"site\.toml:\d+: ") as raised:
        load(written(tmp_path, GOOD.replace(old, new)))
    assert told in str(raised.value)
