"""The endpoint mapper: which interface it says to be served where."""

from __future__ import annotations

import pytest
import rpc_bytes as rpc
from conversation import (
    CLIENT,
    SERVER,
    SERVER_IP,
    THIRD_IP,
    announced,
    endpoints,
    identified,
    looked_for,
    said,
    split_everywhere,
)
from test_dcerpc_binds import BIND, BIND_ACK

from classifier.endpoints.dcerpc import read

# A Windows client asks for DRSUAPI in NDR64; the answer has two towers (ports 49674 and 49667).
MAP_REQUEST = bytes.fromhex(
    "0500000310000000a800000002000000900000000100030001000000000000000000000000000000000000000000"
    "000002000000000000004b000000000000004b000000050013000d354251e3064bd111ab0400c04fc2dcd2040002"
    "00000013000d045d888aeb1cc9119fe808002b10486002000200000001000b020000000100070200008701000904"
    "000000000000000000000000000000000000000000000000000004000000"
)
MAP_RESPONSE = bytes.fromhex(
    "05000203100000000c01000002000000f40000000100000000000000000000000000000000000000000000000200"
    "0000040000000000000000000000000000000200000000000000030000000000000004000000000000004b000000"
    "000000004b000000050013000d354251e3064bd111ab0400c04fc2dcd204000200000013000d045d888aeb1cc911"
    "9fe808002b10486002000200000001000b020000000100070200c20a0100090400ac122605004b00000000000000"
    "4b000000050013000d354251e3064bd111ab0400c04fc2dcd204000200000013000d045d888aeb1cc9119fe80800"
    "2b10486002000200000001000b020000000100070200c2030100090400ac1226050000000000"
)
ORDERS = pytest.mark.parametrize("little", [True, False])
SYNTAXES = pytest.mark.parametrize("wide", [True, False], ids=["NDR64", "NDR"])


def exchange(operation, asked, answered, *, wide=False, little=True, **rest):
    """What is heard of a bind to the mapper, a call and its answer."""
    syntax = rpc.NDR64 if wide else rpc.NDR
    client = [
        rpc.bind((0, rpc.MAPPER, syntax), little=little),
        rpc.request(operation, asked, little=little),
    ]
    server = [
        rpc.bind_ack((0, 0, syntax), little=little),
        rpc.response(answered, little=little, **rest),
    ]
    return said(read, client, server, server_port=135)


def mapped(*towers, asked=None, **rest):
    """What is heard of an answer to ept_map."""
    wide, little = rest.get("wide", False), rest.get("little", True)
    asked = rpc.ept_map(asked or rpc.tower(port=0), wide=wide, little=little)
    answer = rpc.mapped(*towers, **rest)
    return exchange(3, asked, answer, wide=wide, little=little)


def looked_up(*entries, **rest):
    """What is heard of an answer to ept_lookup."""
    wide, little = rest.get("wide", False), rest.get("little", True)
    return exchange(2, b"\0" * 40, rpc.looked_up(*entries, **rest), wide=wide, little=little)


def test_a_windows_server_hands_out_two_ports_of_one_interface():
    heard = said(
        read,
        [BIND, MAP_REQUEST],
        [BIND_ACK, MAP_RESPONSE],
        server_ip="172.18.38.5",
        server_port=135,
    )
    assert endpoints(heard) == [("172.18.38.5", 49_674), ("172.18.38.5", 49_667)]
    one = announced(heard)[0]
    assert (one.transport, one.service, one.interface) == ("tcp", "windows-rpc", rpc.DRSUAPI)
    assert (one.speaker, one.place.frame, one.lifetime) == ("172.18.38.5", 4, 0)
    assert [one.interface for one in identified(heard)] == [rpc.MAPPER]


def test_the_answer_may_come_in_any_segments():
    for segments in split_everywhere(MAP_RESPONSE):
        turns = [
            (CLIENT, BIND),
            (SERVER, BIND_ACK),
            (CLIENT, MAP_REQUEST),
            *((SERVER, segment) for segment in segments),
        ]
        assert endpoints(said(read, turns=turns, server_ip="172.18.38.5")) == [
            ("172.18.38.5", 49_674),
            ("172.18.38.5", 49_667),
        ]


@ORDERS
@SYNTAXES
def test_both_byte_orders_and_both_syntaxes_are_read(little, wide):
    towers = rpc.tower(port=1025), rpc.tower(rpc.SVCCTL, 65_535)
    heard = announced(mapped(*towers, little=little, wide=wide))
    assert [(one.port, one.interface) for one in heard] == [
        (1025, rpc.DRSUAPI),
        (65_535, rpc.SVCCTL),
    ]
    entries = [(b"", towers[0]), (b"Event log TCPIP", towers[1])]
    heard = announced(looked_up(*entries, little=little, wide=wide))
    assert [(one.port, one.detail) for one in heard] == [
        (1025, "endpoint mapper"),
        (65_535, "Event log TCPIP"),
    ]


@pytest.mark.parametrize("size", [1, 7, 24, 60])
def test_fragments_of_an_answer_are_put_together(size):
    answer = rpc.response(rpc.looked_up((b"one", rpc.tower()), (b"two", rpc.tower(port=50_000))))
    turns = [
        (CLIENT, rpc.bind((0, rpc.MAPPER, rpc.NDR))),
        (CLIENT, rpc.request(2, b"\0" * 40)),
        *((SERVER, part) for part in rpc.fragments(answer, size)),
    ]
    heard = said(read, turns=turns)
    assert endpoints(heard) == [(SERVER_IP, 49_674), (SERVER_IP, 50_000)]
    assert announced(heard)[0].place.frame == len(turns)


def test_an_answer_without_its_first_fragment_says_nothing():
    parts = rpc.fragments(rpc.response(rpc.mapped(rpc.tower())), 60)
    client = [rpc.bind((0, rpc.MAPPER, rpc.NDR)), rpc.request(3, rpc.ept_map(rpc.tower()))]
    assert announced(said(read, client, [b"".join(parts[1:])])) == []


@SYNTAXES
def test_what_is_not_registered_was_looked_for(wide):
    heard = mapped(asked=rpc.tower(rpc.SVCCTL, 0), status=0x16C9A0D6, wide=wide)
    (one,) = looked_for(heard)
    assert (one.interface, one.service) == (rpc.SVCCTL, "windows-rpc")
    assert one.detail == "asked the endpoint mapper, not registered"
    assert announced(heard) == []


def test_another_failure_is_told_by_its_number():
    (one,) = looked_for(mapped(status=0x16C9A0CD))
    assert one.detail == "asked the endpoint mapper, status 0x16c9a0cd"


def test_an_empty_address_means_the_server_that_answers():
    assert endpoints(mapped(rpc.tower(host="0.0.0.0"))) == [(SERVER_IP, 49_674)]


def test_another_address_of_the_server_is_announced_beside_the_one_that_answers():
    heard = announced(mapped(rpc.tower(host=THIRD_IP)))
    assert [(one.host, one.speaker) for one in heard] == [
        (SERVER_IP, SERVER_IP),
        (THIRD_IP, SERVER_IP),
    ]


def again(*stubs: bytes) -> list:
    """What is heard of several calls one after the other."""
    turns = [(CLIENT, rpc.bind((0, rpc.MAPPER, rpc.NDR)))]
    for number, stub in enumerate(stubs):
        turns.append((CLIENT, rpc.request(3, rpc.ept_map(rpc.tower()), call=number)))
        turns.append((SERVER, rpc.response(stub, call=number)))
    return said(read, turns=turns)


def test_what_is_handed_out_again_is_told_again():
    one, other = rpc.mapped(rpc.tower()), rpc.mapped(rpc.tower(rpc.SVCCTL))
    heard = announced(again(one, other, one))
    assert [(each.place.frame, each.interface) for each in heard] == [
        (3, rpc.DRSUAPI),
        (5, rpc.SVCCTL),
        (7, rpc.DRSUAPI),
    ]


def test_what_is_looked_for_again_in_vain_is_told_once():
    absent = rpc.mapped(status=0x16C9A0D6)
    assert [one.place.frame for one in again(absent, absent)] == [1, 3]


def test_one_answer_announces_the_same_endpoint_once():
    assert len(announced(mapped(rpc.tower(), rpc.tower(), rpc.tower(rpc.SVCCTL)))) == 2


def test_datagram_endpoints_are_of_udp():
    (one,) = announced(mapped(rpc.tower(port=1026, transport=8)))
    assert (one.transport, one.port) == ("udp", 1026)


def test_rpc_over_http_is_an_endpoint_of_tcp():
    (one,) = announced(mapped(rpc.tower(port=593, transport=0x1F)))
    assert (one.transport, one.port) == ("tcp", 593)


def test_pipes_and_local_endpoints_are_no_ports():
    heard = looked_up(
        (b"", rpc.pipe_tower(rpc.SVCCTL, b"\\PIPE\\svcctl")),
        (b"", rpc.tower(transport=0x10)),
        (b"", rpc.tower(port=0)),
        (b"", rpc.tower()),
    )
    assert endpoints(heard) == [(SERVER_IP, 49_674)]


def test_answers_match_their_request_by_number():
    client = [
        rpc.bind((0, rpc.MAPPER, rpc.NDR)),
        rpc.request(9, b"", call=5) + rpc.request(3, rpc.ept_map(rpc.tower()), call=6),
    ]
    answer = rpc.mapped(rpc.tower())
    assert announced(said(read, client, [b"", rpc.response(answer, call=5)])) == []
    assert len(announced(said(read, client, [b"", rpc.response(answer, call=6)]))) == 1


def test_a_number_that_is_used_again_means_the_request_before_the_answer():
    turns = [
        (CLIENT, rpc.bind((0, rpc.MAPPER, rpc.NDR))),
        (CLIENT, rpc.request(3, rpc.ept_map(rpc.tower()), call=1)),
        (SERVER, rpc.response(rpc.mapped(rpc.tower(port=1111)), call=1)),
        (CLIENT, rpc.request(2, b"\0" * 40, call=1)),
        (SERVER, rpc.response(rpc.looked_up((b"note", rpc.tower(port=2222))), call=1)),
    ]
    assert [(one.port, one.detail) for one in announced(said(read, turns=turns))] == [
        (1111, "endpoint mapper"),
        (2222, "note"),
    ]


def test_another_interface_does_not_speak_for_the_mapper():
    client = [rpc.bind((0, rpc.SVCCTL, rpc.NDR)), rpc.request(3, rpc.ept_map(rpc.tower()))]
    heard = said(read, client, [b"", rpc.response(rpc.mapped(rpc.tower()))], server_port=135)
    assert announced(heard) == []


def test_signed_answers_are_read_and_sealed_ones_are_not():
    asked, answer = rpc.ept_map(rpc.tower()), rpc.mapped(rpc.tower())
    assert endpoints(exchange(3, asked, answer, auth_level=5)) == [(SERVER_IP, 49_674)]
    assert announced(exchange(3, asked, answer, auth_level=6)) == []


@pytest.mark.parametrize("port", [135, 593])
def test_without_its_bind_the_mapper_is_known_by_its_port(port):
    client, server = (
        [rpc.request(3, rpc.ept_map(rpc.tower()))],
        [rpc.response(rpc.mapped(rpc.tower()))],
    )
    heard = said(read, client, server, server_port=port)
    assert endpoints(heard) == [(SERVER_IP, 49_674)]
    assert [one.interface for one in identified(heard)] == [rpc.MAPPER]
    assert announced(said(read, client, server, server_port=5000)) == []


def test_who_answers_is_who_speaks_even_if_taken_for_the_client():
    heard = said(
        read,
        [rpc.bind_ack((0, 0, rpc.NDR)), rpc.response(rpc.mapped(rpc.tower()))],
        [rpc.bind((0, rpc.MAPPER, rpc.NDR)), rpc.request(3, rpc.ept_map(rpc.tower()))],
        client_ip="10.9.9.9",
        client_port=135,
    )
    assert [(one.host, one.speaker) for one in announced(heard)] == [("10.9.9.9", "10.9.9.9")]
    assert [one.client_is_server for one in identified(heard)] == [True]


@SYNTAXES
@pytest.mark.parametrize("count", [0, 2, 4_096, 4_097, 2**31, 2**32 - 1])
def test_a_wrong_count_of_towers_invents_nothing(count, wide):
    heard = mapped(rpc.tower(), lie_count=count, wide=wide)
    assert endpoints(heard) in ([], [(SERVER_IP, 49_674)])
    heard = looked_up((b"note", rpc.tower()), lie_count=count, wide=wide)
    assert endpoints(heard) in ([], [(SERVER_IP, 49_674)])


@pytest.mark.parametrize("length", [0, 1, 2, 74, 76, 2**16, 2**32 - 1])
def test_a_wrong_length_of_a_tower_invents_nothing(length):
    heard = mapped(rpc.tower(), rpc.tower(rpc.SVCCTL), lie_tower=length)
    assert {one.port for one in announced(heard)} <= {49_674}


@pytest.mark.parametrize("floors", [0, 1, 4, 6, 17, 65_535])
def test_a_wrong_number_of_floors_invents_nothing(floors):
    heard = mapped(rpc.tower(floors=floors))
    assert endpoints(heard) == ([(SERVER_IP, 49_674)] if floors == 4 else [])


@pytest.mark.parametrize("length", [0, 65, 2**32 - 1])
def test_a_wrong_length_of_an_annotation_invents_nothing(length):
    heard = looked_up((b"note", rpc.tower()), lie_annotation=length)
    assert endpoints(heard) in ([], [(SERVER_IP, 49_674)])


def test_every_truncation_of_an_answer_is_survived():
    for stub in (
        rpc.mapped(rpc.tower(), rpc.tower(rpc.SVCCTL)),
        rpc.looked_up((b"a", rpc.tower())),
    ):
        for operation in (2, 3):
            for length in range(len(stub)):
                heard = exchange(operation, rpc.ept_map(rpc.tower()), stub[:length])
                assert {one.port for one in announced(heard)} <= {49_674}
