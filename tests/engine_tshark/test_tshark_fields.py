"""How TShark's text becomes numbers."""

from __future__ import annotations

import pytest

from classifier.engine.names import link_type_name
from classifier.engine.tshark.frame import FIELDS, Frame, Gone, nanoseconds
from classifier.engine.tshark.linktypes import link_type


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("1055289968.793044000", 1_055_289_968_793_044_000),
        ("1700000000.123456789", 1_700_000_000_123_456_789),
        ("2003-06-11T00:06:08.793044001Z", 1_055_289_968_793_044_001),
        ("2003-06-11T00:06:08Z", 1_055_289_968_000_000_000),
        ("7", 7_000_000_000),
        ("0.000000001", 1),
        ("0.5", 500_000_000),
        ("1.12345678999", 1_123_456_789),
        ("-1614582000.268432000", 1_614_581_999_731_568_000),
        ("-0.5", 0),
        ("99999999999.0", (1 << 63) - 1),
        ("not a time", 0),
    ],
)
def test_times_become_whole_nanoseconds(text: str, time: int) -> None:
    assert nanoseconds(text) == time


def frame(**fields: list[str]) -> Frame:
    facts = {"frame_number": ["3"], "frame_cap_len": ["60"], "frame_len": ["50"]}
    return Frame({**facts, "frame_encap_type": ["1"], **fields})


def test_fields_are_taken_in_order_and_then_are_gone() -> None:
    cursor = frame(ip_proto=["4", "0x06"], ip_flags_mf=["True", "0"], tcp_payload=["00:ff", "0a0b"])

    assert [cursor.integer("ip_proto"), cursor.integer("ip_proto")] == [4, 6]
    assert [cursor.integer("ip_flags_mf"), cursor.integer("ip_flags_mf")] == [1, 0]
    assert [cursor.octets("tcp_payload") for _ in range(3)] == [b"\0\xff", b"\n\x0b", b""]
    with pytest.raises(Gone):
        cursor.integer("ip_proto")


def test_layers_are_walked_from_the_outside_in() -> None:
    cursor = frame(frame_protocols=["eth:ethertype:ip:tcp"])

    walked = []
    while cursor.layer:
        walked.append(cursor.layer)
        cursor.enter()

    assert walked == ["eth", "ip", "tcp"]


def test_a_frame_never_keeps_more_than_was_on_the_wire() -> None:
    assert (frame().captured, frame().length, frame().time) == (60, 60, None)


def test_no_field_is_asked_for_twice() -> None:
    assert len(FIELDS) == len(set(FIELDS))


def test_link_types_are_named_as_elsewhere() -> None:
    assert [link_type_name(link_type(number)) for number in (1, 25, 210, 15, 20, 45, 60)] == [
        "ETHERNET",
        "LINUX_SLL",
        "LINUX_SLL2",
        "NULL",
        "IEEE802_11",
        "USER0",
        "USER15",
    ]
    assert link_type(9999) == -1
