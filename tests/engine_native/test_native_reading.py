"""How the native engine reads: batches without copies, pipes, progress, signals, errors."""

from __future__ import annotations

import gc
import io
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

from classifier import _native
from classifier.engine import choose, default_name
from classifier.engine.contract import EngineOptions, Source
from classifier.engine.native import NativeEngine
from classifier.errors import CaptureError
from wire import START, ethernet, ipv4, pcap, udp

if TYPE_CHECKING:
    from collections.abc import Iterator


def questions(count: int, ports: int = 60_000) -> bytes:
    """A capture of datagrams, each port a flow of its own."""
    return pcap(
        (START + number, ethernet(ipv4(udp(1 + number % ports, 53, b"question"))))
        for number in range(count)
    )


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    path = tmp_path / "questions.pcap"
    path.write_bytes(questions(5000))
    return path


def source(path: Path) -> Source:
    return Source(path, path.name, path.stat().st_size)


def test_it_is_the_engine_that_auto_takes() -> None:
    assert default_name() == "native"
    assert isinstance(choose("native"), NativeEngine)


@pytest.mark.parametrize("threads", [1, 2])
def test_batches_are_as_long_as_asked_for_and_hold_every_row_once(
    capture: Path, threads: int
) -> None:
    options = EngineOptions(batch_rows=700, threads=threads)
    batches = list(NativeEngine().read([source(capture)], options))
    lengths = sorted(len(batch) for batch in batches)
    shorter = [length for length in lengths if length < 700]
    assert len(shorter) <= threads  # the last one of each half of the table
    assert lengths[len(shorter) :] == [700] * (len(lengths) - len(shorter))
    ports = np.concatenate([batch.columns["a_port"] for batch in batches])
    assert sorted(ports.tolist()) == list(range(1, 5001))


def test_columns_are_views_that_outlive_the_reading(capture: Path) -> None:
    batch = next(iter(NativeEngine().read([source(capture)], EngineOptions())))
    column = batch.columns["first_seen"]
    assert not column.flags.owndata
    assert not column.flags.writeable
    head = batch.a_head[len(batch) - 1]
    del batch
    gc.collect()
    assert column[0] == START
    assert head == b"question"


def test_a_reading_of_nothing_gives_one_batch_without_rows(tmp_path: Path) -> None:
    path = tmp_path / "nothing.pcap"
    path.write_bytes(pcap([]))
    (batch,) = NativeEngine().read([source(path)], EngineOptions())
    assert len(batch) == 0
    assert batch.columns["a_address"].shape == (0, 16)
    assert len(batch.a_head) == 0


def test_progress_adds_up_to_the_bytes_of_the_file(capture: Path) -> None:
    steps: list[int] = []
    list(NativeEngine().read([source(capture)], EngineOptions(), steps.append))
    assert sum(steps) == capture.stat().st_size


def test_standard_input(capture: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = io.TextIOWrapper(io.BufferedReader(io.BytesIO(capture.read_bytes())))  # type: ignore[arg-type]
    monkeypatch.setattr("sys.stdin", stdin)
    reading = NativeEngine().read([Source(None, "standard input")], EngineOptions())
    assert sum(len(batch) for batch in reading) == 5000
    assert reading.health.captures[0].bytes == capture.stat().st_size


def test_a_named_pipe(capture: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(capture.read_bytes()))
    writer.start()
    reading = NativeEngine().read([Source(pipe, "pipe")], EngineOptions())
    assert sum(len(batch) for batch in reading) == 5000
    writer.join()


def test_errors_of_files_that_cannot_be_read(tmp_path: Path) -> None:
    def error(path: Path) -> str:
        with pytest.raises(CaptureError) as raised:
            list(NativeEngine().read([Source(path, path.name)], EngineOptions()))
        return str(raised.value)

    assert error(tmp_path / "missing.pcap") == (
        "missing.pcap: cannot be read: No such file or directory; "
        "check the path and its permissions"
    )
    assert "Is a directory" in error(tmp_path)
    text = tmp_path / "text.pcap"
    text.write_text("hello")
    assert "text.pcap, byte 0: is not a capture (first bytes 68 65 6c 6c 6f)" in error(text)
    trace = tmp_path / "a.etl"
    trace.write_bytes(b"\0" * 100)
    assert "pktmon etl2pcap" in error(trace)


def test_one_bad_file_among_many_is_a_warning(capture: Path, tmp_path: Path) -> None:
    text = tmp_path / "text.pcap"
    text.write_text("hello")
    reading = NativeEngine().read([source(text), source(capture)], EngineOptions())
    batches = list(reading)
    assert sum(len(batch) for batch in batches) == 5000
    assert set(batches[0].columns["source"].tolist()) == {1}
    assert [warning.cause[:9] for warning in reading.health.warnings] == ["not read:"]


def test_a_head_longer_than_can_be_kept_is_refused(capture: Path) -> None:
    with pytest.raises(ValueError, match="head_bytes"):
        list(NativeEngine().read([source(capture)], EngineOptions(head_bytes=70_000)))


def test_an_exception_of_the_source_comes_through_and_closes_it() -> None:
    class TroubleError(Exception):
        pass

    data = iter([questions(10), TroubleError()])

    def read(_: int) -> bytes:
        piece = next(data)
        if isinstance(piece, Exception):
            raise piece
        return piece

    reading = _reading()
    reading.open(read)
    with pytest.raises(TroubleError):
        reading.next_batch()


def test_a_source_that_gives_too_much_is_refused() -> None:
    reading = _reading()
    with pytest.raises(ValueError, match="more than n bytes"):
        reading.open(lambda size: bytes(size + 1))


PIPE = """
import os, sys, threading
from pathlib import Path
from classifier import _native

capture, pipe = map(Path, sys.argv[1:])
os.mkfifo(pipe)
feeder = threading.Thread(target=lambda: pipe.write_bytes(capture.read_bytes()))
feeder.start()
reading = _native.Reading(
    tcp=1, closed=1, udp=10**12, icmp=1, other=1, active=0,
    max_flows=1_000_000, batch_rows=65_536, head_bytes=64, partial=False,
)
reading.open(os.fsencode(pipe))  # who reads a pipe that a thread of its own process writes
while reading.next_batch():  # must let that thread run
    pass
print(reading.close()["frames"])
"""


def test_the_gil_is_free_while_it_reads(capture: Path, tmp_path: Path) -> None:
    capture.write_bytes(questions(100_000))
    run = subprocess.run(
        [sys.executable, "-c", PIPE, capture, tmp_path / "pipe"],
        capture_output=True, check=True, timeout=120,
    )  # fmt: skip
    assert run.stdout == b"100000\n"


ENDLESS = """
import sys, threading, time
from classifier.engine.contract import EngineOptions, Source
from classifier.engine.native import NativeEngine

print("ready", flush=True)
try:
    list(NativeEngine().read([Source(None, "stdin")], EngineOptions(max_flows=1000)))
except KeyboardInterrupt:
    print("interrupted", flush=True)
    sys.exit(9)
"""


@pytest.mark.parametrize("busy", [True, False], ids=["data keeps coming", "waiting for data"])
def test_an_interrupt_ends_it(*, busy: bool) -> None:
    read_end, write_end = os.pipe()
    with subprocess.Popen(
        [sys.executable, "-c", ENDLESS], stdin=read_end, stdout=subprocess.PIPE
    ) as process:
        os.close(read_end)
        assert process.stdout
        assert process.stdout.readline() == b"ready\n"
        fed = threading.Thread(target=_feed, args=(write_end, busy))
        fed.start()
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        # Nothing else ends it: the pipe stays open.
        assert process.stdout.readline() == b"interrupted\n"
        assert process.wait(20) == 9
        fed.join()
        os.close(write_end)


def _feed(pipe: int, busy: bool) -> None:  # noqa: FBT001
    data = questions(1000)
    try:
        _write(pipe, data)
        while busy:
            _write(pipe, data[24:])
    except BrokenPipeError:
        pass


def _write(pipe: int, data: bytes) -> None:
    while data:
        data = data[os.write(pipe, data) :]


def _reading() -> _native.Reading:
    return _native.Reading(
        tcp=1, closed=1, udp=10**12, icmp=1, other=1, active=0,
        max_flows=1_000_000, batch_rows=65_536, head_bytes=64, partial=False,
    )  # fmt: skip


@pytest.fixture(autouse=True)
def _no_descriptors_left() -> Iterator[None]:
    """Whatever a reading opened is closed again."""
    gc.collect()
    open_files = Path("/proc/self/fd")
    before = len(list(open_files.iterdir())) if open_files.exists() else 0
    yield
    gc.collect()
    if before:
        assert len(list(open_files.iterdir())) <= before


def test_heads_of_evicted_and_of_live_flows_are_theirs(tmp_path: Path) -> None:
    """The former are copied, the latter stay where they are: rows of both kinds, many of each."""
    texts = {port: bytes([port % 251]) * (port % 300) for port in range(1, 2001)}
    frames = [ethernet(ipv4(udp(port, 9999, text))) for port, text in texts.items()]
    path = tmp_path / "heads.pcap"
    path.write_bytes(pcap([(START + number, frame) for number, frame in enumerate(frames)]))
    found = {}
    options = EngineOptions(max_flows=700, batch_rows=300)
    for batch in NativeEngine().read([source(path)], options):
        assert len(batch.a_head) == len(batch.b_head) == len(batch)
        for row, port in enumerate(batch.columns["a_port"].tolist()):
            found[port] = batch.a_head[row]
            assert batch.b_head[row] == b""
        with pytest.raises(IndexError):
            batch.a_head[len(batch)]
    assert found == {port: text[:256] for port, text in texts.items()}
