"""SMB: its dialect, and when a flow is none."""

from __future__ import annotations

import pytest
import smb_bytes as smb
from conversation import CLIENT, SERVER, conversation, identified, said, split_everywhere
from hypothesis import given
from hypothesis import strategies as st

from classifier.endpoints.smb import read

DIALECTS = b"PC NETWORK PROGRAM 1.0", b"LANMAN1.0", b"NT LM 0.12", b"SMB 2.???"
ASK = smb.smb1_negotiate(*DIALECTS)
ASK2 = smb.framed(smb.smb2(smb.NEGOTIATE, b"\x24\0" + b"\0" * 34))
# The session request of a Windows client to port 139, by two encoded names.
SESSION = bytes.fromhex(
    "8100004420454a4543454a45474549464244424442464846444441444344444341434143410020464345504644454745"
    "494642444144484648464444414441444543414341414100"
)


def words(heard):
    return [(one.service, one.detail) for one in identified(heard)]


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (0x0202, "SMB 2.0.2"),
        (0x0210, "SMB 2.1"),
        (0x0300, "SMB 3.0"),
        (0x0302, "SMB 3.0.2"),
        (0x0311, "SMB 3.1.1"),
    ],
)
def test_the_negotiated_dialect_is_told(number, name):
    (one,) = said(read, [ASK2], [smb.negotiated(number)])
    assert (one.service, one.detail, one.place.frame) == ("smb", name, 2)
    assert (one.client_is_server, one.carried, one.interface) == (False, False, "")


def test_a_first_round_in_smb_1_may_lead_to_smb_3():
    heard = said(read, [ASK, ASK2], [smb.negotiated(0x02FF), smb.negotiated(0x0311)])
    assert words(heard) == [("smb", "SMB 3.1.1")]


def test_smb_1_answers_with_the_number_of_an_offer():
    assert words(said(read, [ASK], [smb.smb1_negotiated(2)])) == [("smb", "SMB 1 (NT LM 0.12)")]
    assert words(said(read, [ASK], [smb.smb1_negotiated(0xFFFF)])) == [("smb", "SMB 1")]


def test_a_name_that_nobody_can_read_is_left_out():
    ask = smb.smb1_negotiate(b"\x1b[31mred")
    assert words(said(read, [ask], [smb.smb1_negotiated(0)])) == [("smb", "SMB 1")]


def test_without_a_negotiation_the_version_is_that_of_the_header():
    assert words(said(read, [smb.framed(smb.read(smb.file(1)))])) == [("smb", "SMB 2 or 3")]
    assert words(said(read, [smb.smb1_read(5)])) == [("smb", "SMB 1")]


def test_encrypted_messages_are_smb_3_and_nothing_else_is_said():
    sealed = smb.framed(b"\xfdSMB" + b"\x5a" * 100)
    assert words(said(read, [sealed], [sealed])) == [("smb", "SMB 3, encrypted")]


def test_messages_may_come_in_any_segments():
    for segments in split_everywhere(smb.negotiated(0x0210)):
        assert words(said(read, [ASK2], segments)) == [("smb", "SMB 2.1")]


def test_a_session_over_netbios_is_passed_on_the_way():
    heard = said(read, [SESSION, b"", ASK], [b"\x82\0\0\0", b"", smb.smb1_negotiated(2)])
    assert words(heard) == [("smb", "SMB 1 (NT LM 0.12)")]


def test_a_session_request_alone_is_netbios():
    assert words(said(read, [SESSION])) == [("netbios-ssn", "session request")]
    assert words(said(read, [SESSION], [b"\x83\0\0\1\x82"])) == [("netbios-ssn", "session request")]
    assert said(read, [SESSION[:40]]) == []
    assert said(read, [], [SESSION]) == []


def test_a_probe_that_another_protocol_answers_is_no_smb():
    assert said(read, [ASK], [b"HTTP/1.1 400 Bad Request\r\n\r\n"]) == []
    assert words(said(read, [ASK])) == [("smb", "SMB 1")]


def test_an_answer_is_enough_where_the_recording_began_in_the_middle():
    heard = said(read, [b"the rest of something"], [smb.negotiated(0x0311)])
    assert words(heard) == [("smb", "SMB 3.1.1")]


def test_a_message_is_found_behind_a_gap():
    turns = [(SERVER, b"\0\0\1\0rest"), (SERVER, 999), (SERVER, b"xSMBx" + smb.negotiated(0x0311))]
    assert words(said(read, turns=turns)) == [("smb", "SMB 3.1.1")]


def test_who_answers_is_the_server():
    (one,) = said(read, [smb.negotiated(0x0311)], [ASK2])
    assert one.client_is_server
    assert not said(read, [ASK2], [smb.negotiated(0x0311)])[0].client_is_server


@pytest.mark.parametrize(
    "junk",
    [
        b"\0\0\0\x40" + b"x" * 64,
        smb.framed(smb.smb2(smb.READ, b"\0" * 40, lie_size=63)),
        smb.framed(smb.smb2(19, b"\0" * 40)),
        smb.framed(smb.smb2(smb.READ, b""), lie_length=63),
        smb.framed(smb.smb2(smb.READ, b""), lie_length=65),
        smb.framed(b"\xffSMB" + b"\0" * 20),
        smb.framed(b"\xffSMB" + b"\x72" + b"\0" * 27 + b"\xff\0\0"),
        smb.framed(b"\xfdSMB" + b"\0" * 20),
        b"GET /SMB HTTP/1.1\r\n\r\n",
    ],
)
def test_what_only_looks_like_smb_is_none(junk):
    assert said(read, [junk]) == []


def test_only_tcp_is_read():
    assert list(read(conversation([ASK], transport="udp"))) == []


def test_every_truncation_is_survived():
    for whole in (ASK, ASK2, smb.negotiated(0x0311), smb.smb1_negotiated(2), SESSION):
        for length in range(len(whole)):
            said(read, [whole[:length]], [whole[:length]])


@given(st.lists(st.tuples(st.sampled_from([CLIENT, SERVER]), st.binary(max_size=99))))
def test_any_bytes_are_survived(turns):
    assert said(read, turns=turns) == []


@given(
    st.sampled_from([smb.smb1, lambda *each, **rest: smb.framed(smb.smb2(*each, **rest))]),
    st.lists(st.tuples(st.booleans(), st.integers(0, 18), st.binary(max_size=120)), max_size=6),
)
def test_any_commands_are_survived(make, commands):
    turns = [
        (CLIENT, make(command, body[: len(body) // 2 * 2], answer=answer))
        for answer, command, body in commands
    ]
    said(read, turns=turns)


def test_messages_without_end_are_heard_in_time():
    assert len(said(read, [b"\0\0\0\x40\xfeSMB" * 20_000])) == 0
    lock = smb.smb1(0x24, b"\x24\0\x21\0" + b"\0" * 4)
    assert len(said(read, [lock * 5_000])) == 1
