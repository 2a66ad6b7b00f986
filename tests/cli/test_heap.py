"""The heap of the command: what it is asked for, and when."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from classifier.cli import heap
from wire import START, ethernet, ipv4, pcap, udp

if TYPE_CHECKING:
    from pathlib import Path

# Where a thread's memory is: a short and a long piece, in the heap of the process or elsewhere.
_PLACES = """
import ctypes, sys, threading
from classifier.cli import heap
if sys.argv[1] == "one heap":
    assert heap.share({})
malloc = ctypes.CDLL(None).malloc
malloc.restype = ctypes.c_void_p
places = []
thread = threading.Thread(target=lambda: places.extend(map(malloc, (1000, 50 << 20))))
thread.start()
thread.join()
(heap,) = [line.split()[0] for line in open("/proc/self/maps") if line.rstrip().endswith("[heap]")]
begin, end = (int(number, 16) for number in heap.split("-"))
print([begin <= place < end for place in places])
"""


def _is_glibc() -> bool:
    return "CS_GNU_LIBC_VERSION" in os.confstr_names


@pytest.mark.skipif(not _is_glibc(), reason="another C library has other heaps")
@pytest.mark.parametrize(("asked", "inside"), [("one heap", True), ("many", False)])
def test_threads_take_their_memory_from_one_heap_if_it_is_asked_for(
    asked: str, *, inside: bool
) -> None:
    command = [sys.executable, "-c", _PLACES, asked]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == f"{[inside, inside]}\n"


@pytest.mark.parametrize("wish", ["GLIBC_TUNABLES", "MALLOC_ARENA_MAX", "MALLOC_MMAP_THRESHOLD_"])
def test_who_has_other_plans_is_left_alone(wish: str) -> None:
    assert not heap.share({wish: "1"})


def test_it_is_worth_it_for_large_captures_and_for_those_of_which_nobody_knows(
    tmp_path: Path,
) -> None:
    small, large = tmp_path / "small.pcap", tmp_path / "large.pcap"
    small.write_bytes(b"x" * 100)
    with large.open("wb") as file:
        file.truncate(heap.LARGE - 100)
    assert not heap.is_worth_it([str(small)])
    assert not heap.is_worth_it([str(large)])
    assert heap.is_worth_it([str(small), str(large)])
    for unknown in ("-", str(tmp_path), str(tmp_path / "*.pcap"), "no\0name"):
        assert heap.is_worth_it([str(small), unknown]), unknown


def test_a_report_of_a_large_capture_is_the_same(tmp_path: Path) -> None:
    """The whole command with one heap, in a process of its own."""
    path = tmp_path / "capture.pcap"
    path.write_bytes(
        pcap((START + n, ethernet(ipv4(udp(1 + n % 50, 53, b"question")))) for n in range(2000))
    )

    def report(*setting: str) -> dict[str, object]:
        code = (
            "import sys; from classifier.cli import heap; "
            f"{';'.join(setting)}; from classifier.cli import run; sys.exit(run(sys.argv[1:]))"
        )
        command = [sys.executable, "-c", code, str(path), "--report", "json", "-q"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        found: dict[str, object] = json.loads(done.stdout)
        found["settings"] = None  # the time is in it
        return found

    assert report("heap.LARGE = 0") == report("heap.LARGE = 1 << 40")
