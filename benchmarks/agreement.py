"""Score the names of flows against what others know of the same captures.

    python benchmarks/agreement.py FOLDER TRUTH... [--only GLOB] [--list] [--json FILE] [--jobs N]

TRUTH are files of JSON lines (see truth.py), one flow a line; what a line says decides what is
asked: ``kind``, ``bind_uuids`` and ``epm_uuids`` of Windows RPC, ``label`` or ``labels`` that
another tool took from the payload, ``apps`` of tshark for what control traffic announces (FTP data,
TFTP, RTP, and GRE between the hosts of a PPTP call). ``labels.toml`` maps their names to ours.

Shares are printed per capture, as the mean over captures (``macro``: one scan in one capture must
not swamp all others) and over all flows (``pooled``). A flow that we do not have counts as a miss.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections import Counter, defaultdict
from fnmatch import fnmatch
from multiprocessing import Pool
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, NoReturn

import truth
from marks import MISSING, Knowledge, Mark, marks
from scores import report

if TYPE_CHECKING:
    from collections.abc import Sequence

LIMIT_SECONDS = 120
BENCHMARKS = Path(__file__).resolve().parent
sys.path.insert(0, str(BENCHMARKS.parent))
INTERFACES = BENCHMARKS.parent / "signatures" / "dcerpc-interfaces.csv"


class Task(NamedTuple):
    """One capture to read, and what to ask of it."""

    path: Path
    truths: list[truth.TruthFlow]
    knowledge: Knowledge


class Answer(NamedTuple):
    """The marks of one capture, and why it could not be read, if so."""

    marks: list[Mark]
    unread: str


def score(task: Task) -> Answer:
    """Classify one capture and mark it. What cannot be read misses all its flows."""
    import classifier

    signal.signal(signal.SIGALRM, too_long)
    signal.alarm(LIMIT_SECONDS)
    unread = ""
    try:
        analysis = classifier.read(task.path)
        ours = truth.Ours.of(analysis.flows)
        entries = {entry.id: entry for entry in analysis.catalogue.services}
    except Exception as error:  # noqa: BLE001  whatever happens is a result here
        unread = f"{type(error).__name__}: {str(error).replace(f'{task.path.parent}/', '')}"
        ours, entries = truth.Ours([]), {}
    finally:
        signal.alarm(0)
    return Answer(list(marks(task.truths, ours, task.knowledge, entries)), unread)


def too_long(*_: object) -> NoReturn:
    """Give a capture up."""
    raise TimeoutError(f"more than {LIMIT_SECONDS} s")


def tasks(
    folder: Path, truths: Sequence[truth.TruthFlow], knowledge: Knowledge, only: str
) -> list[Task]:
    """One for each capture of which something is asked."""
    by_capture = defaultdict(list)
    for flow in truths:
        asked = flow.question != truth.APPS or knowledge.announces(flow.line)
        if asked and fnmatch(flow.capture, only):
            by_capture[flow.capture].append(flow)
    return [Task(folder / name, flows, knowledge) for name, flows in sorted(by_capture.items())]


def machine_readable(marks: Sequence[Mark], unread: dict[str, str]) -> dict[str, object]:
    """Every mark, and the captures that could not be read."""
    return {
        "unread": unread,
        "flows": [
            {
                "truth": mark.truth.source,
                "question": mark.truth.question,
                "said": mark.word,
                "verdict": mark.verdict,
                "line": mark.truth.line,
                "ours": mark.ours,
            }
            for mark in marks
        ],
    }


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("truth", type=Path, nargs="+")
    parser.add_argument("--only", default="*", metavar="GLOB", help="captures, by path in FOLDER")
    parser.add_argument("--list", action="store_true", help="show every flow that is not right")
    parser.add_argument("--json", type=Path, metavar="FILE", help="every flow, for machines")
    parser.add_argument("--labels", type=Path, default=BENCHMARKS / "labels.toml")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    knowledge = Knowledge.read(options.labels, INTERFACES)
    truths, passed = truth.read(options.truth)
    work = tasks(options.folder, truths, knowledge, options.only)
    with Pool(options.jobs, maxtasksperchild=200) as pool:
        answers = pool.map(score, work, chunksize=4)
    order = [path.stem for path in options.truth]
    found = [mark for answer in answers for mark in answer.marks]
    found.sort(key=lambda mark: order.index(mark.truth.source))
    unread = {
        task.truths[0].capture: answer.unread
        for task, answer in zip(work, answers, strict=True)
        if answer.unread
    }
    print(report(found, everything=options.list))
    for name, reason in unread.items():
        print(f"not read: {name}: {reason}")
    for reason, count in sorted(passed.items()):
        print(f"passed over: {reason}: {count} lines")
    missing = Counter(m.truth.source for m in found if m.verdict == MISSING)
    print("flows that we do not have:", dict(missing) or "none")
    if options.json:
        options.json.write_text(json.dumps(machine_readable(found, unread)), encoding="utf-8")


if __name__ == "__main__":
    main()
