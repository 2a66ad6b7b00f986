"""The help is a document: it is golden, complete, and answers without pandas."""

from __future__ import annotations

import subprocess
import sys

import click
from run_classify import ROOT, classify

from classifier.cli.commands import COMMANDS, MAIN_JOB
from classifier.cli.group import MainJobGroup
from classifier.cli.main_job import command

DOCS = (ROOT / "README.md", ROOT / "docs" / "cli.md")


def test_the_help_is_as_documented():
    shown = classify("--help").stdout
    documented = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert shown.strip() in documented, "run: classify --help, and put it into docs/cli.md"


def test_every_option_is_explained_in_the_docs():
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8").split("## Options")[1]
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert any(f"`{name}" in text for name in parameter.opts), parameter.opts


def test_help_imports_neither_pandas_nor_numpy():
    code = (
        "import sys\n"
        "from classifier.cli import run\n"
        "assert run(['--help']) == 0\n"
        "print([m for m in ('pandas', 'numpy', 'jinja2', 'dpkt', 'pyshark') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_further_command_fits_beside_the_main_job():
    group = MainJobGroup(name="classify")

    @group.command("further")
    @click.argument("term")
    def further(term: str) -> str:
        return f"looked up {term}"

    result = group.main(["further", "135"], prog_name="classify", standalone_mode=False)
    assert result == "looked up 135"


def test_the_main_job_is_registered_first_and_imports_late():
    assert COMMANDS[0][0] == MAIN_JOB
