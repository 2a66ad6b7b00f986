"""The rules that keep the house in order, held by tests."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import classifier
from classifier.model import VERSION

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "classifier"
MODULES = sorted(PACKAGE.rglob("*.py"))

# A stage may import what stands on its left, and itself. Everything may import what is in FREE.
ORDER = (
    "catalogue", "engine", "sources", "flows", "payload", "endpoints", "hosts", "evidence",
    "verdict", "policy", "findings", "tables", "grounds", "explain", "analysis", "pipeline",
    "reports", "cli",
)  # fmt: skip
FREE = (
    "beside",
    "compiled",
    "distinct",
    "errors",
    "expressions",
    "grouping",
    "lookup",
    "model",
    "pairs",
    "table",
    "toml_places",
    "visible",
)


def stage(module: Path) -> str:
    """The stage that a module belongs to."""
    return module.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(module: Path) -> set[str]:
    """The stages that a module imports, wherever it does so, types included."""
    found = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("classifier"):
            parts = node.module.split(".")
            found |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            for alias in node.names:
                parts = alias.name.split(".")
                if parts[0] == "classifier" and len(parts) > 1:
                    found.add(parts[1])
    return found


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_arrows_point_one_way(module):
    own = stage(module)
    if own not in ORDER:
        return
    later = {
        other
        for other in imports(module)
        if other in ORDER and ORDER.index(other) > ORDER.index(own)
    }
    assert not later, f"{own} imports later stages: {later}"


def test_every_stage_is_in_the_order():
    known = {*ORDER, *FREE, "__init__", "__main__", "py"}
    assert {stage(module) for module in MODULES} <= known


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_file_grows_beyond_400_lines(module):
    assert len(module.read_text(encoding="utf-8").splitlines()) <= 400


def test_the_public_names_are_ten_at_most_and_exist():
    assert len(classifier.__all__) <= 10
    for name in classifier.__all__:
        assert getattr(classifier, name) is not None


def test_the_version_is_that_of_the_project():
    with (ROOT / "pyproject.toml").open("rb") as file:
        assert tomllib.load(file)["project"]["version"] == VERSION


def test_reading_a_capture_imports_no_pandas():
    capture = ROOT / "samples" / "office-trouble" / "office-trouble.pcap"
    code = (
        f"import sys, classifier; found = classifier.read({str(capture)!r}); "
        "assert len(found.flow_table) and found.findings; "
        "print({'pandas', 'pyarrow', 'numpy.ma', 'importlib.metadata'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.strip() == "set()"


ONLY_SOMETIMES = {
    # numpy asks it about masks, in np.unique and np.isin: classifier.distinct has the two
    "numpy.ma",
    # a data frame is made when somebody asks for one
    "pandas", "pyarrow",
    # a cold start: the catalogue and the policy are read, checked and compiled, then kept
    "tomllib", "tempfile", "classifier.expressions", "classifier.catalogue.build",
    "classifier.catalogue.check", "classifier.catalogue.compile", "classifier.catalogue.merge",
    "classifier.catalogue.read",
    # a mistake in a file, or a word that is looked up
    "classifier.toml_places", "classifier.catalogue.lookup", "classifier.catalogue.answers",
    # another output
    "jinja2", "secrets", "shutil", "classifier.explain", "classifier.reports.sections",
    "classifier.reports.write",
    # nothing at all: msgspec has what they do in a hundredth of the time
    "dataclasses", "json", "logging",
}  # fmt: skip


def test_a_report_on_a_small_capture_imports_nothing_that_only_some_need(tmp_path):
    capture = ROOT / "samples" / "office-trouble" / "office-trouble.pcap"
    code = (
        "import sys; from classifier.cli import run; "
        f"assert run([{str(capture)!r}, '--report', 'json']) == 0; "
        "print(*sys.modules, file=sys.stderr)"
    )
    for _ in ("cold", "warm"):
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            cwd=ROOT,
            check=True,
            env={**os.environ, "XDG_CACHE_HOME": str(tmp_path), "CLASSIFY_SIGNATURES": ""},
        )
    assert '"flows":' in done.stdout
    assert sorted(ONLY_SOMETIMES & set(done.stderr.split())) == []


def test_nouns_are_structs_and_no_dataclasses():
    """Frozen Structs: one is made in 0.03 ms, a dataclass in 1.3 ms, and both on every start."""
    assert [module for module in MODULES if "dataclasses" in module.read_text("utf-8")] == []


def test_no_module_is_called_after_nothing():
    assert not {module.stem for module in MODULES} & {"utils", "helpers", "common", "misc"}


def test_importing_the_package_imports_neither_pandas_nor_numpy():
    code = "import classifier, sys; print({'pandas', 'numpy', 'dpkt'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.strip() == "set()"


def test_every_public_module_says_what_it_is():
    for module in MODULES:
        tree = ast.parse(module.read_text(encoding="utf-8"))
        assert ast.get_docstring(tree), module
