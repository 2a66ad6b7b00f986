"""Skinny: where the sound of Cisco's phones goes."""

from __future__ import annotations

import re
from struct import pack

import pytest
from conversation import (
    CLIENT_IP,
    SERVER_IP,
    announced,
    conversation,
    endpoints,
    identified,
    registered,
    said,
    split_everywhere,
)
from hypothesis import given
from hypothesis import strategies as st

from classifier.endpoints.skinny import read

# Of a phone and its call manager, version 20: OpenReceiveChannelAck, StartMediaTransmission (its
# first fields) and StartMediaTransmissionAck.
OPENED = bytes.fromhex(
    "2800000014000000220000000000000000000000c0a8c33a000000000000000000000000907d00004f000001"
    "4a362e01"
)
START = bytes.fromhex(
    "24000000140000008a0000004b362e015100000100000000c0a8c118000000000000000000000000b7240000"
)
STARTED = bytes.fromhex(
    "2c00000014000000540100004a362e015200000151362e0100000000c0a8c33a000000000000000000000000"
    "967d000000000000"
)
KEEP_ALIVE = pack("<III", 4, 20, 0)


def message(number: int, fields: bytes, *, version: int = 0) -> bytes:
    return pack("<III", len(fields) + 4, version, number) + fields


def old(address: bytes, port: int) -> bytes:
    return message(0x22, pack("<I", 0) + address + pack("<II", port, 1))


def hear(client=(), server=(), **rest):
    return said(read, client, server, **{"server_port": 2000, **rest})


def test_phones_and_their_manager_say_where_sound_goes():
    heard = hear([KEEP_ALIVE + OPENED, STARTED], [KEEP_ALIVE + START])
    assert endpoints(heard) == [
        ("192.168.195.58", 32144),
        ("192.168.195.58", 32145),
        ("192.168.195.58", 32150),
        ("192.168.195.58", 32151),
        ("192.168.193.24", 9399),
        ("192.168.193.24", 9400),
    ]
    assert [one.service for one in announced(heard)] == ["rtp", "rtcp"] * 3
    assert [one.speaker for one in announced(heard)] == [CLIENT_IP] * 4 + [SERVER_IP] * 2


def test_old_phones_have_short_addresses():
    heard = hear([KEEP_ALIVE + old(bytes([10, 0, 0, 1]), 5000)])
    assert endpoints(heard) == [(CLIENT_IP, 5000), (CLIENT_IP, 5001)]


def test_an_address_may_be_of_ipv6():
    fields = pack("<II", 0, 1) + bytes.fromhex("20010db8" + "0" * 23 + "9") + pack("<I", 5000)
    heard = hear([KEEP_ALIVE + message(0x22, fields, version=20)])
    assert endpoints(heard)[0] == ("2001:db8::9", 5000)


@pytest.mark.parametrize(
    "said_",
    [
        message(0x22, pack("<I", 1) + bytes([10, 0, 0, 1]) + pack("<I", 5000)),  # refused
        message(0x22, pack("<I", 0) + bytes([10, 0, 0, 1])),
        old(bytes(4), 5000),
        old(bytes([10, 0, 0, 1]), 0),
        old(bytes([10, 0, 0, 1]), 70_000),
        message(0x23, pack("<I", 0) + bytes([10, 0, 0, 1]) + pack("<I", 5000)),
    ],
)
def test_what_hands_out_nothing_announces_nothing(said_):
    heard = hear([KEEP_ALIVE + said_])
    assert not announced(heard)
    assert [one.service for one in identified(heard)] == ["sccp"]


@pytest.mark.parametrize(
    "payload",
    [
        KEEP_ALIVE,
        bytes(48),
        KEEP_ALIVE + bytes(48),
        KEEP_ALIVE + b"GET / HTTP/1.1\r\n\r\n",
        pack("<III", 0xFFFFFFFF, 0, 0) + OPENED,
        pack("<III", 3, 0, 0) + OPENED,
        pack("<III", 4, 33, 0) + OPENED,
        pack("<III", 4, 0, 0x10000) + OPENED,
    ],
)
def test_less_than_two_messages_say_nothing(payload):
    assert not hear([payload])


def test_segments_may_cut_it_anywhere():
    for segments in split_everywhere(KEEP_ALIVE + OPENED):
        assert len(announced(hear(segments))) == 2


def test_a_message_that_is_cut_short_announces_nothing():
    for length in range(len(OPENED)):
        assert not announced(hear([KEEP_ALIVE + OPENED[:length]]))


def test_behind_nat_both_addresses_of_a_phone_are_meant():
    heard = hear([KEEP_ALIVE + OPENED], client_ip="203.0.114.7")
    assert {one.host for one in announced(heard)} == {"192.168.195.58", "203.0.114.7"}


@given(st.lists(st.sampled_from([KEEP_ALIVE, OPENED, START]) | st.binary(max_size=20)))
def test_no_bytes_break_it(parts):
    for one in announced(read(conversation([b"".join(parts)]))):
        assert 0 < one.port <= 0xFFFF


def test_a_phone_that_registers_is_read_on_any_port():
    ((_, pattern),) = registered("Skinny").patterns
    assert re.match(pattern, message(1, b"SEP0014F2E5FC42\x00", version=20))
    assert not re.match(pattern, KEEP_ALIVE)
