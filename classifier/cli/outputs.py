"""Where reports go, and what is said on stderr."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from classifier.cli.say import say
from classifier.errors import OutputError, UsageError
from classifier.reports import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from classifier.analysis import Analysis
    from classifier.pipeline import Options

__all__ = ["Target", "analysed", "plan", "save_endpoints", "warn", "write"]

STDOUT = "-"
_SUFFIX = {each.name: each.suffix for each in FORMATS}
_MOST_WARNINGS = 20


class Target(Struct, frozen=True):
    """One report and where it goes. ``path`` None is standard output."""

    report: str
    path: Path | None
    whole_folder: bool = False  # a CSV report in a folder brings all tables


def plan(
    reports: Sequence[str], output: str | None, captures: Sequence[str], flows: Path | None
) -> list[Target]:
    """Decide where each report goes, before anything is read.

    Raises:
        UsageError: Two reports on one terminal, or an output that would overwrite an input.
        OutputError: The folder cannot be made.
    """
    wanted = list(dict.fromkeys(reports))
    targets = _targets(wanted, output, captures)
    if sum(target.path is None for target in targets) > 1:
        raise UsageError(
            f"--report {' and '.join(wanted)}: only one report fits on the terminal; "
            "name a folder with -o"
        )
    for path in [target.path for target in targets] + [flows]:
        _refuse_input(path, captures)
    if flows is not None:
        from classifier.reports.write import FLOW_ENDINGS

        if flows.suffix.lower() not in FLOW_ENDINGS:
            raise UsageError(
                f"--flows {flows}: its ending must be one of {', '.join(FLOW_ENDINGS)}"
            )
    return targets


def _targets(wanted: Sequence[str], output: str | None, captures: Sequence[str]) -> list[Target]:
    if output == STDOUT or (output is None and "html" not in wanted):
        return [Target(name, None) for name in wanted]
    stem = _stem(captures)
    if output is None:
        return [
            Target(name, Path(stem + _SUFFIX[name]) if name == "html" else None) for name in wanted
        ]
    path = Path(output)
    if len(wanted) == 1 and not path.is_dir() and not output.endswith(os.sep):
        return [Target(wanted[0], path)]
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"{path}: cannot be made a folder: {error.strerror}; name another with -o"
        ) from error
    return [Target(name, path / (stem + _SUFFIX[name]), name == "csv") for name in wanted]


def _stem(captures: Sequence[str]) -> str:
    """A file name for reports: the capture's, with nothing in it that a shell could trip over."""
    name = Path(captures[0]).name if captures[0] != STDOUT else "stdin"
    for _ in range(2):  # capture.pcap.gz
        name = re.sub(r"\.(pcap|pcapng|cap|dmp|gz|bz2|xz|zst|lz4)$", "", name, flags=re.IGNORECASE)
    safe = re.sub(r"[^A-Za-z0-9._-]+", "_", name).strip("._-")[:100]
    return f"{safe or 'capture'}.report"


def _refuse_input(path: Path | None, captures: Sequence[str]) -> None:
    if path is None or not path.exists():
        return
    for capture in captures:
        if capture != STDOUT and Path(capture).exists() and path.samefile(capture):
            raise UsageError(f"{path}: is an input; it will not be overwritten, name another file")


def analysed(captures: Sequence[str], options: Options, *, quiet: bool) -> Analysis:
    """Read captures, or name a saved flow table again, and say what the reader must know."""
    from classifier.cli import options as words
    from classifier.cli import progress
    from classifier.pipeline import read, relabel

    if words.are_flow_tables(captures):
        analysis = relabel(captures, options)
    else:
        with progress.bar(shown=not quiet) as report:
            analysis = read(captures, options, report)
    if not quiet:
        warn(analysis)
    return analysis


def warn(analysis: Analysis) -> None:
    """Say on stderr what the reader must know about the inputs."""
    from classifier.reports.escape import visible

    lines = [str(warning) for warning in analysis.capture_health.warnings]
    for line in lines[:_MOST_WARNINGS]:
        say(f"classify: warning: {visible(line)}")
    if len(lines) > _MOST_WARNINGS:
        say(f"classify: {len(lines) - _MOST_WARNINGS} more warnings are in the report")


def write(
    analysis: Analysis, targets: Sequence[Target], flows: Path | None, *, quiet: bool
) -> None:
    """Render and write everything; files first, so that a closed pipe cannot cost them."""
    if flows is not None:
        from classifier.reports.write import write_flows

        write_flows(analysis.flow_table, flows)
        _wrote(flows, quiet=quiet)
    for target in sorted(targets, key=lambda target: target.path is None):
        if target.path is not None:
            _write_file(analysis, target, quiet=quiet)
        else:
            sys.stdout.buffer.writelines(_pieces(analysis, target.report, to_terminal=True))
            sys.stdout.flush()


def save_endpoints(analysis: Analysis, path: Path, captures: Sequence[str], *, quiet: bool) -> None:
    """Write the endpoint map."""
    from classifier.endpoints import known

    _refuse_input(path, captures)
    known.save(path, known.merged(analysis.endpoints))
    _wrote(path, quiet=quiet)


def _write_file(analysis: Analysis, target: Target, *, quiet: bool) -> None:
    from classifier.reports.write import write_pieces

    assert target.path is not None
    if target.whole_folder:
        from classifier.reports import csv

        for name in csv.TABLES:
            path = target.path.with_name(f"{target.path.stem}.{name}.csv")
            write_pieces(path, csv.lines(analysis.table(name)))
            _wrote(path, quiet=quiet)
        return
    write_pieces(target.path, _pieces(analysis, target.report, to_terminal=False))
    _wrote(target.path, quiet=quiet)


def _wrote(path: Path, *, quiet: bool) -> None:
    from classifier.reports.escape import visible

    if not quiet:
        say(f"wrote {visible(str(path))}")


def _pieces(analysis: Analysis, report: str, *, to_terminal: bool) -> Iterator[bytes | memoryview]:
    """A report, piece by piece; the terminal's fits its width and may be in colour."""
    if report == "text":
        from classifier.reports import text

        on_terminal = to_terminal and sys.stdout.isatty()
        colour = on_terminal and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
        columns = 100
        if on_terminal:
            from shutil import get_terminal_size

            columns = get_terminal_size((columns, 24)).columns
        told = text.render(analysis, columns=columns, colour=colour)
        yield told.encode("utf-8", "backslashreplace")
        return
    from classifier.reports import pieces

    yield from pieces(report, analysis)
