"""How long a user waits: the help, and the text report of a capture of about one megabyte.

    python benchmarks/startup.py [--runs N]

Runs alternate, so that a noisy phase of the machine hits all of them alike; medians are printed,
and as the yardstick of the machine the time of a bare ``python -c pass``.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "samples" / "office-domain-controller" / "office-domain-controller.pcap"
MEGABYTE = 1_000_000


def megabyte(folder: Path) -> Path:
    """A capture of about one megabyte: the records of a sample, repeated."""
    data = SAMPLE.read_bytes()
    header, records = data[:24], data[24:]
    path = folder / "megabyte.pcap"
    path.write_bytes(header + records * max(1, round(MEGABYTE / len(records))))
    return path


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=9)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        capture = megabyte(Path(folder))
        commands = {
            "python -c pass": [sys.executable, "-c", "pass"],
            "classify --help": [sys.executable, "-m", "classifier", "--help"],
            "classify --version": [sys.executable, "-m", "classifier", "--version"],
            f"classify ({capture.stat().st_size / 1e6:.2f} MB)": [
                sys.executable, "-m", "classifier", str(capture), "--quiet",
            ],
        }  # fmt: skip
        seconds: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(runs + 1):  # the first round warms the caches and is thrown away
            for name, command in commands.items():
                begun = time.perf_counter()
                subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
                seconds[name].append(time.perf_counter() - begun)
    base = statistics.median(seconds["python -c pass"][1:])
    print(f"{'command':28} {'median s':>9} {'worst s':>8} {'ratio':>6}   ({runs} runs)")
    for name, values in seconds.items():
        median = statistics.median(values[1:])
        print(f"{name:28} {median:9.3f} {max(values[1:]):8.3f} {median / base:6.1f}")


if __name__ == "__main__":
    main()
