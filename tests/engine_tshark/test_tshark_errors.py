"""What cannot be read, and a tshark that cannot be used, end in one clear sentence."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import shutil
import struct
import sys
from typing import TYPE_CHECKING

import pytest
from tshark_cases import A4, B4, account, ether, ip4, pcap, rows, udp, without_heads

from classifier import engine
from classifier.engine.contract import EngineOptions, Source
from classifier.engine.portable import PortableEngine
from classifier.engine.tshark import TsharkEngine, program
from classifier.errors import CaptureError, EngineError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FRAMES = [ether(0x0800, ip4(17, udp(port, 53, b"query"))) for port in range(4000, 4005)]
CAPTURE = pcap(FRAMES)


@pytest.fixture
def fresh() -> Iterator[None]:
    """Forget which tshark was found, before and after."""
    program.find.cache_clear()
    program.version.cache_clear()
    yield
    program.find.cache_clear()
    program.version.cache_clear()


def fake_tshark(folder: Path, version: str, then: str) -> Path:
    """A program named tshark that says this version and else does what ``then`` says."""
    folder.mkdir()
    script = folder / "tshark"
    script.write_text(
        "#!/bin/sh\n"
        f'case "$*" in *--version*) echo "TShark (Wireshark) {version}."; exit 0;; esac\n'
        f"{then}\n"
    )
    script.chmod(0o755)
    return folder


def capture_in(tmp_path: Path, data: bytes = CAPTURE, name: str = "some.pcap") -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


def test_the_engine_is_found_by_its_name() -> None:
    assert isinstance(engine.choose("tshark"), TsharkEngine)


@pytest.mark.usefixtures("fresh")
def test_a_missing_tshark_is_an_error_that_tells_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(EngineError, match=r"engine tshark: .*apt-get install tshark"):
        engine.choose("tshark")


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize(
    ("version", "then", "message"),
    [
        ("2.6.20", "exit 0", r"is 2\.6\.20, older than 3\.6; upgrade it"),
        ("of my own", "exit 0", "names no version"),
        ("4.0.1", "echo 'tshark: Some fields are not valid' >&2; exit 1", "Some fields are not"),
        ("4.0.1", "kill -SEGV $$", "signal 11"),
    ],
)
def test_a_tshark_that_is_old_or_broken_is_an_error_that_says_so(
    version: str, then: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = capture_in(tmp_path)
    fake = fake_tshark(tmp_path / "bin", version, then)
    monkeypatch.setenv("PATH", f"{fake}{os.pathsep}{os.environ['PATH']}")

    with pytest.raises(EngineError, match=message):
        rows(TsharkEngine(), path)


@pytest.mark.usefixtures("fresh")
def test_a_tshark_that_dies_on_the_way_is_a_warning_with_what_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = capture_in(tmp_path)
    real = shutil.which("tshark")
    then = f'"{real}" "$@" 2>/dev/null | head -n 4; kill -ABRT $$'
    fake = fake_tshark(tmp_path / "bin", "4.0.1", then)
    monkeypatch.setenv("PATH", f"{fake}{os.pathsep}{os.environ['PATH']}")

    found, health = rows(TsharkEngine(), path)

    assert len(found) == 2
    assert "TShark read 2 of 5 frames (ended with signal 6" in str(health.warnings[0])
    assert health.adds_up


def test_no_program_named_by_a_file_in_the_current_folder_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trap = fake_tshark(tmp_path / "bin", "4.0.1", f"touch {tmp_path}/sprung")
    (tmp_path / "config.ini").write_text(f"[tshark]\ntshark_path = {trap}/tshark\n")
    path = capture_in(tmp_path)
    monkeypatch.chdir(tmp_path)

    found, _ = rows(TsharkEngine(), path)

    assert len(found) == 5
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize(
    "data",
    [b"", b"\x89PNG\r\n\x1a\n" + bytes(100), b"just text\n" * 10, b'{"a": 1}\n', CAPTURE[:3]],
)
def test_what_is_no_capture_is_refused_in_the_words_of_the_portable_engine(
    data: bytes, tmp_path: Path
) -> None:
    path = capture_in(tmp_path, data, "strange")
    with pytest.raises(CaptureError) as expected:
        rows(PortableEngine(), path)

    with pytest.raises(CaptureError) as found:
        rows(TsharkEngine(), path)

    assert str(found.value) == str(expected.value)


def test_a_folder_or_nothing_at_a_path_is_refused_in_the_words_of_the_portable_engine(
    tmp_path: Path,
) -> None:
    for path in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(CaptureError) as expected:
            rows(PortableEngine(), path)
        with pytest.raises(CaptureError) as found:
            rows(TsharkEngine(), path)
        assert str(found.value) == str(expected.value)


def test_one_bad_file_among_several_is_a_warning(tmp_path: Path) -> None:
    good, bad = capture_in(tmp_path), capture_in(tmp_path, b"no", "bad.pcap")
    last = capture_in(tmp_path, pcap(FRAMES[:1]), "last.pcap")

    expected, expected_health = rows(PortableEngine(), good, bad, last)
    found, health = rows(TsharkEngine(), good, bad, last)

    assert without_heads(found) == without_heads(expected)
    assert account(health) == account(expected_health)
    assert any("not read" in str(warning) for warning in health.warnings)


@pytest.mark.parametrize("end", [20, 24, 30, 41, 100, len(CAPTURE) - 1])
def test_a_file_cut_anywhere_keeps_what_came_before_and_names_the_place(
    end: int, tmp_path: Path
) -> None:
    path = capture_in(tmp_path, CAPTURE[:end])

    expected, expected_health = rows(PortableEngine(), path)
    found, health = rows(TsharkEngine(), path)

    assert found == expected
    assert account(health) == account(expected_health)
    assert health.captures[0].cut is (end > 24 or end < 24)


def test_a_damaged_record_length_ends_the_reading_with_a_warning(tmp_path: Path) -> None:
    damaged = bytearray(CAPTURE)
    second = 24 + 16 + len(FRAMES[0])
    damaged[second + 8 : second + 12] = struct.pack("<I", 1 << 30)
    path = capture_in(tmp_path, bytes(damaged))

    found, health = rows(TsharkEngine(), path)

    assert len(found) == 1
    assert f"byte {second}" in str(health.warnings[0])


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
def test_compressed_captures_are_read(compress: object, tmp_path: Path) -> None:
    assert callable(compress)
    path = capture_in(tmp_path, compress(CAPTURE), "some.pcap.compressed")
    progress: list[int] = []

    expected, expected_health = rows(PortableEngine(), path)
    found, health = rows(TsharkEngine(), path)
    source = Source(path, "x", path.stat().st_size)
    list(TsharkEngine().read([source], EngineOptions(), progress.append))

    assert found == expected
    assert account(health) == account(expected_health)
    assert sum(progress) == path.stat().st_size


def test_standard_input_is_read_by_way_of_a_copy_that_does_not_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Standard:
        buffer = io.BytesIO(gzip.compress(CAPTURE))

    monkeypatch.setattr(sys, "stdin", Standard())
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    found, health = rows(TsharkEngine(), None)

    assert len(found) == 5
    assert health.captures[0].name == "standard input"
    assert health.captures[0].compression == "gzip"
    assert list(tmp_path.iterdir()) == []


def test_a_named_pipe_is_read(tmp_path: Path) -> None:
    import threading

    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(CAPTURE,))
    writer.start()
    found, _ = rows(TsharkEngine(), path)
    writer.join()

    assert len(found) == 5


def test_formats_that_only_wireshark_reads_are_read(tmp_path: Path) -> None:
    snoop = b"snoop\0\0\0" + struct.pack(">II", 2, 4)
    for number, frame in enumerate([*FRAMES, ether(0x0800, ip4(17, udp(53, 4000, b"a"), B4, A4))]):
        size = len(frame) + -len(frame) % 4
        snoop += struct.pack(">IIIIII", len(frame), len(frame), 24 + size, 0, 1000 + number, 5)
        snoop += frame.ljust(size, b"\0")
    path = capture_in(tmp_path, snoop, "some.snoop")

    found, health = rows(TsharkEngine(), path)

    file = health.captures[0]
    assert len(found) == 5
    assert (file.format, file.frames, file.first_seen) == ("Solaris snoop", 6, 1_000_000_005_000)
    assert [(face.link_name, face.frames) for face in file.interfaces] == [("ETHERNET", 6)]
    assert not health.warnings


def test_a_file_that_only_wireshark_could_read_and_does_not_is_an_error(tmp_path: Path) -> None:
    path = capture_in(tmp_path, b"GMBU" + bytes(200), "bad.cap")

    with pytest.raises(CaptureError, match=r"bad\.cap: TShark does not read it"):
        rows(TsharkEngine(), path)
