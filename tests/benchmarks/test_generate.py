"""The captures that benchmarks run on are what they say they are."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import classifier

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

from generate import SHAPES, Shape, generate


@pytest.mark.parametrize("kind", SHAPES)
def test_a_capture_has_the_packets_and_flows_of_its_shape(kind: str, tmp_path: Path) -> None:
    whole = SHAPES[kind]
    part = 500 if kind == "small" else 20 if kind == "few" else 200
    shape = Shape(
        whole.packets // part, whole.flows // part, whole.lengths, whole.scanned,
        whole.clients, whole.servers,
    )  # fmt: skip
    generate(shape, tmp_path / "a.pcap")
    analysis = classifier.read([tmp_path / "a.pcap"])
    assert analysis.capture_health.frames == shape.packets
    assert analysis.capture_health.outcomes == {("in flow", ""): shape.packets}
    assert len(analysis.flows) == shape.flows
    assert not analysis.capture_health.warnings


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    shape = Shape(2_000, 50, {60: 1, 590: 1}, 0.1, 10, 10)
    generate(shape, tmp_path / "a.pcap", 7)
    generate(shape, tmp_path / "b.pcap", 7)
    generate(shape, tmp_path / "c.pcap", 8)
    same, other, third = ((tmp_path / f"{name}.pcap").read_bytes() for name in "abc")
    assert same == other != third
