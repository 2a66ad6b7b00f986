from __future__ import annotations

import bz2
import gzip
import lzma

import pytest

from classifier.errors import CaptureError
from reading import read
from wire import (
    SECOND,
    START,
    ethernet,
    ipv4,
    pcap,
    pcap_header,
    pcap_of,
    pcap_record,
    udp,
)

FRAME = ethernet(ipv4(udp(40000, 53, b"question")))
THREE = pcap_of(FRAME, FRAME, FRAME)
RECORD = 16 + len(FRAME)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("magic", "name", "tick", "modified"),
    [
        (0xA1B2C3D4, "pcap", 1000, False),
        (0xA1B23C4D, "pcap ns", 1, False),
        (0xA1B2CD34, "pcap modified", 1000, True),
    ],
)
def test_every_variant_gives_its_frames_with_exact_times(
    order: str, magic: int, name: str, tick: int, *, modified: bool
) -> None:
    time = START + 123_456_000 + (789 if tick == 1 else 0)
    record = {"order": order, "tick": tick, "modified": modified}
    result = read(
        pcap_header(order=order, magic=magic)
        + pcap_record(time, FRAME, **record)
        + pcap_record(time + 5 * tick, FRAME, **record)
    )
    assert (result.file.format, result.file.frames) == (name, 2)
    assert (result.row.first_seen, result.row.last_seen) == (time, time + 5 * tick)
    assert result.row.packets == (2, 0)
    assert not result.warnings


def test_seconds_are_unsigned_so_that_2106_can_be_reached() -> None:
    time = (2**32 - 1) * SECOND + 999_999_999
    assert read(pcap([(time, FRAME)])).row.first_seen == time


@pytest.mark.parametrize("version", [(2, 2), (2, 3)])
def test_before_version_2_4_the_two_lengths_may_be_swapped(version: tuple[int, int]) -> None:
    swapped = pcap_record(START, FRAME, captured=len(FRAME) + 100, wire=len(FRAME))
    straight = pcap_record(START, FRAME, wire=len(FRAME) + 100)
    result = read(pcap_header(version=version, magic=0xA1B2C3D4) + swapped + straight)
    assert result.file.frames == 2
    assert result.file.truncated_frames == 2
    assert not result.warnings


def test_the_upper_half_of_the_link_type_is_not_the_link_type() -> None:
    result = read(pcap_of(FRAME, link_type=1 | 0x1400_0000))
    assert result.file.interfaces[0].link_name == "ETHERNET"
    assert result.row.packets == (1, 0)


def test_a_file_without_frames_is_a_capture() -> None:
    result = read(pcap_header(snap_length=96))
    assert (result.file.frames, result.rows, result.warnings) == (0, [], [])
    assert result.file.interfaces[0].snap_length == 96


def test_a_file_cut_at_any_byte_keeps_every_frame_before_the_cut_and_says_where_it_is() -> None:
    for cut in range(4, len(THREE)):
        result = read(THREE[:cut])
        whole, rest = divmod(cut - 24, RECORD) if cut >= 24 else (0, cut)
        assert result.health.frames == whole, cut
        assert result.file.cut == bool(rest)
        if rest:
            place = 24 + whole * RECORD if cut >= 24 else cut
            assert [warning.offset for warning in result.health.warnings] == [place]
            assert f"byte {place}: the file ends inside" in result.warnings[0]
        else:
            assert not result.warnings


def test_less_than_a_magic_number_is_no_capture() -> None:
    for cut in range(4):
        with pytest.raises(CaptureError, match=r"test0\.pcap, byte 0: is (empty|not a capture)"):
            read(THREE[:cut])


def test_a_record_that_claims_more_than_256_kib_ends_the_reading_with_its_offset() -> None:
    bad = pcap_record(START, FRAME, captured=256 * 1024 + 1, wire=256 * 1024 + 1, tick=1)
    result = read(THREE + bad + THREE[24:])
    assert result.health.frames == 3
    assert result.file.cut
    assert result.warnings == [
        (
            f"test0.pcap, byte {len(THREE)}: a record claims 262145 bytes, more than the 262144 "
            "that a frame may have; reading stopped here; the file is damaged from here on; "
            "repair it with pcapfix or record again"
        )
    ]


def test_a_frame_of_exactly_256_kib_is_read() -> None:
    assert read(pcap_of(FRAME.ljust(256 * 1024, b"\0"))).row.packets == (1, 0)


def test_a_record_that_keeps_more_than_was_on_the_wire_is_used_and_counted() -> None:
    liar = pcap_record(START, FRAME, wire=10, tick=1)
    result = read(THREE + liar + liar)
    assert result.row.packets == (5, 0)
    assert result.file.truncated_frames == 0
    assert result.health.warnings[0].offset == len(THREE)
    assert result.health.warnings[0].count == 2


def test_frames_that_were_kept_in_part_are_counted() -> None:
    short = pcap_record(START, FRAME[:42], wire=len(FRAME), tick=1)
    result = read(THREE + short)
    assert result.file.truncated_frames == 1
    assert result.row.bytes == (4 * 36, 0)
    assert result.row.payload == (4 * 8, 0)


def test_steps_back_in_time_are_counted_and_the_span_of_the_file_is_right() -> None:
    times = [START + 5, START + 1, START + 9, START + 8]
    file = read(pcap([(time, FRAME) for time in times])).file
    assert file.backward_steps == 2
    assert (file.first_seen, file.last_seen) == (START + 1, START + 9)


# Compression

COMPRESSIONS = [("gzip", gzip.compress), ("bzip2", bz2.compress), ("xz", lzma.compress)]


@pytest.mark.parametrize(("name", "compress"), COMPRESSIONS)
def test_compressed_files_are_recognised_by_their_content(name: str, compress) -> None:
    result = read(compress(THREE))
    assert result.file.compression == name
    assert result.file.bytes == len(compress(THREE))
    assert result.row.packets == (3, 0)
    assert not result.warnings


@pytest.mark.parametrize(("name", "compress"), COMPRESSIONS)
def test_several_compressed_members_are_one_file_whatever_zeros_are_between(
    name: str,
    compress,
) -> None:
    half = 24 + RECORD + 7
    first, second = compress(THREE[:half]), compress(THREE[half:])
    for data in (first + second, first + bytes(16) + second, first + second + bytes(4096)):
        result = read(data)
        assert result.row.packets == (3, 0), name
        assert not result.warnings


@pytest.mark.parametrize(("name", "compress"), COMPRESSIONS)
def test_compressed_files_cut_anywhere_keep_what_can_be_decompressed(
    name: str,
    compress,
) -> None:
    data = compress(THREE)
    for cut in range(6, len(data)):
        try:
            result = read(data[:cut])
        except CaptureError as error:
            assert f"the {name} data is cut short" in str(error)  # noqa: PT017
            continue
        if result.warnings:
            assert f"the {name} data is cut short" in result.warnings[0]
            assert result.file.cut
        else:
            assert result.health.frames == 3
            assert name != "bzip2"


def test_a_long_gzip_file_cut_in_the_middle_keeps_its_beginning() -> None:
    frames = [ethernet(ipv4(udp(1000 + n, 53, bytes([n % 256]) * n))) for n in range(800)]
    data = gzip.compress(pcap_of(*frames))
    result = read(data[: len(data) // 2])
    assert 100 < result.health.frames < 700
    assert result.health.warnings[0].offset > 10_000
    assert "the gzip data is cut short" in result.warnings[0]


def test_damage_inside_compressed_data_keeps_what_came_before() -> None:
    data = bytearray(gzip.compress(b"".join(THREE for _ in range(1))) + gzip.compress(THREE[24:]))
    data[-8] ^= 0xFF  # the checksum of the second member
    result = read(bytes(data))
    assert result.health.frames >= 3
    assert "the gzip data is damaged" in result.warnings[0]


@pytest.mark.parametrize(
    ("magic", "name"), [(b"\x28\xb5\x2f\xfd", "zstd"), (b"\x04\x22\x4d\x18", "lz4")]
)
def test_compressions_that_this_engine_lacks_are_answered_with_a_command(
    magic: bytes, name: str
) -> None:
    with pytest.raises(CaptureError, match=rf"{name} -d < FILE \| classify -"):
        read(magic + bytes(60))


# Strangers


@pytest.mark.parametrize(
    ("data", "cause", "fix"),
    [
        (b"", "is empty", "check that the recording was stopped"),
        (b"snoop\0\0\0\0\0\0\2\0\0\0\4", "a Solaris snoop capture", "editcap -F pcapng"),
        (b"GMBU\0\1\1\0", "a Microsoft NetMon 2 capture", "editcap -F pcapng test0.pcap"),
        (b"RTSS\1\1\0\0", "a Microsoft NetMon 1 capture", "editcap -F pcapng"),
        (b"PK\3\4\x14\0", "a zip archive", "unzip test0.pcap"),
        (b"7z\xbc\xaf\x27\x1c\0\4", "a 7-Zip archive", "7z x test0.pcap"),
        (b"hello, this is a text\n", "is not a capture", "expected pcap or pcapng"),
        (bytes(64), "is not a capture", "first bytes 00 00 00 00"),
        (
            gzip.compress(b"a log file\n" * 50, mtime=0),
            "is not a capture",
            "expected pcap or pcapng",
        ),
        (gzip.compress(b"", mtime=0), "is empty", "copied completely"),
    ],
)
def test_strangers_are_named_and_answered_with_what_to_do(
    data: bytes, cause: str, fix: str
) -> None:
    with pytest.raises(CaptureError) as caught:
        read(data)
    message = str(caught.value)
    assert message.startswith("test0.pcap, byte 0: ")
    assert cause in message
    assert fix in message
    assert "\n" not in message


def test_an_event_trace_log_is_known_by_its_name() -> None:
    from classifier.engine.formats import stranger

    cause, fix = stranger(b"\0\0\1\0", "C:/traces/my trace.etl")
    assert cause == "is a Windows event trace log"
    assert "pktmon etl2pcap 'C:/traces/my trace.etl' -o 'C:/traces/my trace.pcapng'" in fix


def test_one_bad_file_among_several_becomes_a_warning() -> None:
    result = read(THREE, b"not a capture", THREE)
    assert result.health.frames == 6
    assert [file.frames for file in result.health.captures] == [3, 0, 3]
    assert result.warnings[0].startswith("test1.pcap: not read: byte 0: is not a capture")


def test_progress_adds_up_to_the_bytes_of_the_file() -> None:
    from classifier.engine.contract import EngineOptions, Source
    from classifier.engine.portable import PortableEngine
    from reading import MemoryPath

    steps: list[int] = []
    data = pcap_of(*[FRAME] * 9000)
    source = Source(MemoryPath(data), "test.pcap", len(data))  # type: ignore[arg-type]
    list(PortableEngine().read([source], EngineOptions(), steps.append))
    assert sum(steps) == len(data)
    assert len(steps) > 1
