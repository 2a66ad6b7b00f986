from __future__ import annotations

from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reading import read
from wire import (
    SECOND,
    START,
    block,
    ethernet,
    interface,
    ipv4,
    null,
    old_packet,
    option,
    packet,
    resolution,
    section,
    simple_packet,
    sll,
    statistics,
    time_offset,
    udp,
)

FRAME = ethernet(ipv4(udp(40000, 53, b"question")))
MICROSECONDS = START // 1000


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("value", "ticks", "time"),
    [
        (0, START // SECOND, START),
        (3, START // 10**6 + 7, START + 7_000_000),
        (6, MICROSECONDS + 1, START + 1000),
        (9, START + 1, START + 1),
        (10, (START + 1) * 10 + 9, START + 1),  # finer than ns: what is over is cut off
        (0x80, START // SECOND, START),
        (0x80 | 10, (START // SECOND << 10) + 1, START + 976_562),
        (0x80 | 30, (START // SECOND << 30) + 1, START),
        (0x80 | 32, (START // SECOND << 32) + (1 << 31), START + SECOND // 2),
    ],
)
def test_every_time_resolution_is_exact_to_the_nanosecond(
    order: str, value: int, ticks: int, time: int
) -> None:
    data = (
        section(order)
        + interface(1, order, resolution(value, order))
        + packet(FRAME, ticks, order=order)
    )
    assert read(data).row.first_seen == time


@given(exponent=st.integers(0, 20), ticks=st.integers(0, 2**63), binary=st.booleans())
def test_a_clock_of_any_resolution_gives_whole_nanoseconds(
    *, exponent: int, ticks: int, binary: bool
) -> None:
    base = 2 if binary else 10
    expected = min(ticks * SECOND // base**exponent, 2**63 - 1)
    options = resolution(exponent | 0x80 * binary)
    row = read(section() + interface(options=options) + packet(FRAME, ticks)).row
    assert row.first_seen == expected


def test_without_a_resolution_option_ticks_are_microseconds() -> None:
    assert read(section() + interface() + packet(FRAME, MICROSECONDS)).row.first_seen == START


@pytest.mark.parametrize(
    ("offset", "expected"), [(3600, START + 3600 * SECOND), (-1, START - SECOND)]
)
def test_the_time_offset_is_added_in_seconds(offset: int, expected: int) -> None:
    for order in "<>":
        options = time_offset(offset, order)
        data = section(order) + interface(1, order, options)
        row = read(data + packet(FRAME, MICROSECONDS, order=order)).row
        assert row.first_seen == expected


def test_an_offset_makes_room_for_a_clock_much_finer_than_nanoseconds() -> None:
    options = time_offset(START // SECOND) + resolution(12)
    assert read(section() + interface(options=options) + packet(FRAME, 5999)).row.first_seen == (
        START + 5
    )


def test_times_beyond_what_64_bits_hold_are_bounded_not_wrapped() -> None:
    late = read(section() + interface(options=resolution(0)) + packet(FRAME, 2**64 - 1))
    early = read(section() + interface(options=time_offset(-(2**40))) + packet(FRAME, 0))
    assert late.row.first_seen == 2**63 - 1
    assert early.row.first_seen == 0


def test_interfaces_keep_their_own_link_type_clock_and_name() -> None:
    packet_ip = ipv4(udp(40000, 53, b"question"))
    data = (
        section()
        + interface(1, options=option(2, b"eth0") + option(3, b"the first"), snap_length=1500)
        + interface(113, options=option(2, b"any") + resolution(9))
        + packet(FRAME, MICROSECONDS)
        + interface(0, options=resolution(3))
        + packet(sll(packet_ip), START + 5, number=1)
        + packet(null(packet_ip), START // 10**6 + 2, number=2)
    )
    result = read(data)
    assert result.row.packets == (3, 0)
    assert (result.row.first_seen, result.row.last_seen) == (START, START + 2_000_000)
    assert [
        (i.link_name, i.name, i.description, i.snap_length, i.frames)
        for i in result.file.interfaces
    ] == [
        ("ETHERNET", "eth0", "the first", 1500, 1),
        ("LINUX_SLL", "any", "", 0, 1),
        ("NULL", "", "", 0, 1),
    ]


def test_a_new_section_may_have_another_byte_order_and_forgets_the_interfaces() -> None:
    data = b"".join(
        section(order)
        + interface(link, order, resolution(9, order))
        + packet(frame, START + number, order=order)
        for number, (order, link, frame) in enumerate(
            [("<", 1, FRAME), (">", 113, sll(FRAME[14:])), ("<", 0, null(FRAME[14:]))]
        )
    )
    result = read(data + section(">") + packet(FRAME, START, order=">"))
    assert result.row.packets == (3, 0)
    assert result.row.last_seen == START + 2
    assert result.outcomes["link type not supported", "interface not described"] == 1
    assert len(result.file.interfaces) == 3


def test_a_simple_packet_has_the_first_interface_and_the_last_time() -> None:
    data = (
        section()
        + interface(113)
        + interface(1, options=resolution(9))
        + packet(FRAME, START + 3, number=1)
        + simple_packet(sll(FRAME[14:]))
    )
    result = read(data)
    assert result.row.packets == (2, 0)
    assert result.row.last_seen == START + 3
    assert [i.frames for i in result.file.interfaces] == [1, 1]


def test_a_simple_packet_is_as_long_as_the_snap_length_allows() -> None:
    short = FRAME[:44]  # behind it come no padding bytes that could be taken for data
    data = section() + interface(snap_length=44) + simple_packet(short, wire=len(FRAME))
    result = read(data)
    assert result.file.truncated_frames == 1
    assert result.row.heads == (b"qu", b"")
    assert result.row.payload == (8, 0)


def test_the_obsolete_packet_block_is_read() -> None:
    data = section() + interface() + interface(113, options=resolution(9))
    data += old_packet(sll(FRAME[14:]), START + 9, number=1)
    assert read(data).row.first_seen == START + 9


def test_unknown_blocks_are_passed_over() -> None:
    noise = (
        block(0x0BAD, b"custom")
        + block(4, b"name resolution")
        + block(10, b"TLS keys")
        + block(0x80000001, bytes(300_000))
    )
    data = section() + noise + interface() + noise + packet(FRAME, MICROSECONDS) + noise
    result = read(data)
    assert result.row.packets == (1, 0)
    assert not result.warnings


def test_comments_names_and_drops_are_kept() -> None:
    facts = option(2, b"a box") + option(3, b"an OS") + option(4, b"dumpcap") + option(1, b"first")
    data = (
        section(options=facts + option(0, b""))
        + interface(options=option(1, b"on the interface"))
        + packet(FRAME, MICROSECONDS)
        + packet(FRAME, MICROSECONDS, options=option(1, "schön".encode()) + option(1, b"\xff"))
        + statistics(options=option(5, pack("<Q", 7)) + option(7, pack("<Q", 2)))
    )
    file = read(data).file
    assert (file.hardware, file.os, file.application) == ("a box", "an OS", "dumpcap")
    assert file.comments == [(0, "first"), (0, "on the interface"), (2, "schön"), (2, "\ufffd")]
    assert file.comment_count == 4
    assert file.interfaces[0].dropped == 9


def test_comments_are_bounded_in_number_and_length() -> None:
    frames = [packet(FRAME, MICROSECONDS, options=option(1, b"x" * 5000))] * 30
    file = read(section() + interface() + b"".join(frames)).file
    assert file.comment_count == 30
    assert len(file.comments) == 20
    assert max(len(text) for _, text in file.comments) == 2000


def test_an_interface_that_tells_of_no_drops_is_not_one_without_drops() -> None:
    data = section() + interface() + packet(FRAME, MICROSECONDS) + statistics()
    assert read(data).file.interfaces[0].dropped == -1


def test_without_an_interface_nothing_is_decoded_and_the_reader_is_told() -> None:
    result = read(section() + simple_packet(FRAME) + packet(FRAME, 1))
    assert result.outcomes == {("link type not supported", "interface not described"): 2}
    assert any("no interface is described" in warning for warning in result.warnings)


def test_a_packet_of_an_interface_that_is_not_there_does_not_spoil_the_times() -> None:
    data = section() + interface(options=resolution(9))
    data += packet(FRAME, START) + packet(FRAME, START, number=5)
    result = read(data)
    assert result.health.frames == 2
    assert result.file.first_seen == START
    assert result.file.backward_steps == 0


# Damage

WHOLE_BLOCKS = [
    section(options=option(4, b"test")),
    interface(options=resolution(9)),
    packet(FRAME, START, options=option(1, b"a comment")),
    block(0x0BAD, b"unknown"),
    simple_packet(FRAME),
    packet(FRAME, START + 2),
    statistics(),
]


def test_a_file_cut_at_any_byte_keeps_every_frame_before_the_cut_and_says_where_it_is() -> None:
    ends, frames, total = [0], [0], 0
    for number, piece in enumerate(WHOLE_BLOCKS):
        total += len(piece)
        ends.append(total)
        frames.append(frames[-1] + (number in (2, 4, 5)))
    data = b"".join(WHOLE_BLOCKS)
    for cut in range(4, total):
        before = max(n for n, end in enumerate(ends) if end <= cut)
        result = read(data[:cut])
        assert result.health.frames == frames[before], cut
        if cut in ends:
            assert not result.file.cut
        else:
            assert result.file.cut
            assert [warning.offset for warning in result.health.warnings] == [ends[before]]


@pytest.mark.parametrize(
    ("damage", "cause"),
    [
        (block(6, b"x", lie_length=8), "claims an impossible length of 8"),
        (block(6, b"x", lie_length=21), "claims an impossible length of 21"),
        (block(6, b"x", lie_length=0), "claims an impossible length of 0"),
        (block(6, b"x", lie_length=2**31), "claims 2147483648 bytes"),
        (block(0x0BAD, b"x", lie_length=2**31), "the file ends inside a block"),
        (b"\x0a\x0d\x0d\x0a" + bytes(24), "a section header has no byte order magic"),
        (packet(bytes(262_148), 1), "a packet claims 262148 bytes, more than the 262144"),
    ],
)
def test_damage_ends_the_reading_with_a_warning_that_names_the_offset(
    damage: bytes, cause: str
) -> None:
    good = section() + interface() + packet(FRAME, MICROSECONDS)
    result = read(good + damage + packet(FRAME, MICROSECONDS))
    assert result.health.frames == 1
    assert result.file.cut
    assert result.health.warnings[0].offset == len(good)
    assert cause in result.warnings[0]


@pytest.mark.parametrize(
    ("bad", "cause"),
    [
        (packet(FRAME, 1, captured=len(FRAME) + 500), "too short for what it must hold"),
        (block(6, bytes(8)), "too short for what it must hold"),
        (block(1, bytes(4)), "too short for what it must hold"),
        (block(3, b""), "too short for what it must hold"),
        (block(5, b""), "too short for what it must hold"),
        (interface()[:-4] + pack("<I", 999), "two lengths differ"),
        (packet(FRAME, MICROSECONDS, wire=3), "keeps more bytes than it says"),
    ],
)
def test_a_bad_block_is_passed_over_and_the_reading_goes_on(bad: bytes, cause: str) -> None:
    good = section() + interface()
    result = read(good + bad + packet(FRAME, MICROSECONDS))
    assert result.health.frames >= 1
    assert not result.file.cut
    assert result.health.warnings[0].offset == len(good)
    assert cause in result.warnings[0]


def test_options_that_lie_about_their_length_are_ignored() -> None:
    lying = pack("<HH", 1, 60_000) + b"comment"
    result = read(
        section(options=lying) + interface(options=lying) + packet(FRAME, 1, options=lying)
    )
    assert result.health.frames == 1
    assert result.file.comments == []


@given(st.binary(max_size=200), st.integers(0, 2**32 - 1))
def test_any_bytes_after_a_good_beginning_never_raise(noise: bytes, place: int) -> None:
    data = bytearray(b"".join(WHOLE_BLOCKS))
    place = 28 + place % (len(data) - 28)
    data[place : place + len(noise)] = noise
    read(bytes(data))
