"""How long the catalogue takes to load: cold (nothing remembered), warm, and its lookup tables.

Each figure is of fresh processes; the median and the least of them, in milliseconds of CPU time.

    python benchmarks/catalogue.py [ROUNDS]
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

STEPS = """
import time
from classifier import catalogue
start = time.process_time(); loaded = catalogue.load(); load = time.process_time() - start
start = time.process_time(); loaded.get("kerberos"); get = time.process_time() - start
start = time.process_time(); loaded.get(loaded.ids[-1]); made = time.process_time() - start
start = time.process_time()
loaded.interface("e3514235-4b06-11d1-ab04-00c04fc2dcd2")
uuid = time.process_time() - start
import numpy
start = time.process_time(); loaded.ports, loaded.registered; ports = time.process_time() - start
print(load, get, made, uuid, ports)
"""
NAMES = ("load", "get an entry", "get a registered name", "get an interface", "port tables")


def run(cache: Path) -> list[float]:
    """Milliseconds of each step in one fresh process."""
    done = subprocess.run(
        [sys.executable, "-c", STEPS],
        cwd=ROOT,
        env={**os.environ, "XDG_CACHE_HOME": str(cache), "CLASSIFY_SIGNATURES": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    return [1000 * float(word) for word in done.stdout.split()]


def main() -> None:
    """Measure, and print a line for each step."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 11
    with tempfile.TemporaryDirectory() as name:
        colds = [run(Path(name) / f"cold-{number}")[0] for number in range(rounds)]
        run(Path(name) / "warm")
        warms = [run(Path(name) / "warm") for _ in range(rounds)]
    print(f"{'ms of CPU time':24}{'median':>8}{'least':>8}")
    print(f"{'load, cold':24}{statistics.median(colds):8.1f}{min(colds):8.1f}")
    for step, times in zip(NAMES, zip(*warms, strict=True), strict=True):
        label = "load, warm" if step == "load" else step
        print(f"{label:24}{statistics.median(times):8.1f}{min(times):8.1f}")


if __name__ == "__main__":
    main()
