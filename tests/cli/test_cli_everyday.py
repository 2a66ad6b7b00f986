"""What is understood without click is what click understands, and all else is left to it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st
from run_classify import OFFICE, ROOT, environment

from classifier.cli import everyday as plain
from classifier.cli.everyday import everyday
from classifier.cli.group import called
from classifier.cli.job import Job
from classifier.cli.main_job import command
from classifier.errors import ClassifierError

if TYPE_CHECKING:
    from pathlib import Path

WORDS = (
    *plain.VALUES, *plain.FLAGS, "--max-flows", "--help", "--version", "--rep", "-", "--", "-qo",
    "-o-", "", "--output=", "--report=json", "--engine=auto", "--flows=a.csv", "-o=x", "json",
    "html", "auto", "high", "tcp=60", "a.pcap", "explain", "main-job", "modern", "7", "é",
    str(ROOT), str(ROOT / "README.md"), "\udcff",
)  # fmt: skip


@given(st.lists(st.sampled_from(WORDS), max_size=6))
def test_what_is_understood_is_what_click_understands(arguments) -> None:
    arguments = ["a.pcap", *arguments]
    job = everyday(arguments)
    if job is not None:
        assert job == called(arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        ["a.pcap"],
        ["-"],
        ["a.pcap", "b.pcap", "--report", "json", "-q"],
        ["--report=json", "--report", "html", "-o", "out", "a.pcap"],
        ["a.pcap", "--flows", "new.csv", "--engine", "native", "--fail-on", "high", "--strict"],
        ["a.pcap", "--policy", str(ROOT / "README.md"), "--rpc-range", "legacy"],
        ["a.pcap", "--timeout", "tcp=60", "--timeout=udp=5", "--signatures", "new.toml", "--quiet"],
    ],
)
def test_what_is_plain_is_understood(arguments) -> None:
    job = everyday(arguments)
    assert job is not None
    assert job == called(arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        [],
        [""],
        ["--report", "json"],
        ["a.pcap", "--report", "word"],
        ["a.pcap", "--report"],
        ["a.pcap", "--report", "--quiet"],
        ["a.pcap", "--engine", "auto", "--engine", "native"],
        ["a.pcap", "--flows", str(ROOT)],
        ["a.pcap", "--max-flows", "7"],
        ["a.pcap", "-qo", "x"],
        ["a.pcap", "-o=x"],
        ["a.pcap", "--", "b.pcap"],
    ],
)
def test_what_is_not_plain_is_left_to_click(arguments) -> None:
    assert everyday(arguments) is None


def test_a_file_that_may_not_be_read_is_left_to_click(tmp_path: Path) -> None:
    link = tmp_path / "policy.toml"
    link.symlink_to(tmp_path / "nowhere")
    assert everyday(["a.pcap", "--policy", str(link)]) is None


def test_defaults_are_those_of_the_options() -> None:
    job = called(["a.pcap"])
    assert job == Job(captures=("a.pcap",))
    assert {each.name for each in command.params} - {"version"} == set(Job.__struct_fields__)


def test_options_are_called_as_click_calls_them() -> None:
    names = {
        name: each.name
        for each in command.params
        if isinstance(each, click.Option)
        for name in each.opts
    }
    assert {**plain.VALUES, **plain.FLAGS}.items() <= names.items()
    multiple = {each.name for each in command.params if getattr(each, "multiple", False)}
    assert multiple & set(plain.VALUES.values()) == plain.REPEATED


def test_mistakes_have_clicks_words() -> None:
    with pytest.raises(ClassifierError, match="Invalid value for '--report'") as error:
        called(["a.pcap", "--report", "word"])
    assert error.value.exit_code == 2


def test_a_plain_run_imports_no_click() -> None:
    code = (
        "import sys\n"
        "from classifier.cli import run\n"
        f"code = run([{str(OFFICE)!r}, '--report', 'json', '-o', '-'])\n"
        "print(code, 'click' in sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment(), check=True
    )
    assert json.loads(done.stdout)["flows"]
    assert done.stderr.splitlines()[-1] == "0 False"
