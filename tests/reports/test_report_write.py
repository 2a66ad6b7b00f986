from __future__ import annotations

import csv
import importlib.util
import json
import os
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from report_cases import few, hostile, office

from classifier.errors import OutputError, UsageError
from classifier.reports import write
from classifier.reports.write import write_flows, write_pieces, write_text_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def umask() -> Iterator[None]:
    before = os.umask(0o027)
    yield
    os.umask(before)


def left(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def test_text_arrives_byte_for_byte(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    write_text_atomically(path, "a\r\nü漢\n")
    assert path.read_bytes() == "a\r\nü漢\n".encode()
    assert left(tmp_path) == ["report.csv"]


def test_a_path_may_be_text(tmp_path: Path) -> None:
    write_text_atomically(str(tmp_path / "a.txt"), "x")
    assert left(tmp_path) == ["a.txt"]


def test_an_old_report_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    path.write_text("old and much longer")
    write_text_atomically(path, "new")
    assert path.read_text() == "new"


@pytest.mark.usefixtures("umask")
def test_permissions_are_those_of_a_new_file(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    write_text_atomically(path, "x")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_failure_while_writing_leaves_the_old_report_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.txt"
    path.write_text("old")

    def full(_: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(write, "_opened", full)
    with pytest.raises(OutputError, match=r"report\.txt: cannot be written: no space left.*; free"):
        write_text_atomically(path, "new")
    assert left(tmp_path) == ["report.txt"]
    assert path.read_text() == "old"


def test_an_interruption_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(write, "_opened", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_text_atomically(tmp_path / "report.txt", "new")
    assert left(tmp_path) == []


def test_a_failing_rename_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(self: Path, target: Path) -> None:
        raise PermissionError(13, "Permission denied", str(self), None, str(target))

    monkeypatch.setattr(Path, "replace", refused)
    with pytest.raises(OutputError, match=r"permission denied; name a path that you may write"):
        write_text_atomically(tmp_path / "report.txt", "new")
    assert left(tmp_path) == []


def test_a_missing_directory_is_named_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "none" / "report.txt"
    with pytest.raises(OutputError, match="no such file or directory; create the directory"):
        write_text_atomically(path, "x")


def test_a_file_in_place_of_a_directory_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="not a directory; name a path"):
        write_text_atomically(tmp_path / "file" / "report.txt", "x")


def test_a_directory_is_not_overwritten(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="is a directory; name a file in it"):
        write_text_atomically(tmp_path, "x")


@pytest.mark.parametrize("exists", [True, False])
def test_a_symbolic_link_is_refused_and_its_target_untouched(
    tmp_path: Path,
    exists: bool,  # noqa: FBT001
) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    if exists:
        target.write_text("precious")
    link.symlink_to(target)
    with pytest.raises(OutputError, match=r"is a symbolic link to .*target; name that file"):
        write_text_atomically(link, "x")
    assert target.exists() == exists
    assert not exists or target.read_text() == "precious"


def test_a_device_is_written_and_never_replaced() -> None:
    write_text_atomically("/dev/null", "x")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_text_that_is_not_unicode_does_not_stop_the_report(tmp_path: Path) -> None:
    write_text_atomically(tmp_path / "a", "bad\udcff")
    assert (tmp_path / "a").read_text() == "bad\\udcff"


def test_a_report_that_cannot_be_made_leaves_the_old_one_and_nothing_else(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"new"
        raise KeyError

    path = tmp_path / "report.json"
    path.write_text("old")
    with pytest.raises(KeyError):
        write_pieces(path, broken())
    assert (left(tmp_path), path.read_text()) == (["report.json"], "old")
    write_pieces(path, [b"a", memoryview(b"b")])
    assert (left(tmp_path), path.read_text()) == (["report.json"], "ab")


def test_a_new_file_is_not_cut_for_then_closing_it_would_wait_for_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, asked = os.open, []

    def noting(path: Path, flags: int, *mode: int) -> int:
        asked.append(flags)
        return real(path, flags, *mode)

    monkeypatch.setattr(os, "open", noting)
    write_pieces(tmp_path / "report.json", [b"a"])
    assert len(asked) == 2
    assert not any(flags & os.O_TRUNC for flags in asked)


def test_flows_as_csv_have_all_rows_and_are_defused(tmp_path: Path) -> None:
    write_flows(hostile().flow_table, tmp_path / "flows.CSV")
    with (tmp_path / "flows.CSV").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(hostile().flows)
    assert "'@SUM(1)" in {row["detail"] for row in rows}


def test_flows_as_json_lines(tmp_path: Path) -> None:
    write_flows(office().flow_table, tmp_path / "flows.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "flows.jsonl").read_text().splitlines()]
    assert [row["flow"] for row in rows] == office().flows["flow"].tolist()


@pytest.mark.skipif(
    importlib.util.find_spec("pyarrow") is None and "CI" not in os.environ,
    reason='needs pyarrow: pip install "pcap-service-classifier[parquet]"',
)
def test_flows_as_parquet_come_back_the_same(tmp_path: Path) -> None:
    flows = office().flow_table
    write_flows(flows, tmp_path / "flows.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "flows.parquet"), flows.frame())
    assert left(tmp_path) == ["flows.parquet"]


def test_parquet_without_pyarrow_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(OutputError, match=r'pip install "pcap-service-classifier\[parquet\]"'):
        write_flows(few(1).flow_table, tmp_path / "flows.parquet")
    assert left(tmp_path) == []


@pytest.mark.parametrize("name", ["flows", "flows.xlsx", "flows.csv.gz"])
def test_another_ending_is_a_usage_error_that_names_the_three(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"use \.csv, \.jsonl, \.parquet"):
        write_flows(few(1).flow_table, tmp_path / name)
    assert left(tmp_path) == []
