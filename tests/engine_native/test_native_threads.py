"""Two threads give what one gives, can be stopped by a third, and leave nothing behind."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from msgspec.structs import replace

from classifier import _native
from classifier.engine.content import Pattern, TranscriptOptions
from classifier.engine.contract import EngineOptions, Source
from classifier.engine.native import NativeEngine
from classifier.errors import CaptureError
from classifier.flows.columns import concatenate
from reading import rows_of
from wire import START, ethernet, ipv4, pcap, udp

if TYPE_CHECKING:
    from collections.abc import Sequence

SAMPLES = sorted((Path(__file__).parents[2] / "samples").rglob("*.pcap*"))


# Something that many rows have, and transcripts that soon have no room.
LOOKED_FOR = EngineOptions(
    patterns=(Pattern(7, b"."), Pattern(9, b"[A-Z]{3}", head_bytes=400, transcript=True)),
    transcripts=TranscriptOptions(ports=((17, 53), (6, 135)), flow_bytes=900, total_bytes=9000),
)


def told(paths: Sequence[Path], options: EngineOptions) -> object:
    """Every row, in one order, and everything that is counted; or the error."""
    sources = [Source(path, path.name, path.stat().st_size) for path in paths]
    reading = NativeEngine().read(sources, options)
    try:
        columns = concatenate(list(reading))
    except CaptureError as error:
        return str(error)
    rows = sorted(repr(row) for row in rows_of(columns, reading.tunnels))
    return rows, reading.health, reading.tunnels


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_every_sample_is_read_alike(path: Path) -> None:
    one, two = (told([path], replace(LOOKED_FOR, threads=threads)) for threads in (1, 2))
    assert one == two


@pytest.mark.parametrize("partial", [True, False])
def test_the_samples_as_one_recording_are_read_alike(*, partial: bool) -> None:
    options = replace(LOOKED_FOR, max_flows=20, batch_rows=50, partial=partial)
    one, two = (told(SAMPLES, replace(options, threads=threads)) for threads in (1, 2))
    assert one == two
    assert len(one[0]) > 400  # type: ignore[index]


def endless(size: int) -> bytes:
    """What a source gives that has no end: the same datagrams again and again."""
    if not FILE_HEADER:
        FILE_HEADER.append(RECORDS[:24])
        return RECORDS[:24]
    return RECORDS[24:][: size // RECORD * RECORD]


RECORDS = pcap((START + n, ethernet(ipv4(udp(n + 1, 53, b"question")))) for n in range(1000))
RECORD = (len(RECORDS) - 24) // 1000
FILE_HEADER: list[bytes] = []


@pytest.mark.parametrize("threads", [1, 2])
def test_another_thread_can_stop_a_reading(threads: int) -> None:
    FILE_HEADER.clear()
    reading = _native.Reading(
        tcp=1, closed=1, udp=1 << 62, icmp=1, other=1, active=0, max_flows=1_000_000,
        batch_rows=65_536, head_bytes=64, partial=False, threads=threads,
    )  # fmt: skip
    reading.open(endless)
    raised: list[BaseException] = []

    def read() -> None:
        try:
            reading.next_batch()
        except _native.CancelledError as error:
            raised.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    reading.cancel()  # nothing else ends it
    reader.join(20)
    assert [type(error) for error in raised] == [_native.CancelledError]


def test_a_reading_that_was_cancelled_does_not_begin(tmp_path: Path) -> None:
    path = tmp_path / "questions.pcap"
    path.write_bytes(RECORDS)
    reading = NativeEngine().read([Source(path, path.name)], EngineOptions())
    reading.cancel()
    with pytest.raises(_native.CancelledError):
        list(reading)


def test_only_one_thread_may_read_at_a_time() -> None:
    inside, done = threading.Event(), threading.Event()

    def read(_: int) -> bytes:
        inside.set()
        done.wait(20)
        return b""

    reading = _native.Reading(
        tcp=1, closed=1, udp=1, icmp=1, other=1, active=0, max_flows=10,
        batch_rows=10, head_bytes=64, partial=False,
    )  # fmt: skip

    def open_it() -> None:
        with pytest.raises(_native.NotACaptureError):
            reading.open(read)

    reader = threading.Thread(target=open_it)
    reader.start()
    inside.wait(20)
    with pytest.raises(RuntimeError, match="another thread"):
        reading.next_batch()
    done.set()
    reader.join()


def test_what_is_known_at_the_end_only_is_refused_before() -> None:
    for threads in (1, 2):
        reading = _native.Reading(
            tcp=1, closed=1, udp=1, icmp=1, other=1, active=0, max_flows=10,
            batch_rows=10, head_bytes=64, partial=False, threads=threads,
        )  # fmt: skip
        with pytest.raises(RuntimeError, match="last batch"):
            reading.outcomes()
        reading.finish()
        while reading.next_batch():
            pass
        assert reading.outcomes() == []


def tasks() -> set[str]:
    return {path.name for path in Path("/proc/self/task").iterdir()}


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="counts threads in /proc")
def test_a_reading_that_is_given_up_leaves_no_thread(tmp_path: Path) -> None:
    path = tmp_path / "questions.pcap"
    path.write_bytes(RECORDS)
    before = tasks()
    for _ in range(3):
        options = EngineOptions(threads=2, batch_rows=10, max_flows=10)
        batches = iter(NativeEngine().read([Source(path, path.name)], options))
        next(batches)
        assert tasks() - before  # a thread of another test may have ended meanwhile
        del batches
        gc.collect()
        assert tasks() <= before


INTERRUPTED = """
import os, sys
from classifier.engine.contract import EngineOptions, Source
from classifier.engine.native import NativeEngine
from pathlib import Path

path = Path(sys.argv[1])
sources = [Source(path, path.name)] * 1_000_000
print("ready", flush=True)
try:
    list(NativeEngine().read(sources, EngineOptions(max_flows=1000, threads=2)))
except KeyboardInterrupt:
    print("interrupted", len(os.listdir("/proc/self/task")), flush=True)
"""


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="counts threads in /proc")
def test_an_interrupt_ends_both_threads(tmp_path: Path) -> None:
    path = tmp_path / "questions.pcap"
    path.write_bytes(RECORDS)
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, path],
        stdout=subprocess.PIPE,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},  # numpy's threads are none of ours
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == b"ready\n"
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == b"interrupted 1\n"
        assert process.wait(20) == 0


def test_columns_of_two_threads_are_arrays_like_those_of_one(tmp_path: Path) -> None:
    path = tmp_path / "questions.pcap"
    path.write_bytes(RECORDS)
    reading = NativeEngine().read([Source(path, path.name)], EngineOptions(threads=2))
    ports = np.concatenate([batch.columns["a_port"] for batch in reading])
    assert np.sort(ports).tolist() == list(range(1, 1001))
