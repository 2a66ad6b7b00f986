from __future__ import annotations

import gzip
import os
import threading
from typing import TYPE_CHECKING

import pytest

from classifier.errors import CaptureError
from classifier.sources import find
from wire import SECOND, START, ethernet, ipv4, pcap, udp

if TYPE_CHECKING:
    from pathlib import Path

FRAME = ethernet(ipv4(udp(40000, 53, b"question")))


def capture(path: Path, second: int = 0) -> Path:
    """A capture whose one frame was recorded at this second."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pcap([(START + second * SECOND, FRAME)]))
    return path


def names(*arguments: str | os.PathLike[str]) -> list[str]:
    """The base names of what is found."""
    return [os.path.basename(source.name) for source in find(arguments)[0]]  # noqa: PTH119


def test_a_file_is_found_as_it_was_named(tmp_path: Path) -> None:
    path = capture(tmp_path / "a.pcap")
    (source,), notes = find([path])
    assert (source.path, source.name, source.size) == (path, str(path), path.stat().st_size)
    assert notes == []


def test_files_are_ordered_by_their_first_frame_whatever_they_are_called(tmp_path: Path) -> None:
    for number, name in enumerate(("c", "a", "b")):
        capture(tmp_path / name, number)
    assert names(tmp_path / "a", tmp_path / "b", tmp_path / "c") == ["c", "a", "b"]
    assert names(tmp_path) == ["c", "a", "b"]


def test_files_of_one_time_keep_the_order_in_which_they_were_named(tmp_path: Path) -> None:
    for name in ("b", "a", "c"):
        capture(tmp_path / name)
    assert names(tmp_path / "b", tmp_path / "a", tmp_path / "c") == ["b", "a", "c"]


def test_files_without_a_frame_and_standard_input_come_last(tmp_path: Path) -> None:
    empty = tmp_path / "0-empty.pcap"
    empty.write_bytes(pcap([]))
    text = tmp_path / "0-notes.txt"
    text.write_text("not a capture")
    capture(tmp_path / "late.pcap", 500)
    found = names("-", empty, text, tmp_path / "late.pcap")
    assert found == ["late.pcap", "standard input", "0-empty.pcap", "0-notes.txt"]


def test_compressed_files_are_ordered_by_their_content(tmp_path: Path) -> None:
    capture(tmp_path / "a.pcap", 5)
    (tmp_path / "b.pcap.gz").write_bytes(gzip.compress(pcap([(START, FRAME)])))
    assert names(tmp_path) == ["b.pcap.gz", "a.pcap"]


def test_a_folder_is_searched_to_its_bottom_and_by_content(tmp_path: Path) -> None:
    capture(tmp_path / "one.pcap", 1)
    capture(tmp_path / "deep/er/no-ending", 2)
    (tmp_path / "readme.txt").write_text("text")
    (tmp_path / "deep" / "empty").write_bytes(b"")
    sources, notes = find([tmp_path])
    assert [os.path.basename(s.name) for s in sources] == ["one.pcap", "no-ending"]  # noqa: PTH119
    assert notes == [f"{tmp_path}: 2 files that are no captures were passed over"]


def test_a_folder_without_captures_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "readme.txt").write_text("text")
    with pytest.raises(CaptureError, match="no capture in this folder"):
        find([tmp_path])


def test_a_pattern_finds_its_files_and_passes_over_folders(tmp_path: Path) -> None:
    capture(tmp_path / "a.pcap", 2)
    capture(tmp_path / "b.pcap", 1)
    capture(tmp_path / "other.cap")
    (tmp_path / "c.pcap").mkdir()
    assert names(str(tmp_path / "*.pcap")) == ["b.pcap", "a.pcap"]
    assert names(str(tmp_path / "[ab].pcap")) == ["b.pcap", "a.pcap"]


def test_a_pattern_may_reach_into_folders(tmp_path: Path) -> None:
    capture(tmp_path / "x/y/a.pcap")
    assert names(str(tmp_path / "**/*.pcap")) == ["a.pcap"]


@pytest.mark.parametrize("name", ["trace[1].pcap", "what?.pcap", "all*.pcap", "[.pcap"])
def test_a_file_whose_name_looks_like_a_pattern_is_that_file(tmp_path: Path, name: str) -> None:
    capture(tmp_path / name)
    capture(tmp_path / "trace1.pcap", 1)
    capture(tmp_path / "whatx.pcap", 1)
    capture(tmp_path / "allx.pcap", 1)
    assert names(tmp_path / name) == [name]


def test_a_pattern_that_matches_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="no file matches this pattern"):
        find([str(tmp_path / "*.pcap")])


def test_a_pattern_that_matches_folders_only_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "c.pcap").mkdir()
    with pytest.raises(CaptureError, match="match folders only"):
        find([str(tmp_path / "*.pcap")])


def test_what_was_named_twice_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = capture(tmp_path / "a.pcap")
    capture(tmp_path / "b.pcap", 1)
    (tmp_path / "link.pcap").symlink_to(path)
    monkeypatch.chdir(tmp_path)
    again = ["a.pcap", "./a.pcap", path, tmp_path / "sub" / ".." / "a.pcap", "link.pcap", "b.pcap"]
    (tmp_path / "sub").mkdir()
    sources, notes = find(again)
    assert [source.name for source in sources] == ["a.pcap", "b.pcap"]
    assert notes == ["4 inputs were named twice and are read once"]


def test_a_missing_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    missing = tmp_path / "missing.pcap"
    with pytest.raises(CaptureError, match=r"missing\.pcap: no such file; check the path"):
        find([missing])


def test_a_link_that_leads_nowhere_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "link.pcap").symlink_to(tmp_path / "gone.pcap")
    with pytest.raises(CaptureError, match=r"link\.pcap: no such file"):
        find([tmp_path / "link.pcap"])


def test_links_in_a_circle_are_an_error_that_names_them(tmp_path: Path) -> None:
    (tmp_path / "one").symlink_to(tmp_path / "two")
    (tmp_path / "two").symlink_to(tmp_path / "one")
    with pytest.raises(CaptureError, match="one: cannot be read: "):
        find([tmp_path / "one"])


@pytest.mark.parametrize("name", ["x" * 300 + ".pcap", "x" * 5000])
def test_a_name_that_no_file_can_have_is_an_error(name: str) -> None:
    with pytest.raises(CaptureError, match="cannot be read: File name too long"):
        find([name])


def test_what_cannot_be_opened_in_a_folder_is_passed_over_and_noted(tmp_path: Path) -> None:
    capture(tmp_path / "a.pcap")
    (tmp_path / "b.pcap").symlink_to(tmp_path / "gone.pcap")
    sources, notes = find([tmp_path])
    assert len(sources) == 1
    assert "1 files that are no captures" in notes[0]


def test_an_unreadable_file_is_an_error_when_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pathlib import Path as RealPath

    from classifier.engine.contract import EngineOptions
    from classifier.engine.portable import PortableEngine

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    sources, _ = find([capture(tmp_path / "a.pcap")])
    monkeypatch.setattr(RealPath, "open", refuse)
    with pytest.raises(CaptureError, match=r"a\.pcap: cannot be read: Permission denied; check"):
        list(PortableEngine().read(sources, EngineOptions()))


def test_a_pipe_is_not_read_to_learn_its_time(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    capture(tmp_path / "a.pcap")
    found: list[str] = []
    worker = threading.Thread(
        target=lambda: found.extend(names(pipe, tmp_path / "a.pcap")), daemon=True
    )
    worker.start()
    worker.join(timeout=60)
    assert found == ["a.pcap", "pipe"]


def test_nothing_named_is_an_error() -> None:
    with pytest.raises(CaptureError, match="nothing to read"):
        find([])


def test_a_name_that_is_no_utf_8_is_shown_as_text_and_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9.pcap")
    capture(path)
    (source,), _ = find([path])
    assert source.name.endswith("caf\\xe9.pcap")
    assert source.path == path
