"""Loading: where the files are, the cache, overlays, and what import costs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from overlay import OVERLAY

from classifier.catalogue import load
from classifier.catalogue.assemble import load_folder
from classifier.catalogue.cache import cache_folder, recall, remember
from classifier.catalogue.locate import signature_files, signature_folder
from classifier.errors import CatalogueError

if TYPE_CHECKING:
    from classifier.catalogue import Catalogue

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def overlay(tmp_path: Path) -> Path:
    file = tmp_path / "site.toml"
    file.write_text(OVERLAY, encoding="utf-8")
    return file


def cached() -> list[Path]:
    return sorted(cache_folder().glob("catalogue-*.msgpack"))


def test_a_bare_clone_finds_the_files_beside_the_package(tmp_path: Path) -> None:
    shutil.copytree(
        ROOT / "classifier" / "catalogue",
        tmp_path / "clone" / "classifier" / "catalogue",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    for name in ("errors.py", "model.py"):
        shutil.copy(ROOT / "classifier" / name, tmp_path / "clone" / "classifier" / name)
    shutil.copytree(ROOT / "signatures", tmp_path / "clone" / "signatures")
    code = "from classifier.catalogue import load; print(load().get('kerberos').name)"
    out = subprocess.run(
        [sys.executable, "-P", "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "clone")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert out.stdout == "Kerberos\n"


def test_an_installed_package_finds_the_files_inside_itself(tmp_path: Path) -> None:
    inside, beside = tmp_path / "classifier" / "signatures", tmp_path / "signatures"
    for folder in (inside, beside):
        folder.mkdir(parents=True)
        (folder / "catalogue.toml").touch()
    assert signature_folder(tmp_path / "classifier") == inside


def test_a_package_without_files_says_where_it_looked(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=r"no signature files here nor in .*install"):
        signature_folder(tmp_path / "classifier")


def test_the_date_and_the_digest_name_the_catalogue() -> None:
    one, two = load(), load()
    assert one.digest == two.digest
    assert len(one.digest) == 16
    assert one.date >= "2026-11-21"


def test_a_change_of_a_file_changes_the_digest_and_is_seen(tmp_path: Path) -> None:
    folder = tmp_path / "signatures"
    shutil.copytree(signature_folder(), folder)
    before = load_folder(folder)
    (folder / "site.toml").write_text(OVERLAY, encoding="utf-8")
    after = load_folder(folder)
    assert before.digest != after.digest
    assert "badge-reader" in after.codes
    assert "badge-reader" not in before.codes


def test_a_second_load_reads_the_cache_and_gives_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    cold = load()
    assert len(cached()) == 1
    monkeypatch.setattr("classifier.catalogue.build.build", None)
    warm = load()
    assert warm.services == cold.services
    assert warm.bands == cold.bands
    assert warm.ip_protocol_names == cold.ip_protocol_names
    assert (warm.date, warm.digest, warm.flags) == (cold.date, cold.digest, cold.flags)


@pytest.mark.parametrize("garbage", [b"", b"\x00\xff", b"\x90", b"\x92\x80\x80"])
def test_a_broken_cache_is_ignored_and_mended(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, garbage: bytes
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    load()
    (file,) = cached()
    whole = file.read_bytes()
    file.write_bytes(garbage)
    assert load().get("kerberos").name == "Kerberos"
    assert file.read_bytes() == whole


def test_a_cache_folder_that_cannot_be_made_is_no_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert load().get("kerberos").name == "Kerberos"


def test_the_cache_leaves_nothing_half_written_and_does_not_grow(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "signatures"
    folder.mkdir()
    shutil.copy(signature_folder() / "catalogue.toml", folder)
    for number in range(12):
        text = OVERLAY.replace("40404", str(41000 + number))
        (folder / "site.toml").write_text(text, encoding="utf-8")
        load_folder(folder)
    assert len(cached()) == 8
    assert set(cache_folder().iterdir()) == set(cached())


def test_an_overlay_adds_entries(overlay: Path) -> None:
    catalogue = load([overlay])
    row = catalogue.ports.row("tcp", 40404)
    assert catalogue.ids[catalogue.ports.service["tcp"][row][0]] == "badge-reader"
    assert catalogue.notes == []
    assert catalogue.digest != load().digest


def test_an_overlay_replaces_an_entry_and_says_so(overlay: Path) -> None:
    overlay.write_text(OVERLAY.replace("badge-reader", "ssh"), encoding="utf-8")
    catalogue = load([overlay])
    assert catalogue.get("ssh").name == "Badge readers"
    assert catalogue.code("ssh") == load().code("ssh"), "codes of other entries stay"
    assert catalogue.notes == [f"{overlay}: entry ssh replaces the shipped one"]
    row = catalogue.ports.row("tcp", 22)
    assert row.start == row.stop, "the claim of the replaced entry is gone"


def test_the_last_overlay_wins(tmp_path: Path, overlay: Path) -> None:
    second = tmp_path / "second.toml"
    second.write_text(OVERLAY.replace("40404", "40405"), encoding="utf-8")
    catalogue = load([overlay, second])
    assert catalogue.get("badge-reader").port[0].ports == (40405,)
    assert catalogue.notes == [f"{second}: entry badge-reader replaces the one of {overlay}"]


def test_loading_imports_neither_pandas_nor_numpy() -> None:
    code = (
        "import sys; from classifier.catalogue import load; load().describe('tcp', 88);"
        "print(sorted({'pandas', 'numpy'} & set(sys.modules)))"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert out.stdout == "[]\n"


def test_files_are_read_in_the_order_of_their_names() -> None:
    folder = signature_folder()
    names = [file.relative_to(folder).as_posix() for file in signature_files(folder)]
    assert names == sorted(names, key=lambda name: ("/" in name, name))
    assert {"catalogue.toml", "dynamic-ranges.toml", "ip-protocols.toml"} < set(names)


def test_a_cache_that_others_may_write_is_not_trusted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    load()
    (file,) = cached()
    key = file.name.removesuffix(".msgpack")
    assert recall(key) is not None
    file.chmod(0o620)
    assert recall(key) is None
    load()
    assert file.stat().st_mode & 0o777 == 0o600, "written again"


def test_a_cache_with_a_flipped_bit_is_not_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    load()
    (file,) = cached()
    whole = file.read_bytes()
    for place in (0, 40, len(whole) // 2, len(whole) - 1):
        flipped = bytearray(whole)
        flipped[place] ^= 4
        file.write_bytes(flipped)
        assert load().get("kerberos").name == "Kerberos"
        assert file.read_bytes() == whole


def test_a_whole_cache_of_another_form_is_not_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    load()
    (file,) = cached()
    key = file.name.removesuffix(".msgpack")
    whole = file.read_bytes()
    remember(key, b"\x93\x01\x02\x03")
    assert load().get("kerberos").name == "Kerberos"
    assert file.read_bytes() == whole


def test_an_entry_is_unpacked_when_it_is_asked_for(catalogue: Catalogue) -> None:
    loaded = load()
    assert loaded.get("kerberos") == catalogue.get("kerberos")
    assert loaded.get("kerberos") is loaded.get("kerberos")
    assert loaded.services[-1] == list(loaded.services)[-1]
    assert loaded.services[1:3] == (loaded.services[1], loaded.services[2])
    with pytest.raises(IndexError):
        loaded.services[len(loaded.services)]
