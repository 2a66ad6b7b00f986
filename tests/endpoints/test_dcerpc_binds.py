"""Binds of DCE/RPC: what a connection says about itself."""

from __future__ import annotations

import pytest
import rpc_bytes as rpc
from conversation import (
    CLIENT,
    SERVER,
    conversation,
    identified,
    looked_for,
    said,
    split_everywhere,
)

from classifier.endpoints.dcerpc import read

# A bind of a Windows client to the endpoint mapper: NDR, NDR64 and the question about features.
BIND = bytes.fromhex(
    "05000b0310000000a000000002000000d016d0160000000003000000000001000883afe11f5dc91191a408002b14"
    "a0fa03000000045d888aeb1cc9119fe808002b10486002000000010001000883afe11f5dc91191a408002b14a0fa"
    "0300000033057171babe37498319b5dbef9ccc3601000000020001000883afe11f5dc91191a408002b14a0fa0300"
    "00002c1cb76c12984045030000000000000001000000"
)
# Its answer: NDR refused, NDR64 taken, features negotiated.
BIND_ACK = bytes.fromhex(
    "05000c03100000006c00000002000000d016d0168839000004003133350000000300000002000200000000000000"
    "00000000000000000000000000000000000033057171babe37498319b5dbef9ccc36010000000300030000000000"
    "00000000000000000000000000000000"
)
ONE = (0, rpc.DRSUAPI, rpc.NDR)


def interfaces(heard):
    return [one.interface for one in identified(heard)]


def test_a_windows_client_binds_once_however_many_syntaxes_it_offers():
    (one,) = said(read, [BIND], [BIND_ACK])
    assert one.service == "windows-rpc"
    assert one.interface == rpc.MAPPER
    assert one.detail == "bind to version 3.0"
    assert (one.place.flow, one.place.frame) == (7, 1)
    assert not one.client_is_server
    assert not one.carried


def test_binds_are_read_on_any_port_and_by_any_segments():
    for segments in split_everywhere(BIND):
        assert interfaces(said(read, segments, [BIND_ACK], server_port=1234)) == [rpc.MAPPER]


def test_the_bind_is_said_in_the_frame_that_completes_it():
    (one,) = said(read, [BIND[:50], BIND[50:159], BIND[159:]])
    assert one.place.frame == 3


@pytest.mark.parametrize("little", [True, False])
def test_both_byte_orders_are_read(little):
    heard = said(
        read, [rpc.bind(ONE, little=little)], [rpc.bind_ack((0, 0, rpc.NDR), little=little)]
    )
    assert interfaces(heard) == [rpc.DRSUAPI]


def test_several_interfaces_of_one_bind_are_all_told():
    heard = said(read, [rpc.bind(ONE, (1, rpc.SVCCTL, rpc.NDR))])
    assert interfaces(heard) == [rpc.DRSUAPI, rpc.SVCCTL]


def test_an_interface_that_is_added_later_is_told():
    alter = rpc.bind((1, rpc.SVCCTL, rpc.NDR), kind=rpc.ALTER, call=2)
    heard = said(read, [rpc.bind(ONE) + alter])
    assert interfaces(heard) == [rpc.DRSUAPI, rpc.SVCCTL]


def test_a_question_about_features_is_no_bind():
    assert said(read, [rpc.bind((0, rpc.DRSUAPI, rpc.FEATURES))]) == []


def test_versions_of_one_interface_are_told_apart():
    twice = rpc.bind(ONE) + rpc.bind(ONE, version=(2, 1), kind=rpc.ALTER, call=3)
    assert [one.detail for one in said(read, [twice])] == [
        "bind to version 1.0",
        "bind to version 2.1",
    ]


def test_an_interface_that_the_server_does_not_have_was_looked_for():
    heard = said(read, [rpc.bind(ONE)], [rpc.bind_ack((2, 1, rpc.NDR))])
    assert [one.interface for one in looked_for(heard)] == [rpc.DRSUAPI]
    (one,) = identified(heard)
    assert (one.detail, one.interface) == ("bind refused", "")


def test_of_two_interfaces_the_one_that_exists_names_the_flow():
    heard = said(
        read,
        [rpc.bind(ONE, (1, rpc.SVCCTL, rpc.NDR))],
        [rpc.bind_ack((2, 1, rpc.NDR), (0, 0, rpc.NDR))],
    )
    assert interfaces(heard) == [rpc.SVCCTL]
    assert [one.interface for one in looked_for(heard)] == [rpc.DRSUAPI]


def test_a_bind_that_is_refused_for_another_reason_still_names_the_interface():
    nak = rpc.pdu(rpc.BIND_NAK, b"\x08\0\x01\x05\0")
    (one,) = said(read, [rpc.bind(ONE)], [nak])
    assert (one.detail, one.interface) == ("bind to version 1.0, refused", rpc.DRSUAPI)


def test_calls_in_the_middle_of_a_connection_are_dce_rpc_of_an_unknown_interface():
    (one,) = said(read, [b"half a PDU" + rpc.request(9, b"stub")], [rpc.response(b"stub")])
    assert (one.service, one.interface, one.place.frame) == ("windows-rpc", "", 2)


def test_an_answer_without_its_request_says_nothing():
    assert said(read, [rpc.request(9, b"stub", call=3)], [rpc.response(b"stub", call=4)]) == []


def test_a_recording_that_began_in_the_middle_may_have_the_sides_wrong():
    heard = said(read, [rpc.bind_ack((0, 0, rpc.NDR))], [rpc.bind(ONE)])
    (one,) = identified(heard)
    assert one.client_is_server
    assert one.interface == rpc.DRSUAPI


def test_a_probe_that_another_protocol_answers_is_no_dce_rpc():
    assert said(read, [BIND], [b"HTTP/1.1 400 Bad Request\r\n\r\n"]) == []


def test_a_server_that_is_cut_short_or_silent_leaves_the_bind():
    assert len(said(read, [BIND])) == 1
    assert len(said(read, [BIND], [BIND_ACK[:5]])) == 1
    assert len(said(read, [BIND], [BIND_ACK[:40]])) == 1


def test_a_gap_does_not_hide_what_comes_behind_it():
    turns = [(CLIENT, BIND[:30]), (CLIENT, 130), (CLIENT, b"\5\0..." + rpc.bind(ONE))]
    assert interfaces(said(read, turns=turns)) == [rpc.DRSUAPI]


def test_an_answer_that_was_recorded_first_hides_nothing():
    turns = [(SERVER, BIND_ACK), (CLIENT, BIND)]
    assert interfaces(said(read, turns=turns)) == [rpc.MAPPER]


def test_a_server_of_rpc_over_http_speaks_first():
    heard = said(
        read,
        turns=[(SERVER, b"ncacn_http/1.0"), (CLIENT, BIND), (SERVER, BIND_ACK)],
        server_port=593,
    )
    assert interfaces(heard) == [rpc.MAPPER]


def test_only_tcp_is_read():
    assert list(read(conversation([BIND], [BIND_ACK], transport="udp"))) == []


@pytest.mark.parametrize("count", [0, 2, 255])
def test_a_wrong_number_of_contexts_tells_what_is_there(count):
    heard = said(read, [rpc.bind(ONE, lie_count=count)])
    assert interfaces(heard) == [rpc.DRSUAPI] * (count > 0)


@pytest.mark.parametrize("length", [0, 15, 16, 71, 73, 65_535])
def test_a_wrong_length_of_a_bind_tells_nothing_false(length):
    heard = said(read, [rpc.bind(ONE, lie_length=length)])
    assert interfaces(heard) in ([], [rpc.DRSUAPI])


@pytest.mark.parametrize("auth", [1, 40, 56, 57, 65_535])
def test_a_wrong_length_of_authentication_tells_nothing_false(auth):
    heard = said(read, [rpc.bind(ONE, lie_auth=auth)])
    assert interfaces(heard) in ([], [rpc.DRSUAPI])


def test_a_truncated_bind_tells_nothing():
    for length in range(len(BIND)):
        assert said(read, [BIND[:length]], [BIND_ACK]) == []
