"""How fast the native engine alone is, with one thread and with two: open to last batch.

    python benchmarks/engine.py [--runs N] [--yardstick COMMAND] CAPTURE...

All captures together are one recording. Every run is a process of its own, runs alternate, and
medians are printed. A yardstick is a command that reads the first capture, whose path is put behind
it; its time is that of the whole command.
"""

from __future__ import annotations

import argparse
import os
import shlex
import statistics
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path

THREADS = (1, 2)


def read(captures: list[Path], threads: int) -> float:
    """Seconds that one reading takes; not what Python needs to begin, numpy's import included."""
    from classifier.engine.contract import EngineOptions, Source
    from classifier.engine.native import NativeEngine

    import_module("numpy")  # batches are wrapped as its arrays
    sources = [Source(path, path.name, path.stat().st_size) for path in captures]
    begun = time.perf_counter()
    for _ in NativeEngine().read(sources, EngineOptions(threads=threads)):
        pass
    return time.perf_counter() - begun


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--yardstick", type=shlex.split, default=[])
    parser.add_argument("--threads", type=int, help="read once with so many, and tell the seconds")
    parser.add_argument("captures", type=Path, nargs="+")
    asked = parser.parse_args()
    if asked.threads:
        print(read(asked.captures, asked.threads))
        return
    this = [sys.executable, __file__, *map(str, asked.captures)]
    seconds: dict[str, list[float]] = {}
    for _ in range(asked.runs + 1):  # the first round warms the caches and is thrown away
        for threads in THREADS:
            told = subprocess.check_output(
                [*this, "--threads", str(threads)],
                text=True,
                env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},  # as the command has it
            )
            seconds.setdefault(f"threads {threads}", []).append(float(told))
        if asked.yardstick:
            begun = time.perf_counter()
            command = [*asked.yardstick, str(asked.captures[0])]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            seconds.setdefault("yardstick", []).append(time.perf_counter() - begun)
    base = statistics.median(seconds["threads 1"][1:])
    print(f"{'':10} {'median s':>9} {'best s':>8} {'to one thread':>14}   ({asked.runs} runs)")
    for name, values in seconds.items():
        median = statistics.median(values[1:])
        print(f"{name:10} {median:9.3f} {min(values[1:]):8.3f} {median / base:14.2f}")


if __name__ == "__main__":
    main()
