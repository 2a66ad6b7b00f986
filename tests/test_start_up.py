"""What a run imports, and when: most of what a small capture costs is paid before it is read."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from wire import A4, ACK, B4, START, SYN, ethernet, ipv4, pcap, tcp

if TYPE_CHECKING:
    from pathlib import Path

CODE = """
import json, sys
from classifier.engine import ahead
begin, at_begin = ahead.ReadAhead.__enter__, []
def enter(self):
    at_begin.extend(sys.modules)
    return begin(self)
ahead.ReadAhead.__enter__ = enter
from classifier.cli import run
code = run([sys.argv[1], "--report", "json", "-q"])
json.dump([code, at_begin, list(sys.modules)], sys.stderr)
"""
needs_native = pytest.mark.skipif(not find_spec("classifier._native"), reason="not built here")


@pytest.fixture(scope="module")
def modules(tmp_path_factory) -> dict[str, set[str]]:
    """The modules that were imported when reading began, and at the end of the run."""
    capture: Path = tmp_path_factory.mktemp("start") / "web.pcap"
    frames = [
        ethernet(ipv4(tcp(50_000, 80, flags=SYN), A4, B4, protocol=6)),
        ethernet(ipv4(tcp(80, 50_000, flags=SYN | ACK), B4, A4, protocol=6)),
        ethernet(ipv4(tcp(50_000, 80, b"GET / HTTP/1.1\r\n\r\n", seq=2), A4, B4, protocol=6)),
    ]
    capture.write_bytes(pcap([(START + n, frame) for n, frame in enumerate(frames)]))
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(capture)], capture_output=True, text=True, check=True
    )
    code, begin, end = json.loads(done.stderr)
    assert code == 0
    assert "classifier.engine.native" in begin
    assert json.loads(done.stdout)["flows"]
    return {"begin": set(begin), "end": set(end)}


@needs_native
def test_reading_begins_before_numpy_and_the_knowledge_are_imported(modules) -> None:
    later = "numpy", "pandas", "classifier.catalogue", "classifier.policy", "classifier.flows"
    assert not modules["begin"] & set(later)


@needs_native
def test_no_reader_of_a_protocol_is_imported_that_nobody_speaks(modules) -> None:
    endpoints = {name for name in modules["end"] if name.startswith("classifier.endpoints.")}
    stages = {"announcement", "index", "known", "learned", "listen", "matching", "settle"}
    declared = {"protocol", "registry"}
    assert endpoints <= {f"classifier.endpoints.{name}" for name in stages | declared}


@needs_native
def test_patterns_that_are_shipped_are_not_checked_again(modules) -> None:
    assert not modules["end"] & {"classifier.engine.patterns", "classifier.engine.portable"}


@needs_native
def test_what_few_runs_need_is_imported_by_none(modules) -> None:
    heavy = {"numpy.ma", "pandas", "jinja2", "dataclasses", "concurrent.futures", "logging"}
    heavy |= {"click", "socket", "hashlib", "tempfile", "difflib", "shlex"}
    assert not modules["end"] & heavy
