"""The README is run: its session is real, its Python works, its links lead somewhere."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "cli"))

from run_classify import classify  # noqa: E402  beside the command line's tests

README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_the_session_is_what_the_command_prints():
    command, *shown = blocks("console")[0].splitlines()
    assert command.startswith("$ classify ")
    done = classify(*command.split()[2:], cwd=ROOT)
    printed = iter([line.rstrip() for line in done.stdout.splitlines()])
    for line in shown:
        if line != "…":
            assert line in printed, f"no longer printed, or in another order: {line!r}"


def test_every_option_in_the_examples_exists():
    commands = (), ("explain",), ("lookup",), ("services", "requirements"), ("signatures", "check")
    help_text = "".join(classify(*command, "--help").stdout for command in commands)
    for option in set(re.findall(r"(?<=\s)--[a-z-]+", "\n".join(blocks("console")))):
        assert option in help_text


def test_the_python_example_runs(monkeypatch):
    monkeypatch.chdir(ROOT)
    exec(compile(blocks("python")[0], "README.md", "exec"), {})


def test_links_lead_to_files():
    for document in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for link in re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text(encoding="utf-8")):
            if "://" not in link:
                assert (document.parent / link).exists(), f"{document.name}: {link}"


def test_make_targets_that_the_readme_names_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"\bmake ([a-z]+)\b", README)) - {"and"}:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
