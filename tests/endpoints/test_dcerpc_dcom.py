"""DCOM: the ports of object exporters in the answers of its activators."""

from __future__ import annotations

import pytest
import rpc_bytes as rpc
from conversation import SERVER_IP, announced, endpoints, identified, said, split_everywhere

from classifier.endpoints.dcerpc import read

EXPORTER = "99fcfec4-5260-101b-bbcb-00aa0021347a"
ACTIVATION = "4d9f4ab8-7d1c-11cf-861e-0020af6e7c57"
ACTIVATOR = "000001a0-0000-0000-c000-000000000046"
# The end of a RemoteCreateInstance answer of Windows: ScmReplyInfo with the bindings
# BLACKCLOVER-DC[49718] and 10.10.10.100[49718], then six security bindings.
SCM_REPLY = bytes.fromhex(
    "01100800ccccccccd0010000000000000000000000000200414a9b5548f989110400020000ec00009c070000a0ec6c"
    "18351065340400000005000700cc000000cc002d00070042004c00410043004b0043004c004f005600450052002d00"
    "440043005b00340039003700310038005d0000000700310030002e00310030002e00310030002e003100300030005b"
    "00340039003700310038005d00000000000a00ffff4e005400200041005500540048004f0052004900540059005c00"
    "530059005300540045004d0000001000ffff68006f00730074002f0042004c00410043004b0043004c004f00560045"
    "0052002d00440043002e005300520054002d00410044002e006c006f00630061006c00000000000000"
)


def activated(stub, interface=EXPORTER, operation=0, **rest):
    """What is heard of a bind, a call and its answer."""
    return said(
        read,
        [rpc.bind((0, interface, rpc.NDR)), rpc.request(operation, b"\0" * 20)],
        [rpc.bind_ack((0, 0, rpc.NDR)), rpc.response(stub, **rest)],
        server_port=135,
    )


@pytest.mark.parametrize(
    ("interface", "operation"),
    [(EXPORTER, 0), (EXPORTER, 4), (ACTIVATION, 0), (ACTIVATOR, 3), (ACTIVATOR, 4)],
    ids=[
        "ResolveOxid",
        "ResolveOxid2",
        "RemoteActivation",
        "RemoteGetClassObject",
        "RemoteCreateInstance",
    ],
)
def test_every_activator_hands_out_the_port(interface, operation):
    heard = activated(rpc.string_bindings("SERVER[49670]"), interface, operation)
    assert endpoints(heard) == [(SERVER_IP, 49_670)]
    (one,) = announced(heard)
    assert (one.transport, one.service, one.interface) == ("tcp", "windows-rpc", "")
    assert (one.detail, one.lifetime) == ("DCOM object exporter", 0)


def test_a_windows_server_names_itself_and_its_address():
    heard = activated(SCM_REPLY, ACTIVATOR, 4)
    assert endpoints(heard) == [(SERVER_IP, 49_718), ("10.10.10.100", 49_718)]
    assert [one.interface for one in identified(heard)] == [ACTIVATOR]


def test_the_answer_may_come_in_any_segments():
    whole = rpc.response(rpc.string_bindings("10.0.0.2[49670]"))
    client = [rpc.bind((0, EXPORTER, rpc.NDR)) + rpc.request(0, b"\0" * 20)]
    for segments in split_everywhere(whole):
        assert endpoints(said(read, client, segments)) == [(SERVER_IP, 49_670)]


def test_several_addresses_have_the_same_port():
    words = "SRV.example.com[50000]", "10.0.0.2[50000]", "192.168.7.7[50000]", "fd00::5[50000]"
    assert endpoints(activated(rpc.string_bindings(*words))) == [
        (SERVER_IP, 50_000),
        ("192.168.7.7", 50_000),
        ("fd00::5", 50_000),
    ]


def test_the_number_of_an_interface_is_no_part_of_an_address():
    heard = activated(rpc.string_bindings("fe80::1%5[50000]"))
    assert endpoints(heard) == [(SERVER_IP, 50_000), ("fe80::1", 50_000)]


@pytest.mark.parametrize("word", ["127.0.0.1[50000]", "0.0.0.0[50000]", "::1[50000]"])
def test_addresses_that_nobody_else_can_reach_are_left_out(word):
    assert endpoints(activated(rpc.string_bindings(word))) == [(SERVER_IP, 50_000)]


@pytest.mark.parametrize(
    "word",
    ["SERVER", "SERVER[]", "SERVER[0]", "SERVER[65536]", "SERVER[999999]", "[49670]", "A[x]"],
)
def test_a_binding_without_a_port_hands_out_nothing(word):
    assert announced(activated(rpc.string_bindings(word))) == []


def test_security_bindings_are_not_mistaken():
    security = b"\x0a\0\xff\xff" + "host/SRV[49670]".encode("utf-16-le") + b"\0\0\0\0"
    other = b"\x0f\0" + "\\\\SRV[\\pipe\\x]".encode("utf-16-le") + b"\0\0"
    assert announced(activated(rpc.string_bindings(security=security) + other)) == []


def test_other_operations_and_sealed_answers_are_not_read():
    stub = rpc.string_bindings("SERVER[49670]")
    assert announced(activated(stub, operation=1)) == []
    assert announced(activated(stub, interface=rpc.SVCCTL)) == []
    assert announced(activated(stub, auth_level=6)) == []
    assert len(announced(activated(stub, auth_level=5))) == 1


def test_a_binding_is_known_by_its_form_where_the_bind_was_not_recorded():
    answer = rpc.response(rpc.string_bindings("SERVER[49670]"))
    heard = said(read, [rpc.request(4, b"\0" * 20)], [answer], server_port=135)
    assert endpoints(heard) == [(SERVER_IP, 49_670)]


def test_every_truncation_of_an_answer_is_survived():
    for length in range(len(SCM_REPLY)):
        heard = activated(SCM_REPLY[:length], ACTIVATOR, 4)
        assert {one.port for one in announced(heard)} <= {49_718}
