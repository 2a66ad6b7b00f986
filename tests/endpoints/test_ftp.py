"""FTP control connections: where the data connections will be."""

from __future__ import annotations

import re

import pytest
from conversation import (
    CLIENT,
    CLIENT_IP,
    SERVER,
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

from classifier.endpoints.ftp import read

GREETING = (SERVER, b"220 service ready\r\n")
PASSIVE = b"227 Entering Passive Mode (10,0,0,2,100,85).\r\n"


def hear(*turns: tuple[bool, bytes], **rest):
    return said(read, turns=turns, **rest)


def commanded(command: bytes, reply: bytes, **rest):
    return hear(GREETING, (CLIENT, command + b"\r\n"), (SERVER, reply), **rest)


def test_a_passive_reply_announces_the_server():
    (one,) = announced(commanded(b"PASV", PASSIVE))
    assert (one.host, one.port, one.transport) == (SERVER_IP, 100 * 256 + 85, "tcp")
    assert (one.service, one.speaker, one.place.frame) == ("ftp-data", SERVER_IP, 3)


@pytest.mark.parametrize(
    "reply",
    [
        b"227 Entering Passive Mode (10,0,0,2,100,85).\r\n",
        b"227 =10,0,0,2,100,85\r\n",
        b"227 Entering Passive Mode. 10,0,0,2,100,85\r\n",
        b"227 Entering Passive Mode (10, 0, 0, 2, 100, 85)\n",
        b"227-Entering\r\n227 Passive Mode (10,0,0,2,100,85)\r\n",
        b"227-Entering (10,0,0,2,100,85)\r\n of some kind\r\n227 End\r\n",
    ],
)
def test_servers_word_the_passive_reply_as_they_like(reply):
    assert endpoints(commanded(b"PASV", reply)) == [(SERVER_IP, 25685)]


@pytest.mark.parametrize(
    "reply",
    [
        b"227 Entering Passive Mode (10,0,0,2,100)\r\n",
        b"227 Entering Passive Mode (10,0,0,256,100,85)\r\n",
        b"227 Entering Passive Mode (10,0,0,2,0,0)\r\n",
        b"227 Entering Passive Mode (1,10,0,0,2,100,85)\r\n",
        b"500 PASV (10,0,0,2,100,85) not understood\r\n",
        b"220-(10,0,0,2,100,85)\r\n227 Entering Passive Mode (10,0,0,2,100,85)\r\n",
    ],
)
def test_a_reply_that_hands_out_nothing_announces_nothing(reply):
    assert not endpoints(commanded(b"PASV", reply))


def test_a_passive_reply_to_another_command_is_none():
    assert not endpoints(commanded(b"SYST", PASSIVE))


def test_a_recording_that_begins_with_the_passive_reply_has_it():
    assert endpoints(hear((SERVER, PASSIVE))) == [(SERVER_IP, 25685)]


def test_behind_nat_both_the_said_and_the_speaking_host_are_announced():
    heard = commanded(b"PASV", b"227 (192,168,1,9,100,85)\r\n", server_ip="203.0.114.7")
    assert endpoints(heard) == [("192.168.1.9", 25685), ("203.0.114.7", 25685)]
    assert {one.speaker for one in announced(heard)} == {"203.0.114.7"}


def test_an_extended_passive_reply_means_the_host_that_speaks():
    # From a server of NetBSD over IPv6.
    reply = b"229 Entering Extended Passive Mode (|||57086|)\r\n"
    heard = commanded(b"EPSV", reply, server_ip="2001:470:4867:99::21")
    assert endpoints(heard) == [("2001:470:4867:99::21", 57086)]
    assert endpoints(commanded(b"EPSV", b"229 ok (!2!::9!1024!)\r\n")) == [(SERVER_IP, 1024)]


@pytest.mark.parametrize(
    "text", [b"(|||0|)", b"(|||65536|)", b"(|||1024)", b"(||1024|)", b"|||1024|", b"(|||x|)"]
)
def test_a_broken_extended_reply_announces_nothing(text):
    assert not endpoints(commanded(b"EPSV", b"229 " + text + b"\r\n"))


@pytest.mark.parametrize(
    ("command", "host", "port"),
    [
        (b"PORT 10,0,0,1,192,37", CLIENT_IP, 49189),
        (b"port 10,0,0,1,192,37", CLIENT_IP, 49189),
        (b"EPRT |1|10.0.0.1|49189|", CLIENT_IP, 49189),
        (b"EPRT |2|2001:470:1f11:81f::3e|49189|", "2001:470:1f11:81f::3e", 49189),
        (b"LPRT 4,4,10,0,0,1,2,192,37", CLIENT_IP, 49189),
        (b"LPRT 6,16,32,1,4,112,0,0,0,0,0,0,0,0,0,0,0,9,2,192,37", "2001:470::9", 49189),
    ],
)
def test_a_client_says_where_it_listens(command, host, port):
    (one,) = announced(commanded(command, b"200 command successful\r\n"))
    assert (one.host, one.port, one.speaker) == (host, port, CLIENT_IP)
    assert one.place.frame == 2


@pytest.mark.parametrize(
    "command",
    [
        b"PORT",
        b"PORT 10,0,0,1,192",
        b"PORT 10,0,0,300,192,37",
        b"PORT 10,0,0,1,0,0",
        b"EPRT |1|10.0.0.1|0|",
        b"EPRT |1|10.0.0.1|99999|",
        b"EPRT |1|name|49189|",
        b"EPRT |1|10.0.0.1|49189",
        b"LPRT 4,4,10,0,0,1,3,192,37",
        b"LPRT 4,16,10,0,0,1,2,192,37,1",
        b"RETR PORT 10,0,0,1,192,37",
    ],
)
def test_a_broken_command_announces_nothing(command):
    assert not endpoints(commanded(command, b"200 ok\r\n"))


def test_what_the_server_refuses_is_not_announced():
    assert not endpoints(commanded(b"PORT 10,0,0,1,192,37", b"500 illegal\r\n"))


def test_what_the_server_was_not_heard_about_is_announced():
    assert endpoints(hear(GREETING, (CLIENT, b"PORT 10,0,0,1,192,37\r\n"))) == [(CLIENT_IP, 49189)]


def test_replies_meet_their_commands_when_those_are_sent_ahead():
    heard = hear(
        GREETING,
        (CLIENT, b"PORT 10,0,0,1,4,1\r\nPORT 10,0,0,1,4,2\r\nPASV\r\n"),
        (SERVER, b"200 ok\r\n501 no\r\n" + PASSIVE),
    )
    assert endpoints(heard) == [(CLIENT_IP, 1025), (SERVER_IP, 25685)]


def test_an_answer_is_found_behind_many_commands_that_have_none():
    turns = [(CLIENT, b"NOOP\r\n" * 5_000 + b"PASV\r\n"), (SERVER, PASSIVE * 5_000)]
    assert endpoints(hear(*turns)) == [(SERVER_IP, 25685)]


def test_a_third_host_is_announced_as_one():
    (one,) = announced(commanded(b"PORT 203,0,114,7,4,1", b"200 ok\r\n"))
    assert (one.host, one.speaker) == ("203.0.114.7", CLIENT_IP)


def test_the_detail_tells_what_is_transferred():
    heard = hear(
        GREETING,
        (CLIENT, b"PASV\r\n"),
        (SERVER, PASSIVE),
        (CLIENT, b"RETR a\x1b[2J\xff.txt\r\n"),
        (SERVER, b"150 here\r\n226 done\r\n"),
    )
    assert [one.detail for one in announced(heard)] == [r"PASV, RETR a\x1b[2J\xff.txt"]


def test_a_long_name_is_cut():
    heard = hear((CLIENT, b"PORT 10,0,0,1,4,1\r\nSTOR " + b"n" * 4000 + b"\r\n"))
    assert len(announced(heard)[0].detail) == len("PORT, ") + 60


def test_both_sides_identify_it_on_any_port():
    heard = commanded(b"USER bob", b"331 password?\r\n")
    assert [(one.service, one.detail) for one in identified(heard)] == [("ftp", "")]


@pytest.mark.parametrize(
    "turns",
    [
        [(CLIENT, b"USER bob\r\n"), (SERVER, b"+OK\r\n")],  # POP3
        [(SERVER, b"220 mail\r\n"), (CLIENT, b"EHLO me\r\n"), (SERVER, b"250 mail\r\n")],  # SMTP
        [(SERVER, b"220 mail\r\n"), (CLIENT, b"QUIT\r\n"), (SERVER, b"221 bye\r\n")],
        [(SERVER, b"220 FTP\r\n")],
        [(CLIENT, b"USER a b c :d\r\n"), (SERVER, b":irc 001 a :hello\r\n")],
    ],
)
def test_half_of_it_identifies_nothing(turns):
    assert not hear(*turns)


def test_sides_taken_the_wrong_way_round_are_turned():
    heard = hear((CLIENT, b"220 hi\r\n"), (SERVER, b"PASV\r\n"), (CLIENT, PASSIVE))
    assert [one.client_is_server for one in identified(heard)] == [True]
    assert {one.speaker for one in announced(heard)} == {CLIENT_IP}
    # Which said the address of another.
    assert endpoints(heard) == [(SERVER_IP, 25685), (CLIENT_IP, 25685)]


def test_after_tls_begins_nothing_is_read():
    heard = hear(
        GREETING,
        (CLIENT, b"AUTH TLS\r\n"),
        (SERVER, b"234 go\r\n"),
        (CLIENT, b"PASV\r\n"),
        (SERVER, PASSIVE),
    )
    assert not announced(heard)
    assert identified(heard)[0].detail == "TLS after AUTH"
    refused = hear(GREETING, (CLIENT, b"AUTH TLS\r\nPASV\r\n"), (SERVER, b"504 no\r\n" + PASSIVE))
    assert endpoints(refused) == [(SERVER_IP, 25685)]


def test_segments_may_cut_it_anywhere():
    for segments in split_everywhere(PASSIVE):
        turns = [GREETING, (CLIENT, b"PASV\r\n"), *((SERVER, each) for each in segments)]
        assert endpoints(hear(*turns)) == [(SERVER_IP, 25685)]


def test_a_reply_that_is_cut_short_announces_nothing():
    for length in range(len(PASSIVE)):
        turns = [GREETING, (CLIENT, b"PASV\r\n"), (SERVER, PASSIVE[:length])]
        assert not endpoints(hear(*turns))


def test_a_gap_within_a_reply_announces_nothing():
    heard = said(
        read,
        turns=[
            (CLIENT, b"PASV\r\n"),
            (SERVER, b"227 (10,0,"),
            (SERVER, 1),
            (SERVER, b"0,2,100,85)\r\n227 (10,0,0,2,4,1)\r\n"),
        ],
    )
    assert endpoints(heard) == [(SERVER_IP, 1025)]


def test_an_endpoint_is_said_again_only_after_a_while():
    turns = [(CLIENT, b"PORT 10,0,0,1,4,1\r\n"), (CLIENT, b"NOOP\r\n" * 100)]
    again = [*turns, (CLIENT, b"PORT 10,0,0,1,4,1\r\n")]
    assert len(announced(hear(*again))) == 1
    late = [*turns, *[(CLIENT, b"NOOP\r\n")] * 200, (CLIENT, b"PORT 10,0,0,1,4,1\r\n")]
    assert len(announced(hear(*late))) == 2


def test_another_transport_is_none_of_it():
    assert not commanded(b"PASV", PASSIVE, transport="udp")


WORDS = st.sampled_from(
    b"220 /227 /229-/229 /(|||/1024/|)/PASV/EPSV/PORT /EPRT /10,0,0,1,4,1/|1|10.0.0.1|80|/\r\n/\n/"
    b"AUTH TLS/234 /\xff\xf4/LPRT 6,16".split(b"/")
)


@given(st.lists(st.tuples(st.booleans(), st.lists(st.binary(max_size=5) | WORDS).map(b"".join))))
def test_no_bytes_break_it(turns):
    for one in announced(read(conversation(turns=turns))):
        assert one.host
        assert 0 < one.port <= 0xFFFF
        assert one.detail.isprintable()


def test_only_what_looks_like_it_is_read():
    def matches(head: bytes) -> bool:
        return any(re.match(pattern, head) for _, pattern in registered("FTP").patterns)

    assert matches(b"220 (vsFTPd 3.0.3)\r\n")
    assert matches(b"USER anonymous\r\n")
    assert not matches(b"220 mail.example.org ESMTP Postfix\r\n")
    assert not matches(b"250-SIZE\r\n")
