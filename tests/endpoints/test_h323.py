"""H.323: where the control channel of a call is, and where its media go."""

from __future__ import annotations

import re

import pytest
from conversation import (
    CLIENT,
    SERVER,
    announced,
    conversation,
    identified,
    registered,
    said,
    split_everywhere,
)
from hypothesis import given
from hypothesis import strategies as st

from classifier.endpoints.h323 import read

CALLER, CALLED = "10.1.3.143", "10.1.6.18"

# Of a call between two phones.
SETUP = bytes.fromhex(
    "030000a0080277f40504038090a528086d2e6a656d6563007e00850520a8060008914a0004014006006d002e006a00"
    "65006d0065006322c00900003d1443616c6c67656e33323320706f67616373616d00000a302e39616c70686134000"
    "0000a01061206b800f8fdf93ecd9ed6119ab2000476222017005d0d8007000a01038f80231100c0fef93ecd9ed611"
    "9ab2000476222017010001000100010002800100"
)
CONNECT = bytes.fromhex(
    "030000610802f7f40728074d2e4a454d45437e004c0522c0060008914a0003000a01061204d022c0000000000333"
    "313069005200f8fdf93ecd9ed6119ab2000476222017170c001100c0fef93ecd9ed6119ab2000476222017010001"
    "0008800100"
)
CAPABILITIES = bytes.fromhex("0300001c0230010600088175000500801bc520401d00800000001bc5")
OPEN = bytes.fromhex("03000018030000640c201d800b0d0001000a01038f138980")
OPEN_BACK = bytes.fromhex("030000170300003c0c201d800a040001000a01061207d7")

# Made for this test; the fields are those that tshark shows.
FAST_SETUP = bytes.fromhex(
    "030000c7080277f40504038090a52804616263007e00b00520f9060008914a0004000a01038f08340201004564"
    "01006100622ac0b500534c03616263640031400220680a0501004045601002010045640100610062000a010612"
    "06b800000102030405060708090a0b0c0d0e0f000007a307000a01038f80231100000102030405060708090a0b"
    "0c0d0e0f3502130000000c6013800b050001000a01038f1389801f400001060401004d0000c00012150001000a"
    "01038f1388000a01038f138980010002800100"
)
ALERTING = bytes.fromhex(
    "0300004c080277f4017e00400523c0060008914a00042ac0b500534c03616263640031400220680a0501004045"
    "60100a0106120514011100000102030405060708090a0b0c0d0e0f02800100"
)
FAST_CONNECT = bytes.fromhex(
    "03000069080277f4077e005d052280060008914a000422c0b500534c0361626364003110000102030405060708"
    "090a0b0c0d0e0f09101100000102030405060708090a0b0c0d0e0f1c011a0000000c60138012150001000a0106"
    "121770000a01061217718002800100"
)
FACILITY = bytes.fromhex(
    "03000049080277f4627e003d052690060008914a0004000102030405060708090a0b0c0d0e0f8101000d041100"
    "000102030405060708090a0b0c0d0e0f07000a010612051502800100"
)
PROGRESS = bytes.fromhex(
    "03000060080277f4037e00540528004c44060008914a000422c0b500534c03616263640031100a010612051600"
    "000102030405060708090a0b0c0d0e0f011d00000008588018ff400012150002000a0106121772000a01061217"
    "738002800100"
)
TUNNEL = bytes.fromhex(
    "03000051080277f47b7e0045052400060008914a000404c0018036021c0300000408ccc0140eff0203e8004080"
    "0b050002000a01038f138b801722c000060280101c00000a01038f138c000a01038f138d"
)
OPEN_VIDEO = bytes.fromhex("030000200300000408ccc0140eff0203e80040800b050002000a01038f138b80")
OPEN_T120 = bytes.fromhex(
    "0300002603c0000510183001004017708101001018300100401770010942000a01038f05df00"
)
OPEN_FAX = bytes.fromhex("0300001b0300000611040743000100000000400090800401000380")
ACK_FAX = bytes.fromhex("0300001322c0000602800808000a010612177a")
ACK_T120 = bytes.fromhex("0300001422c0000503000908000a01061205e000")
ACK_VIDEO = bytes.fromhex("0300001b22c000080280101c02000a010612177c000a010612177d")


def hear(client=(), server=(), **rest):
    rest = {"client_ip": CALLER, "server_ip": CALLED, **rest}
    return said(read, client, server, **rest)


def ends(heard) -> list[tuple[str, str, int]]:
    return [(one.service, one.host, one.port) for one in announced(heard)]


def test_the_answer_to_a_call_announces_its_control_channel():
    heard = hear([SETUP], [CONNECT])
    (one,) = announced(heard)
    assert (one.service, one.host, one.port, one.transport) == ("h245", CALLED, 1232, "tcp")
    assert (one.speaker, one.place.frame) == (CALLED, 2)


def test_the_control_channel_announces_media():
    heard = hear([CAPABILITIES, OPEN], [CAPABILITIES, OPEN_BACK])
    assert ends(heard) == [("rtcp", CALLER, 5001), ("rtcp", CALLED, 2007)]
    assert {(one.transport, one.detail) for one in announced(heard)} == {("udp", "audio")}


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (SETUP, []),  # the address in it is that of the call itself
        (
            FAST_SETUP,
            [("h245", CALLER, 2100), ("rtcp", CALLER, 5001), ("rtp", CALLER, 5000)],
        ),
        (ALERTING, [("h245", CALLED, 1300)]),
        (FAST_CONNECT, [("rtp", CALLED, 6000), ("rtcp", CALLED, 6001)]),
        (FACILITY, [("h245", CALLED, 1301)]),
        (PROGRESS, [("h245", CALLED, 1302), ("rtp", CALLED, 6002), ("rtcp", CALLED, 6003)]),
        (TUNNEL, [("rtcp", CALLER, 5003), ("rtp", CALLER, 5004), ("rtcp", CALLER, 5005)]),
    ],
)
def test_messages_of_a_call_say_where_they_listen(message, expected):
    assert ends(hear([message])) == expected


def test_channels_may_be_of_several_kinds():
    heard = hear(
        [CAPABILITIES + OPEN_VIDEO + OPEN_T120 + OPEN_FAX], [ACK_FAX + ACK_T120 + ACK_VIDEO]
    )
    assert ends(heard) == [
        ("rtcp", CALLER, 5003),
        ("netmeeting", CALLER, 1503),
        ("t38", CALLED, 6010),
        ("netmeeting", CALLED, 1504),
        ("rtp", CALLED, 6012),
        ("rtcp", CALLED, 6013),
    ]


def test_a_channel_of_unknown_kind_announces_nothing():
    assert not ends(hear([CAPABILITIES], [ACK_FAX + ACK_T120]))


def test_messages_identify_their_protocol_on_any_port():
    for messages, service in (([SETUP], "h323"), ([FACILITY], "h323"), ([CAPABILITIES], "h245")):
        heard = identified(hear(messages, server_port=9_999))
        assert [(one.service, one.client_is_server) for one in heard] == [(service, False)]


def test_sides_taken_the_wrong_way_round_are_turned():
    heard = identified(hear(turns=[(SERVER, SETUP), (CLIENT, CONNECT)]))
    assert [one.client_is_server for one in heard] == [True]


def test_a_third_host_is_announced_as_one():
    (one,) = announced(hear([CONNECT], client_ip="10.9.9.9"))
    assert (one.host, one.speaker) == (CALLED, "10.9.9.9")


def test_behind_nat_both_hosts_are_meant():
    found = ends(hear([CONNECT], client_ip="203.0.114.7"))
    assert found == [("h245", CALLED, 1232), ("h245", "203.0.114.7", 1232)]


def test_a_repetition_is_said_once():
    assert len(hear([CONNECT, CONNECT])) == 2


@pytest.mark.parametrize(
    "payload",
    [
        OPEN,  # which could be anything
        b"\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00\x03\x00\x00\x00",  # RDP
        b"\x03\x00\x00\x04" * 9,
        b"\x03\x00\x00\x03\x08\x02\x00\x00\x05",
        SETUP.replace(b"\x08\x91\x4a", b"\x08\x91\x4b"),
        SETUP[4:],
    ],
)
def test_what_does_not_name_the_protocol_says_nothing(payload):
    assert not hear([payload])


def test_segments_may_cut_it_anywhere():
    for segments in split_everywhere(SETUP + CONNECT):
        assert ends(hear(segments)) == [("h245", CALLED, 1232)]


@pytest.mark.parametrize("message", [FAST_SETUP, PROGRESS, TUNNEL])
def test_a_packet_that_is_cut_short_says_nothing(message):
    for length in range(len(message)):
        assert not hear([message[:length]])


@pytest.mark.parametrize("message", [FAST_SETUP, ALERTING, FACILITY, PROGRESS, TUNNEL])
def test_what_is_cut_short_inside_announces_nothing_wrong(message):
    whole = ends(hear([message]))
    for length in range(4, len(message)):
        cut = message[:length]
        cut = cut[:2] + len(cut).to_bytes(2, "big") + cut[4:]
        found = ends(hear([cut]))
        assert found == whole[: len(found)]


ALL = [SETUP, FAST_SETUP, ALERTING, CONNECT, TUNNEL, CAPABILITIES, OPEN_VIDEO, OPEN_T120, ACK_FAX]


@given(st.sampled_from(ALL), st.data())
def test_no_bytes_break_it(message, data):
    damaged = bytearray(message)
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(4, len(message) - 1))] = data.draw(st.integers(0, 255))
    for one in announced(read(conversation([CAPABILITIES + damaged, bytes(damaged)]))):
        assert 0 < one.port <= 0xFFFF


@given(st.lists(st.binary(max_size=40)))
def test_no_packets_break_it(packets):
    framed = [b"\3\0" + (4 + len(each)).to_bytes(2, "big") + each for each in packets]
    assert not hear(framed)


def test_only_what_looks_like_it_is_read():
    def matches(head: bytes) -> bool:
        return any(re.match(pattern, head) for _, pattern in registered("H.323").patterns)

    assert all(matches(message) for message in (SETUP, CONNECT, FACILITY, CAPABILITIES))
    assert not matches(
        b"\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00\x03\x00\x00\x00"
    )
    assert not matches(
        b"\x03\x00\x00\x16\x11\xe0\x00\x00\x00\x01\x00\xc1\x02\x01\x00\xc2\x02\x01\x02"
    )
