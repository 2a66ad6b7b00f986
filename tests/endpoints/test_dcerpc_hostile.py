"""DCE/RPC that lies: nothing it says may stop the reader or cost more than it is long."""

from __future__ import annotations

from struct import pack

import rpc_bytes as rpc
from conversation import CLIENT, SERVER, announced, identified, said
from hypothesis import given
from hypothesis import strategies as st
from test_dcerpc_binds import BIND, BIND_ACK
from test_dcerpc_mapper import MAP_REQUEST, MAP_RESPONSE

from classifier.endpoints.dcerpc import carried, read
from classifier.endpoints.listen import MOST_OF_A_FLOW

SIDES = st.sampled_from([CLIENT, SERVER])
EXCHANGE = BIND + MAP_REQUEST, BIND_ACK + MAP_RESPONSE


@given(st.lists(st.tuples(SIDES, st.binary(max_size=200) | st.integers(1, 9))))
def test_any_bytes_are_survived(turns):
    said(read, turns=turns, server_port=135)
    said(lambda one: carried(one, "over x"), turns=turns)


@given(SIDES, st.integers(0, 600), st.binary(min_size=1, max_size=8))
def test_any_damage_to_a_real_exchange_is_survived(side, at, junk):
    sides = {CLIENT: bytearray(EXCHANGE[0]), SERVER: bytearray(EXCHANGE[1])}
    sides[side][at : at + len(junk)] = junk
    for one in announced(said(read, [bytes(sides[CLIENT])], [bytes(sides[SERVER])])):
        assert 0 < one.port < 65_536


@given(st.binary(max_size=300))
def test_any_stub_is_survived(stub):
    for operation in (2, 3):
        client = [rpc.bind((0, rpc.MAPPER, rpc.NDR64)), rpc.request(operation, stub)]
        said(read, client, [rpc.bind_ack((0, 0, rpc.NDR64)), rpc.response(stub)])


@given(st.binary(max_size=120))
def test_any_tower_is_survived(octets):
    stub = rpc.mapped(octets)
    client = [rpc.bind((0, rpc.MAPPER, rpc.NDR)), rpc.request(3, rpc.ept_map(octets))]
    said(read, client, [rpc.bind_ack((0, 0, rpc.NDR)), rpc.response(stub)])


def test_fragments_without_end_are_given_up():
    part = rpc.pdu(rpc.RESPONSE, b"\0" * 8, flags=0)
    first = rpc.pdu(rpc.RESPONSE, b"\0" * 8, flags=rpc.FIRST)
    assert said(read, [BIND], [first + part * 10_000])[0].interface == rpc.MAPPER


def test_fragments_of_many_calls_are_forgotten():
    begun = [rpc.pdu(rpc.RESPONSE, b"\0" * 8, flags=rpc.FIRST, call=call) for call in range(500)]
    assert len(identified(said(read, [BIND], [b"".join(begun)]))) == 1


def test_headers_that_begin_everywhere_are_passed_over():
    assert said(read, [b"\5" * 200_000], [b"\5\0\2\3\x10\0\0\0\xff\xff\0\0" * 10_000]) == []


def test_bindings_that_never_end_are_passed_over():
    stub = b"\7\0" + b"a\0" * 50_000
    client = [rpc.bind((0, "99fcfec4-5260-101b-bbcb-00aa0021347a", rpc.NDR)), rpc.request(0, b"")]
    assert announced(said(read, client, [rpc.response(stub, lie_length=65_535)])) == []


def test_a_server_that_hands_out_everything_is_heard_in_bounds():
    towers = [rpc.tower(port=1 + number % 65_535) for number in range(700)]
    answer = rpc.response(rpc.mapped(*towers))
    client = [rpc.bind((0, rpc.MAPPER, rpc.NDR)), rpc.request(3, rpc.ept_map(rpc.tower()))]
    assert len(announced(said(read, client, [answer]))) == 700 < MOST_OF_A_FLOW


def test_contexts_without_end_are_read_as_far_as_they_go():
    contexts = [(number, rpc.DRSUAPI, rpc.NDR) for number in range(255)]
    assert len(identified(said(read, [rpc.bind(*contexts)]))) == 1
    syntaxes = pack("<HBx", 0, 255)
    body = b"\0" * 8 + b"\1\0\0\0" + syntaxes + rpc.uuid(rpc.DRSUAPI) + b"\1\0\0\0"
    assert said(read, [rpc.pdu(rpc.BIND, body)]) == []
