"""A start reads no signature file that has not changed, and every one that may have."""

from __future__ import annotations

import os
import shutil
import time
from typing import TYPE_CHECKING

import pytest
from overlay import OVERLAY

from classifier.catalogue import stamp as stamps
from classifier.catalogue.assemble import load_folder
from classifier.catalogue.cache import cache_folder
from classifier.catalogue.locate import signature_folder
from classifier.catalogue.stamp import stamp
from classifier.errors import CatalogueError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Signature files that count as old, and an empty cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(stamps, "SETTLED", 0.0)
    copy = tmp_path / "signatures"
    shutil.copytree(signature_folder(), copy)
    (copy / "site.toml").write_text(OVERLAY, encoding="utf-8")
    time.sleep(0.02)  # a clock tick of the file system
    return copy


def test_a_warm_start_reads_no_signature_file(folder, monkeypatch) -> None:
    cold = load_folder(folder)
    monkeypatch.setattr("classifier.catalogue.assemble.read_bytes", None)  # to read is an error
    warm = load_folder(folder)
    assert warm.digest == cold.digest
    assert warm.ids == cold.ids
    assert warm.bulk.registry.claims == cold.bulk.registry.claims, "tables are read when asked for"


def test_a_change_of_the_same_length_is_seen(folder) -> None:
    before = load_folder(folder)
    file = folder / "site.toml"
    facts = file.stat()
    file.write_text(OVERLAY.replace("badge-reader", "badge-writer"), encoding="utf-8")
    os.utime(file, ns=(facts.st_atime_ns, facts.st_mtime_ns))  # as some tools do
    after = load_folder(folder)
    assert "badge-writer" in after.codes
    assert before.digest != after.digest


def test_a_file_that_goes_or_comes_is_seen(folder) -> None:
    before = load_folder(folder)
    (folder / "site.toml").unlink()
    assert "badge-reader" not in load_folder(folder).codes
    (folder / "site.toml").write_text(OVERLAY, encoding="utf-8")
    assert load_folder(folder).digest == before.digest


def test_what_changed_just_now_is_read_each_time(folder, monkeypatch) -> None:
    monkeypatch.setattr(stamps, "SETTLED", 3600.0)
    load_folder(folder)
    assert not list(cache_folder().glob("stamp-*"))
    monkeypatch.setattr("classifier.catalogue.assemble.read_bytes", None)
    with pytest.raises(TypeError):
        load_folder(folder)


def test_a_stamp_whose_catalogue_is_gone_is_made_again(folder) -> None:
    whole = load_folder(folder)
    for file in cache_folder().glob("catalogue-*"):
        file.unlink()
    assert load_folder(folder).ids == whole.ids
    assert len(list(cache_folder().glob("catalogue-*"))) == 1


@pytest.mark.parametrize("garbage", [b"", b"\x93\x01", b"\0\0\0\0\x93\xc4\x01x\xa1x\xa1x"])
def test_a_damaged_stamp_is_not_believed(folder, garbage) -> None:
    whole = load_folder(folder)
    (file,) = cache_folder().glob("stamp-*")
    file.write_bytes(garbage)
    assert load_folder(folder).digest == whole.digest


def test_an_overlay_that_is_missing_is_an_error_as_before(folder) -> None:
    load_folder(folder)
    with pytest.raises(CatalogueError, match="cannot be read"):
        load_folder(folder, [folder / "nowhere.toml"])


def test_the_order_of_overlays_is_part_of_it(folder, tmp_path) -> None:
    files = []
    for name in ("One", "Two"):
        files.append(tmp_path / f"{name}.toml")
        files[-1].write_text(OVERLAY.replace("Badge readers", name), encoding="utf-8")
    time.sleep(0.02)
    for order in (files, files[::-1], files):
        assert load_folder(folder, order).get("badge-reader").name == order[-1].stem


def test_there_is_no_stamp_of_what_is_not_there(tmp_path) -> None:
    assert stamp([tmp_path / "nowhere"]) is None
    assert stamp([]) == ""
