"""Connectionless DCE/RPC over UDP: the interface of each flow, and the mapper's answers."""

from __future__ import annotations

from struct import pack
from uuid import UUID

import pytest
import rpc_bytes as rpc
from conversation import (
    CLIENT,
    SERVER,
    SERVER_IP,
    announced,
    conversation,
    endpoints,
    identified,
    looked_for,
    said,
)
from hypothesis import given
from hypothesis import strategies as st

from classifier.endpoints.dcerpc.datagrams import read

MESSENGER = "5a7b91f8-ff00-11d0-a9b2-00c04fb6e6fc"
PROFINET = "dea00001-6c97-11d1-8271-00a02442df7d"
# A PROFINET controller connects to a device; the device answers.
CONNECT = bytes.fromhex(
    "04000800100000000000a0de976cd111827100010003015a0100a0de976cd111827100a02442df7ddbabbaec1d00"
    "5443b2500b01630abafd0000000001000000000000000500ffffffff540000000000408000004000000040800000"
    "00000000400000000009003c0100000a0000000000000000000000000000000000000000000000010000f8400000"
    "8000000000000000000000000000000000000000000000000000"
)
CONNECTED = bytes.fromhex(
    "04022800100000000000a0de976cd111827100010003015a0100a0de976cd111827100a02442df7ddbabbaec1d00"
    "5443b2500b01630abafd0100000001000000000000000500ffffffffbc000000000000000000a800000040800000"
    "00000000a80000008009003c0100000a0000000000000000000000000000000000000000000000010000f8400000"
    "00680000000000000000000000000000000000000000000000000030002c01000001000000000002000000000001"
    "00020001000000010003ffff010a0001ffff814000010001ffff814000310018010000010000000000010001ffff"
    "814000010001ffff814000320018010000010000000000010000000000010001000100000001"
)
PING, FAULT, REJECT = 1, 3, 6
LAST, FRAGMENT = 2, 4


def datagram(
    kind: int = rpc.REQUEST,
    body: bytes = b"",
    *,
    interface: str = MESSENGER,
    little: bool = True,
    flags: int = 0,
    operation: int = 0,
    sequence: int = 0,
    fragment: int = 0,
    auth: int = 0,
    lie_length: int | None = None,
) -> bytes:
    order = "<" if little else ">"
    length = len(body) if lie_length is None else lie_length
    return (
        bytes([4, kind, flags, 0, 0x10 * little, 0, 0, 0])
        + b"\0" * 16
        + rpc.uuid(interface, little=little)
        + UUID(int=0x1234).bytes
        + pack(order + "LLLHHHHH", 0, 1, sequence, operation, 0xFFFF, 0xFFFF, length, fragment)
        + bytes([auth, 0])
        + body
    )


def heard(client=(), server=(), **rest):
    return said(read, client, server, transport="udp", **rest)


def mapped(*answers: bytes, operation: int = 3) -> list:
    stub = rpc.ept_map(rpc.tower(port=0, transport=8))
    ask = datagram(rpc.REQUEST, stub, interface=rpc.MAPPER, operation=operation, flags=8)
    return heard([ask], answers, server_port=135)


def test_a_device_of_profinet_is_no_windows():
    (one,) = heard([CONNECT], [CONNECTED], server_port=34_964)
    assert (one.service, one.interface) == ("profinet-io", PROFINET)
    assert (one.detail, one.place.frame, one.client_is_server) == ("call to version 1.0", 1, False)


@pytest.mark.parametrize("little", [True, False])
def test_a_call_names_its_interface_in_both_byte_orders(little):
    (one,) = heard([datagram(little=little)])
    assert (one.service, one.interface) == ("windows-rpc", MESSENGER)
    assert one.detail == "call to version 1.0"


def test_an_answer_alone_names_the_interface_too():
    (one,) = heard([], [datagram(rpc.RESPONSE)])
    assert (one.interface, one.client_is_server) == (MESSENGER, False)


def test_who_answers_is_the_server():
    (one,) = heard([datagram(rpc.RESPONSE)], [datagram(rpc.REQUEST)])
    assert one.client_is_server


def test_interfaces_are_told_once_each():
    calls = [datagram(), datagram(sequence=1), datagram(interface=rpc.DRSUAPI)]
    assert [one.interface for one in heard(calls)] == [MESSENGER, rpc.DRSUAPI]


def test_a_server_that_asks_back_does_not_name_the_flow():
    back = datagram(interface="333a2276-0000-0000-0d00-00809c000000")
    (one,) = heard([datagram(), datagram(rpc.RESPONSE)], [back, datagram(rpc.RESPONSE)])
    assert (one.interface, one.client_is_server) == (MESSENGER, False)


def test_pings_and_rejections_alone_name_nothing():
    assert heard([datagram(PING)], [datagram(REJECT)]) == []
    assert len(heard([datagram()], [datagram(FAULT)])) == 1


def test_a_probe_that_another_protocol_answers_is_no_dce_rpc():
    assert heard([datagram()], [b"\0\1\2\3 other"]) == []


def test_only_udp_is_read():
    assert list(read(conversation([datagram()], transport="tcp"))) == []


def test_the_mapper_hands_out_ports_over_udp():
    answer = rpc.mapped(rpc.tower(port=1026, transport=8))
    result = mapped(datagram(rpc.RESPONSE, answer, interface=rpc.MAPPER))
    (one,) = announced(result)
    assert (one.host, one.port, one.transport) == (SERVER_IP, 1026, "udp")
    assert (one.interface, one.service, one.place.frame) == (rpc.DRSUAPI, "windows-rpc", 2)
    assert [one.interface for one in identified(result)] == [rpc.MAPPER]


def test_a_device_of_profinet_tells_its_ports():
    answer = rpc.looked_up((b"S7-300", rpc.tower(PROFINET, 34_964, transport=8)))
    (one,) = announced(mapped(datagram(rpc.RESPONSE, answer, interface=rpc.MAPPER), operation=2))
    assert (one.service, one.port, one.detail) == ("profinet-io", 34_964, "S7-300")


def test_what_is_not_registered_was_looked_for():
    answer = rpc.mapped(status=0x16C9A0D6)
    (one,) = looked_for(mapped(datagram(rpc.RESPONSE, answer, interface=rpc.MAPPER)))
    assert one.interface == rpc.DRSUAPI


def fragments(answer: bytes) -> list[bytes]:
    cuts = [answer[at : at + 50] for at in range(0, len(answer), 50)]
    return [
        datagram(
            rpc.RESPONSE,
            cut,
            interface=rpc.MAPPER,
            flags=FRAGMENT | LAST * (number == len(cuts) - 1),
            fragment=number,
        )
        for number, cut in enumerate(cuts)
    ]


def test_fragments_are_put_together():
    parts = fragments(rpc.mapped(rpc.tower(port=1026, transport=8)))
    assert len(parts) > 2
    assert endpoints(mapped(*parts)) == [(SERVER_IP, 1026)]
    assert endpoints(mapped(parts[1], parts[0], *parts[2:])) == [(SERVER_IP, 1026)]
    assert endpoints(mapped(*parts[1:])) == []
    assert endpoints(mapped(*parts[:-1])) == []


def test_answers_match_their_call_and_must_be_readable():
    answer = rpc.mapped(rpc.tower(port=1026, transport=8))
    other = datagram(rpc.RESPONSE, answer, interface=rpc.MAPPER, sequence=9)
    assert announced(mapped(other)) == []
    sealed = datagram(rpc.RESPONSE, answer, interface=rpc.MAPPER, auth=1)
    assert announced(mapped(sealed)) == []


@pytest.mark.parametrize(
    ("offset", "value"), [(0, 5), (1, 11), (2, 0x80), (2, 0x01), (3, 1), (4, 0x20), (5, 1), (6, 1)]
)
def test_a_header_that_does_not_fit_is_none(offset, value):
    damaged = bytearray(datagram())
    damaged[offset] = value
    assert heard([bytes(damaged)]) == []


def test_a_body_that_is_shorter_than_said_is_no_call():
    assert heard([datagram(body=b"1234", lie_length=5)]) == []
    assert len(heard([datagram(body=b"1234", lie_length=3)])) == 1


def test_every_truncation_is_survived():
    for length in range(len(CONNECTED)):
        assert heard([CONNECTED[:length]]) == []


@given(st.lists(st.tuples(st.sampled_from([CLIENT, SERVER]), st.binary(max_size=120))))
def test_any_bytes_are_survived(turns):
    heard(turns=turns)


@given(st.integers(0, 10), st.binary(max_size=200), st.integers(0, 255), st.integers(0, 65_535))
def test_any_answer_is_survived(kind, body, flags, fragment):
    mapped(datagram(kind, body, interface=rpc.MAPPER, flags=flags, fragment=fragment))


def test_fragments_that_all_are_the_last_cost_no_more_than_they_are_long():
    parts = [
        datagram(rpc.RESPONSE, b"x" * 20, interface=rpc.MAPPER, flags=6, fragment=number)
        for number in range(2_000)
    ]
    assert announced(mapped(*parts)) == []
