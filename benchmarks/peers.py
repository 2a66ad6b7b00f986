"""Our whole job against the tools that are installed here, on captures that it makes itself.

    python benchmarks/peers.py [--runs N] [--only KIND] [--captures DIR] [--yardstick COMMAND]

Every round runs every tool once, so that a noisy phase of the machine hits all of them alike; what
took longer than 15 seconds is run in the first round only. Printed are medians of wall and CPU
seconds, the peak of memory, and how many times as long as ours it took. A tool that is not
installed is named and left out. None of the peers names services but ndpiReader, tshark and
nfstream; the others only count.

``--yardstick`` is a command that does the least possible work, with ``{capture}`` in it.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from generate import SHAPES, generate

SLOW, LONGEST = 15.0, 300.0
NFSTREAM = "import nfstream, sys; print(sum(1 for _ in nfstream.NFStreamer(sys.argv[1])))"

# In the order of the table. {capture} and {folder}, an empty one, are filled in.
TOOLS = {
    "classify --report json": f"{sys.executable} -m classifier {{capture}} --report json"
    " -o {folder}/report.json --quiet",
    "classify --report text": f"{sys.executable} -m classifier {{capture}} --quiet",
    "ndpiReader": "ndpiReader -q -i {capture}",
    "nfpcapd": "nfpcapd -r {capture} -w {folder}",
    # It has room for 8,192 flows unless told, and cuts one short for every one beyond.
    "softflowd": "softflowd -r {capture} -n 127.0.0.1:9 -v 9 -d -c none",
    "softflowd, all flows": "softflowd -r {capture} -n 127.0.0.1:9 -v 9 -d -c none -m 1000000",
    "argus": "argus -r {capture} -w {folder}/flows",
    "darkstat": "darkstat -r {capture} --no-dns --no-daemon --chroot {folder} --export hosts"
    " --user root",
    "nfstream": f"{sys.executable} -c {shlex.quote(NFSTREAM)} {{capture}}",
    "tshark -z conv": "tshark -r {capture} -q -z conv,tcp -z conv,udp",
}


@dataclass(frozen=True, slots=True)
class Run:
    """One run: wall and CPU in seconds, peak memory in MB."""

    wall: float
    cpu: float
    memory: float


def is_installed(command: str) -> bool:
    """Whether the program, or the package that it needs, is here."""
    if "nfstream" in command:
        probe = [sys.executable, "-c", "import nfstream"]
        return subprocess.run(probe, check=False, capture_output=True).returncode == 0
    return shutil.which(shlex.split(command)[0]) is not None


def run(command: str, capture: Path) -> Run | None:
    """Run a tool once; None if it failed or took longer than any should."""
    with tempfile.TemporaryDirectory() as folder:
        words = [
            word.format(capture=capture.resolve(), folder=folder) for word in shlex.split(command)
        ]
        begun = time.perf_counter()
        child = subprocess.Popen(
            words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder
        )
        signal.signal(signal.SIGALRM, lambda *_: child.kill())
        signal.alarm(int(LONGEST))
        _, status, used = os.wait4(child.pid, 0)
        signal.alarm(0)
        child.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - begun
    if child.returncode:
        return None
    return Run(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def race(tools: dict[str, str], capture: Path, rounds: int) -> dict[str, list[Run]]:
    """Alternated runs of all tools. The capture is in the page cache before the first."""
    with capture.open("rb") as file:
        while file.read(1 << 20):
            pass
    runs: dict[str, list[Run]] = {name: [] for name in tools}
    for number in range(rounds):
        for name, command in tools.items():
            if number and (not runs[name] or runs[name][0].wall > SLOW):
                continue
            done = run(command, capture)
            if done:
                runs[name].append(done)
    return runs


def table(runs: dict[str, list[Run]]) -> str:
    """The figures as a Markdown table; the first tool is the measure of the others."""
    lines = [
        "| tool | wall s | CPU s | peak MB | wall, ours = 1 | runs |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    ours = next(iter(runs.values()))
    base = statistics.median(run.wall for run in ours) if ours else float("nan")
    for name, done in runs.items():
        if not done:
            lines.append(f"| {name} | failed | | | | |")
            continue
        wall, cpu = (statistics.median(getattr(r, what) for r in done) for what in ("wall", "cpu"))
        peak = max(run.memory for run in done)
        lines.append(
            f"| {name} | {wall:.2f} | {cpu:.2f} | {peak:,.0f} | {wall / base:.2f} | {len(done)} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Make the captures, run everything, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", choices=SHAPES, action="append")
    parser.add_argument("--captures", type=Path, help="where they are, or are to be made and kept")
    parser.add_argument("--yardstick", help="a command with {capture} in it")
    options = parser.parse_args()
    tools = dict(TOOLS)
    if options.yardstick:
        tools["yardstick"] = options.yardstick
    missing = [name for name, command in tools.items() if not is_installed(command)]
    tools = {name: command for name, command in tools.items() if name not in missing}
    if missing:
        print("not installed:", ", ".join(missing))
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.captures or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        for kind in options.only or SHAPES:
            capture = folder / f"{kind}.pcap"
            if not capture.exists():
                generate(SHAPES[kind], capture)
            shape, size = SHAPES[kind], f"{capture.stat().st_size / 1e9:.2f} GB"
            print(f"\n**{kind}**: {shape.packets:,} packets, {shape.flows:,} flows, {size}\n")
            print(table(race(tools, capture, options.runs)), flush=True)


if __name__ == "__main__":
    main()
