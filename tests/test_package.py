"""What a user installs: the wheel holds everything, and works outside the repository."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

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
    for pattern in ("*.toml", "*.csv", "*.json", "*.md"):
        for path in (ROOT / "signatures").glob(pattern):
            assert f"classifier/signatures/{path.name}" in shipped
    assert not [name for name in shipped if name.startswith("classifier/signatures/make")]
    for pattern in ("*.j2", "*.css", "*.js", "*.toml", "py.typed"):
        for path in (ROOT / "classifier").rglob(pattern):
            assert path.relative_to(ROOT).as_posix() in shipped


def test_the_wheel_ships_every_module_and_no_tests(wheel):
    shipped = set(zipfile.ZipFile(wheel).namelist())
    for path in (ROOT / "classifier").rglob("*.py"):
        assert path.relative_to(ROOT).as_posix() in shipped
    assert not [name for name in shipped if name.startswith(("tests/", "samples/"))]


def test_an_installed_wheel_classifies_outside_the_repository(wheel, tmp_path):
    place = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(place)
    capture = ROOT / "samples" / "legacy-rpc" / "legacy-rpc.pcap"
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import classifier; "
        "assert classifier.__file__.startswith(sys.argv[1]); "
        "print(sorted(set(classifier.read(sys.argv[2]).flows['service'])))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(place), str(capture)],
        capture_output=True, text=True, cwd=tmp_path, check=True, timeout=120,
    )  # fmt: skip
    assert "'windows-rpc'" in done.stdout
