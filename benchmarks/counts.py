"""Compare what we count of captures with what others count of them.

    python benchmarks/counts.py FOLDER MANIFEST.csv TRUTH... [--engine NAME] [--against NAME]
                                [--only GLOB] [--list] [--json FILE] [--jobs N]

The manifest is a CSV with the columns ``name`` (path below FOLDER), ``linktypes``,
``frames_tshark``, ``tcp_conv``, ``udp_conv`` and ``sctp_conv``: what tshark counts. TRUTH are
files of JSON lines: streams of tshark, sessions of Arkime, conn logs of Zeek, blocks of pcapng
files (tallies.py says by which fields they are told apart). ``--against`` reads with a second
engine too and compares flow tables and capture health. Why counts may differ is in docs/engine.md.
"""

from __future__ import annotations

import argparse
import csv
import json
import signal
import sys
from collections import Counter, defaultdict
from fnmatch import fnmatch
from multiprocessing import Pool
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import tallies
import truth
from tallies import EQUAL, FEWER, MORE, ONE, Capture, Mark

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from classifier.analysis import Analysis

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

LIMIT_SECONDS = 300
CONVERSATIONS = {"tcp": 6, "udp": 17, "sctp": 132}
COLUMNS = (*truth.Ours.COLUMNS, "client_bytes", "server_bytes", "community_id")
HEALTH = ("frames", "outcomes", "first_frames", "partial", "captures", "warnings")


class Task(NamedTuple):
    """One capture to read, and what is said of it."""

    folder: Path
    expected: dict[str, str]
    lines: list[dict[str, Any]]
    engine: str
    against: str


def measure(task: Task) -> list[Mark]:
    """Read one capture and compare all that is known of it."""
    name, link_type = task.expected["name"], task.expected["linktypes"] or "none"
    analysis = read(task, task.engine)
    found = []
    if task.against:
        other = read(task, task.against)
        differing = engines(analysis, other)
        verdict = "differ" if differing else EQUAL
        found.append(Mark("engines", name, link_type, differing, verdict))
    if isinstance(analysis, str):
        return [*found, Mark("not read", name, link_type, "", analysis)]
    (file,) = analysis.capture_health.captures
    ours = Capture(
        name,
        link_type,
        truth.Ours.of(analysis.flows, COLUMNS).rows,
        analysis.capture_health.frames,
        len(file.interfaces),
    )
    return [*found, *totals(ours, task.expected), *tallies.marks(ours, task.lines)]


def read(task: Task, engine: str) -> Analysis | str:
    """The analysis, or why there is none."""
    import classifier

    signal.signal(signal.SIGALRM, too_long)
    signal.alarm(LIMIT_SECONDS)
    try:
        return classifier.read(task.folder / task.expected["name"], engine=engine)
    except Exception as error:  # noqa: BLE001  whatever happens is a result here
        return f"{type(error).__name__}: {str(error).replace(f'{task.folder}/', '')}"
    finally:
        signal.alarm(0)


def too_long(*_: object) -> NoReturn:
    """Give a capture up."""
    raise TimeoutError(f"more than {LIMIT_SECONDS} s")


def engines(one: Analysis | str, other: Analysis | str) -> str:
    """What two engines differ in: columns of the flow table, parts of the health."""
    if isinstance(one, str) or isinstance(other, str):
        said = [each if isinstance(each, str) else "read" for each in (one, other)]
        return "" if said[0] == said[1] else " / ".join(said)
    mine, theirs = one.flows, other.flows
    if len(mine) != len(theirs):
        return f"{len(mine)} / {len(theirs)} flows"
    differing = [name for name in mine if not mine[name].equals(theirs[name])]
    if not one.handed_out.equals(other.handed_out):
        differing.append("endpoints handed out")
    health, others = one.capture_health, other.capture_health
    differing += [name for name in HEALTH if getattr(health, name) != getattr(others, name)]
    return ", ".join(differing)


def totals(ours: Capture, expected: Mapping[str, str]) -> Iterator[Mark]:
    """Frames and conversations of one capture."""
    yield total("frames", ours, ours.frames, expected["frames_tshark"])
    for word, protocol in CONVERSATIONS.items():
        rows = [row for row in ours.rows if row["ip_protocol"] == protocol]
        ends = {tallies.row_ends(row) for row in rows}
        yield total(f"{word} flows", ours, len(rows), expected[f"{word}_conv"])
        yield total(f"{word} endpoints", ours, len(ends), expected[f"{word}_conv"])


def total(question: str, ours: Capture, mine: int, theirs: str) -> Mark:
    """One number; what nobody says differs from nothing."""
    if theirs:
        verdict = EQUAL if mine == int(theirs) else FEWER if mine < int(theirs) else MORE
    else:
        verdict = "nothing said"
    return Mark(question, ours.name, ours.link_type, "", verdict, str(mine), theirs)


def report(marks: Sequence[Mark], *, everything: bool) -> str:
    """All tables, one under the other, and what is not equal."""
    by_question = defaultdict(list)
    for mark in marks:
        by_question[mark.question].append(mark)
    parts = []
    for question, own in sorted(by_question.items()):
        parts += ["", *table(question, own)]
        if everything:
            parts += [f"  {mark}" for mark in own if mark.verdict not in (EQUAL, ONE)]
    return "\n".join(parts[1:])


def table(question: str, marks: Sequence[Mark]) -> Iterator[str]:
    """A line for each link type: sums of numbers where there are some, then verdicts."""
    numbers = all(mark.ours.isdigit() for mark in marks)
    verdicts = [word for word, _ in Counter(mark.verdict for mark in marks).most_common(8)]
    groups = defaultdict(list)
    for mark in marks:
        groups[mark.link_type].append(mark)
    sums = f" {'ours':>8} {'theirs':>8}" if numbers else ""
    yield f"{question:24.24} {'asked':>7}{sums}  " + "  ".join(f"{w:>9.60}" for w in verdicts)
    rows = sorted(groups.items(), key=lambda group: -len(group[1]))
    for name, own in [*rows, ("all", marks)]:
        counts = Counter(mark.verdict for mark in own)
        nothing = numbers and not any(int(mark.ours) for mark in own)
        if name != "all" and nothing and counts[EQUAL] == len(own):
            continue  # nothing there, and nobody says otherwise
        if numbers:
            theirs = sum(int(mark.theirs or 0) for mark in own)
            sums = f" {sum(int(mark.ours) for mark in own):8} {theirs:8}"
        yield f"  {name:22.22} {len(own):7}{sums}  " + "  ".join(
            f"{counts[word] or '.':>{max(9, min(60, len(word)))}}" for word in verdicts
        )


def lines_of(paths: Iterable[Path]) -> tuple[dict[str, list[dict[str, Any]]], Counter[str]]:
    """Lines of truth files by capture, and how many were passed over and why."""
    by_capture = defaultdict(list)
    passed: Counter[str] = Counter()
    for path in paths:
        for text in path.read_text(encoding="utf-8").splitlines():
            line = json.loads(text)
            kind = tallies.kind_of(line)
            if not kind:
                passed[f"{path.stem}: says nothing that is counted here"] += 1
            elif kind != tallies.BLOCKS and truth.ends(line) is None:
                passed[f"{path.stem}: no endpoints"] += 1
            else:
                by_capture[line["file"]].append(line)
    return by_capture, passed


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("truth", type=Path, nargs="*")
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--against", default="", metavar="NAME", help="a second engine")
    parser.add_argument("--only", default="*", metavar="GLOB", help="captures, by path in FOLDER")
    parser.add_argument("--list", action="store_true", help="show all that is not equal")
    parser.add_argument("--json", type=Path, metavar="FILE", help="every comparison, for machines")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    csv.field_size_limit(1 << 30)
    with options.manifest.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if fnmatch(row["name"], options.only)]
    said, passed = lines_of(options.truth)
    tasks = [
        Task(options.folder, row, said.get(row["name"], []), options.engine, options.against)
        for row in rows
    ]
    with Pool(options.jobs, maxtasksperchild=200) as pool:
        marks = [mark for found in pool.map(measure, tasks, chunksize=4) for mark in found]
    print(report(marks, everything=options.list))
    for reason, count in sorted(passed.items()):
        print(f"passed over: {reason}: {count} lines")
    if options.json:
        everything = [mark._asdict() for mark in marks]
        options.json.write_text(json.dumps(everything), encoding="utf-8")


if __name__ == "__main__":
    main()
