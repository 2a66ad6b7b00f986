"""However a reading ends, no process, thread, file or word on the terminal is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from tshark_cases import children, ether, ip4, open_files, pcap, rows, udp

from classifier.engine.contract import EngineOptions, Source
from classifier.engine.tshark import TsharkEngine
from classifier.engine.tshark.capture import Frames

FRAMES = 30_000


@pytest.fixture(scope="module")
def long_capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """More frames than the queue holds."""
    path = tmp_path_factory.mktemp("long") / "long.pcap"
    frames = [ether(0x0800, ip4(17, udp(1024 + n % 60_000, 53, bytes(64)))) for n in range(FRAMES)]
    path.write_bytes(pcap(frames))
    return path


def threads() -> set[str]:
    """Names of the running threads, once those of asyncio that wait for a process have ended."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        names = {thread.name for thread in threading.enumerate()}
        if not any(name.startswith("asyncio-waitpid") for name in names):
            break
        time.sleep(0.01)
    return names


def test_a_reading_to_the_end_leaves_nothing_behind(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "short.pcap"
    path.write_bytes(pcap([ether(0x0800, ip4(17, udp(1, 2, b"x")))]))
    rows(TsharkEngine(), path)  # what the first reading imports and opens may stay
    before = open_files(), threads()

    for _ in range(3):
        rows(TsharkEngine(), path)

    assert (open_files(), threads()) == before
    assert children() == []
    assert capfd.readouterr() == ("", "")


def test_a_reading_given_up_early_leaves_nothing_behind(long_capture: Path) -> None:
    rows_before = open_files(), threads()
    frames = iter(Frames(long_capture))
    assert next(frames).number == 1
    assert "tshark" in children()

    frames.close()  # type: ignore[attr-defined]

    assert children() == []
    assert (open_files(), threads()) == rows_before


def test_an_error_where_the_frames_are_used_leaves_nothing_behind(long_capture: Path) -> None:
    source = Source(long_capture, "long", long_capture.stat().st_size)

    def progress(_size: int) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(TsharkEngine().read([source], EngineOptions(), progress))

    assert children() == []


def test_frames_wait_in_a_queue_that_does_not_grow(long_capture: Path) -> None:
    reader = Frames(long_capture)
    frames = iter(reader)
    next(frames)
    deadline = time.monotonic() + 60
    while not reader._queue.full() and time.monotonic() < deadline:
        time.sleep(0.05)

    assert reader._queue.qsize() == reader._queue.maxsize
    assert reader.exit_code is None  # TShark waits for us
    frames.close()  # type: ignore[attr-defined]


def test_an_interrupt_ends_the_run_and_its_tshark(long_capture: Path) -> None:
    code = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from classifier.engine.tshark.capture import Frames\n"
        "for frame in Frames(Path(sys.argv[1])):\n"
        "    if frame.number == 1:\n"
        "        print('reading', flush=True)\n"
        "    time.sleep(0.01)\n"
    )
    root = Path(__file__).parents[2]
    run = subprocess.Popen(
        [sys.executable, "-c", code, str(long_capture)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=root,
        start_new_session=True,
        text=True,
    )
    assert run.stdout is not None
    assert run.stdout.readline() == "reading\n"

    os.killpg(run.pid, signal.SIGINT)  # as a terminal does on Ctrl-C
    _, errors = run.communicate(timeout=60)

    assert run.returncode in (1, -signal.SIGINT)
    assert errors.rstrip().endswith("KeyboardInterrupt")
    assert is_gone(run.pid)


def is_gone(group: int) -> bool:
    """Whether a process group ends; an orphan stays in it until somebody has reaped it."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False
