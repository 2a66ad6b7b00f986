"""Slow: every truncation of every sample at every byte, and random bytes. `make sweep`.

Nothing may come out but a result whose counters add up, or a CaptureError. The native engine reads
every length there is; the portable one some thousand of each sample, and at some lengths both must
say the same.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from classifier.engine.contract import EngineOptions, Source
from classifier.engine.portable import PortableEngine
from classifier.errors import CaptureError

if TYPE_CHECKING:
    from classifier.engine.contract import Engine

sys.path.insert(0, str(Path(__file__).parents[1] / "engine_native"))

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
CAPTURES = sorted(path for path in SAMPLES.glob("*/*") if ".pcap" in path.name)
MOST_CUTS = 4_000
MUTATIONS = 400
COMPARED = 40


def survives(path: Path, data: bytes, engine: Engine | None = None) -> int:
    """Read ``data`` as a file; returns the frames."""
    path.write_bytes(data)
    engine = engine or PortableEngine()
    reading = engine.read([Source(path, "cut", len(data))], EngineOptions())
    try:
        rows = sum(len(batch) for batch in reading)
    except CaptureError:
        return 0
    assert reading.health.adds_up
    assert rows <= reading.health.frames
    return reading.health.frames


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: path.name)
def test_every_truncation_comes_through(capture, tmp_path):
    data = capture.read_bytes()
    step = max(1, len(data) // MOST_CUTS)
    before = 0
    for size in range(0, len(data), step):
        frames = survives(tmp_path / "cut", data[:size])
        assert frames >= before, f"fewer frames from more bytes, at {size}"
        before = frames


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: path.name)
def test_the_native_engine_reads_every_truncation(capture, tmp_path):
    native = pytest.importorskip("classifier.engine.native").NativeEngine()
    data = capture.read_bytes()
    before = 0
    for size in range(len(data)):
        frames = survives(tmp_path / "cut", data[:size], native)
        assert frames >= before, f"fewer frames from more bytes, at {size}"
        before = frames


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: path.name)
def test_both_engines_say_the_same_of_some_truncations(capture, tmp_path):
    pytest.importorskip("classifier.engine.native")
    from two_engines import differences

    data = capture.read_bytes()
    chance = random.Random(capture.name)
    path = tmp_path / "cut"
    for size in sorted(chance.sample(range(len(data)), min(COMPARED, len(data)))):
        path.write_bytes(data[:size])
        found = differences([path])
        if capture.suffix == ".gz":  # how much comes out before the cut is the decompressor's
            continue
        assert not found, size


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: path.name)
def test_random_damage_comes_through(capture, tmp_path):
    random_source = random.Random(capture.name)
    data = capture.read_bytes()[:20_000]
    for _ in range(MUTATIONS if data else 0):
        damaged = bytearray(data)
        for _ in range(random_source.randint(1, 30)):
            damaged[random_source.randrange(len(damaged))] = random_source.randrange(256)
        survives(tmp_path / "damaged", bytes(damaged))
