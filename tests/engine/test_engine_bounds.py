"""What strangers send makes the engine remember only so much, and what is beyond it is counted."""

from __future__ import annotations

import bz2
from ipaddress import ip_address
from typing import TYPE_CHECKING

import pytest

import hostile
from classifier.engine.contract import HEADLESS, IN_FLOW, NO_LINK, NOT_IP, UNDECODABLE
from classifier.engine.portable import head, stream
from classifier.engine.portable.fragments import MAX_DATAGRAMS, MAX_WAITING_IN_ALL
from classifier.engine.tally import MOST_NUMBERED, OTHER
from classifier.errors import CaptureError
from reading import read

if TYPE_CHECKING:
    from collections.abc import Iterable

    from classifier.engine.portable.table import Key


def test_details_that_are_numbers_are_told_apart_up_to_a_bound() -> None:
    outcomes = read(hostile.ethertypes(MOST_NUMBERED + 5)).outcomes
    assert len(outcomes) == MOST_NUMBERED + 2
    assert outcomes[NOT_IP, "EtherType 0xa000"] == 2
    assert outcomes[NOT_IP, OTHER] == 10
    assert outcomes[NOT_IP, "ARP"] == 1, "a name always has a counter"


def test_address_families_and_link_types_are_bounded_too() -> None:
    assert read(hostile.families(MOST_NUMBERED + 7)).outcomes[NOT_IP, OTHER] == 7
    result = read(hostile.link_types(MOST_NUMBERED + 7))
    assert result.outcomes[NO_LINK, OTHER] == 7
    assert result.health.first_frames[NO_LINK, OTHER] == (0, MOST_NUMBERED + 1)


def test_waiting_fragments_are_bounded_over_all_datagrams() -> None:
    each, datagrams = 64, MAX_WAITING_IN_ALL // 64 + 1
    result = read(hostile.waiting_fragments(datagrams, each))
    # The oldest datagram went when the last one came; its head comes to nobody.
    assert result.outcomes == {(HEADLESS, ""): (datagrams - 1) * each, (IN_FLOW, ""): 2 + each}


def test_datagrams_are_bounded() -> None:
    result = read(hostile.waiting_fragments(MAX_DATAGRAMS + 1, 1))
    assert result.outcomes == {(HEADLESS, ""): MAX_DATAGRAMS, (IN_FLOW, ""): 3}


@pytest.mark.parametrize(("pause", "headless"), [(60.0, 0), (60.001, 2)])
def test_a_datagram_is_remembered_for_sixty_seconds(pause: float, headless: int) -> None:
    assert read(hostile.old_fragments(pause)).outcomes.get((HEADLESS, ""), 0) == headless


def test_pieces_that_wait_for_what_is_before_them_are_bounded_over_all_flows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    capture = hostile.held_pieces(3, 1000)
    whole = read(capture, head_bytes=2000)
    assert len(whole.rows[2].heads[0]) == 1100
    monkeypatch.setattr(head, "MAX_HELD", 2 * 1064)
    monkeypatch.setattr(head, "half_of", lambda _: 1)
    bounded = read(capture, head_bytes=2000)
    assert len(bounded.rows[2].heads[0]) == 100, "there was no room for a third"
    closed = read(capture, head_bytes=2000, max_flows=1)
    assert len(closed.rows[2].heads[0]) == 1100, "a flow that is over makes room"


def halves(keys: Iterable[Key]) -> int:
    """One bit for each key, the first one is the highest."""
    return int("".join(str(head.half_of(key)) for key in keys), 2)


def test_halves_of_flows_are_those_of_the_native_engine() -> None:
    """The same numbers stand in a test of ``rust/src/flow/key.rs``."""
    ports = range(1000, 1032)
    four = bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])
    six = ip_address("2001:db8::ff:2").packed, ip_address("fd00::1").packed

    def key(version: int, ends: tuple[bytes, bytes], ports: tuple[int, int], key_id: int) -> Key:
        return version, *ends, 6, ports != (0, 0), *ports, -1, -1, key_id, -1, -1, ()

    assert halves(key(4, four, (port, 80), 0) for port in ports) == 0xAAA9_5556
    assert halves(key(6, six, (80, port), 0) for port in ports) == 0x5A52_D2D6
    assert halves(key(4, four, (0, 0), key_id) for key_id in ports) == 0xA5A5_8787


@pytest.mark.parametrize("name", hostile.COMPRESSIONS)
def test_a_bomb_alone_is_an_error_that_says_where_and_what_to_do(name: str) -> None:
    packed = hostile.COMPRESSIONS[name](hostile.bomb())
    with pytest.raises(CaptureError) as caught:
        read(packed)
    place = (stream.BOMB_BYTES - 24 + 1) // (16 + 256 * 1024) * (16 + 256 * 1024) + 24
    assert str(caught.value) == (
        f"test0.pcap, byte {place}: the {name} data is a decompression bomb: {len(packed)} bytes "
        f"unpack to more than {stream.BOMB_BYTES}, over 1000 times as many; if you trust the "
        f"file, unpack it yourself: {name} -d < FILE | classify -"
    )


def test_a_bomb_among_others_is_a_warning_and_what_came_before_is_kept() -> None:
    packed = bz2.compress(hostile.bomb())
    result = read(packed, hostile.families(3))
    bomb, other = result.health.captures
    assert (bomb.frames, bomb.cut, bomb.bomb) == (255, True, True)
    assert (other.frames, other.bomb) == (3, False)
    assert any("is a decompression bomb" in warning for warning in result.warnings)


def test_what_packs_well_is_no_bomb() -> None:
    data = hostile.bomb(255)
    for packed in (bz2.compress(data), hostile.gzip_of(hostile.bomb(100))):
        assert not read(packed).file.bomb


def test_a_packet_block_that_holds_less_than_it_claims_is_a_frame_that_cannot_be_decoded() -> None:
    result = read(hostile.short_packets())
    detail = "pcapng: packet block shorter than it claims"
    assert result.outcomes == {(UNDECODABLE, detail): 4, (NOT_IP, "ARP"): 3}
    assert result.health.first_frames == {(UNDECODABLE, detail): (0, 1), (NOT_IP, "ARP"): (0, 2)}
    assert result.file.frames == 7
    assert result.file.interfaces[0].frames == 3
    short, hollow = sorted(result.health.warnings, key=lambda it: it.count, reverse=True)
    assert (short.count, hollow.count) == (4, 1)
    assert "counted only" in short.cause
    assert "passed over" in hollow.cause
