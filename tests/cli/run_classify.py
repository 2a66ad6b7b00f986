"""Run the command line as a user does.

In this process, because an interpreter and its imports cost a second each; the tests that are
about processes (pipes, full disks, imports) start their own.
"""

from __future__ import annotations

import io
import os
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from classifier.cli import run

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples"
OFFICE = SAMPLES / "office-domain-controller" / "office-domain-controller.pcap"
TROUBLE = SAMPLES / "office-trouble" / "office-trouble.pcap"


@dataclass(frozen=True)
class Done:
    """What came out of a run."""

    returncode: int
    stdout: str
    stderr: str


def classify(*arguments: str | Path, cwd: Path | None = None, stdin: bytes = b"") -> Done:
    """Run ``classify`` and return what came out. Raises whatever would be a traceback."""
    out, err, given = (io.TextIOWrapper(io.BytesIO(data), "utf-8") for data in (b"", b"", stdin))
    with (
        redirect_stdout(out),
        redirect_stderr(err),
        patch.object(sys, "stdin", given),
        chdir(cwd or Path.cwd()),
    ):
        code = run([str(argument) for argument in arguments])
    texts = []
    for stream in (out, err):
        stream.flush()
        texts.append(stream.buffer.getvalue().decode("utf-8", "replace"))
    return Done(code, *texts)


def environment() -> dict[str, str]:
    """For the tests that start a process: the package is found, warnings are errors."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}
