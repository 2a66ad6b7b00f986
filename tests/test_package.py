"""What a user installs: the wheel holds everything, and works outside the repository."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built from a copy, so that nothing is left in the repository."""
    folder = tmp_path_factory.mktemp("wheel")
    tracked = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z", "classifier", "signatures",
         "pyproject.toml", "setup.py", "README.md", "LICENSE", "rust"],
        cwd=ROOT, capture_output=True, check=True,
    ).stdout.decode().split("\0")  # fmt: skip
    source = folder / "source"
    for name in filter(None, tracked):
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation",
         "--wheel-dir", str(folder), str(source)],
        check=True, timeout=600,
    )  # fmt: skip
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_ships_every_signature_and_template(wheel):
    shipped = set(zipfile.ZipFile(wheel).namelist())
    for pattern in ("*.toml", "payload/*.toml", "*.csv", "*.json", "*.md"):
        for path in (ROOT / "signatures").glob(pattern):
            assert f"classifier/{path.relative_to(ROOT).as_posix()}" in shipped
    assert not [name for name in shipped if name.startswith("classifier/signatures/make")]
    for pattern in ("*.j2", "*.css", "*.js", "*.toml", "py.typed"):
        for path in (ROOT / "classifier").rglob(pattern):
            assert path.relative_to(ROOT).as_posix() in shipped


def test_the_wheel_ships_every_module_and_no_tests(wheel):
    shipped = set(zipfile.ZipFile(wheel).namelist())
    for path in (ROOT / "classifier").rglob("*.py"):
        assert path.relative_to(ROOT).as_posix() in shipped
    assert not [name for name in shipped if name.startswith(("tests/", "samples/"))]


def test_an_installed_wheel_classifies_in_a_clean_environment(wheel, tmp_path):
    """Installed by pip into an environment that holds nothing else of the project.

    What it depends on is lent by a path file, so that the test needs no network.
    """
    place = tmp_path / "clean"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place)], check=True)
    python = place / "bin" / "python"
    packages = next((place / "lib").glob("python3*")) / "site-packages"
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps",
         "--no-index", str(wheel)],
        check=True, timeout=300,
    )  # fmt: skip
    lent = Path(pd.__file__).parent.parent
    (packages / "lent.pth").write_text(f"{lent}\n")
    capture = ROOT / "samples" / "legacy-rpc" / "legacy-rpc.pcap"
    done = subprocess.run(
        [place / "bin" / "classify", str(capture), "--report", "json", "--quiet"],
        capture_output=True, cwd=tmp_path, check=True, timeout=120,
    )  # fmt: skip
    report = json.loads(done.stdout)
    assert "windows-rpc/drsuapi" in {flow["service"] for flow in report["flows"]}
    assert report["health"]["engine"] == "native" or "CI" not in os.environ
    where = subprocess.run(
        [python, "-c", "import classifier; print(classifier.__file__)"],
        capture_output=True, text=True, cwd=tmp_path, check=True, timeout=120,
    )  # fmt: skip
    assert where.stdout.startswith(str(packages))


def test_the_wheel_serves_every_python_from_3_11(wheel):
    assert "-cp311-abi3-" in wheel.name or "CI" not in os.environ
