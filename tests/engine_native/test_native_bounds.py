"""The native engine has the bounds of the portable one, and counts what is beyond them alike."""

from __future__ import annotations

import bz2
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import hostile
from classifier.engine.contract import EngineOptions
from two_engines import differences

CASES = {
    "ethertypes": hostile.ethertypes(1_100),
    "families": hostile.families(1_100),
    "link types": hostile.link_types(1_100),
    "fragments": hostile.waiting_fragments(300, 70),
    "datagrams": hostile.waiting_fragments(4_200, 1),
    "young fragments": hostile.old_fragments(60),
    "old fragments": hostile.old_fragments(60.001),
    "short packets": hostile.short_packets(),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_beyond_a_bound_is_counted_alike(name: str, tmp_path: Path) -> None:
    path = tmp_path / "hostile"
    path.write_bytes(CASES[name])
    assert not differences([path])


@pytest.mark.parametrize("most", [1, 1_000])
def test_pieces_beyond_the_bound_are_refused_alike(most: int, tmp_path: Path) -> None:
    path = tmp_path / "held.pcap"
    path.write_bytes(hostile.held_pieces(570))  # 34 MB, and 32 MiB may be held
    assert not differences([path], EngineOptions(head_bytes=65_535, max_flows=most))


@pytest.mark.parametrize("name", hostile.COMPRESSIONS)
def test_a_bomb_is_stopped_alike(name: str, tmp_path: Path) -> None:
    path, other = tmp_path / "bomb", tmp_path / "other.pcap"
    path.write_bytes(hostile.COMPRESSIONS[name](hostile.bomb()))
    other.write_bytes(hostile.families(3))
    assert not differences([path]), "the same error"
    assert not differences([path, other]), "the same frames before it, the same warning"


def test_what_packs_well_is_no_bomb(tmp_path: Path) -> None:
    path = tmp_path / "zeros"
    path.write_bytes(bz2.compress(hostile.bomb(255)))
    assert not differences([path])
