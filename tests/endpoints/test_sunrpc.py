"""ONC RPC: what the port mapper hands out, and which program a call is for."""

from __future__ import annotations

import re
from itertools import pairwise
from struct import pack

import pytest
from conversation import (
    CLIENT,
    SERVER,
    SERVER_IP,
    announced,
    conversation,
    endpoints,
    identified,
    looked_for,
    registered,
    said,
    split_everywhere,
)
from hypothesis import given
from hypothesis import strategies as st

from classifier.endpoints.sunrpc import read
from classifier.engine.content import Pattern
from classifier.engine.patterns import check

PORTMAP, NFS, MOUNT, SADMIND, NOBODYS = 100000, 100003, 100005, 100232, 536871000
NO_AUTH = bytes(8)
# AUTH_SYS of root on a host "client", as Linux sends it
AUTH_SYS = bytes.fromhex(
    "00000001 0000001c 68c6f3a1 00000006 636c69656e740000 00000000 00000000 00000000"
)


def call(program, version, procedure, *arguments, xid=7, auth=NO_AUTH):
    return (
        pack(">6I", xid, 0, 2, program, version, procedure) + auth + NO_AUTH + b"".join(arguments)
    )


def reply(*results, xid=7, status=0):
    return pack(">3I", xid, 1, 0) + NO_AUTH + pack(">I", status) + b"".join(results)


def numbers(*values):
    return pack(f">{len(values)}I", *values)


def text(value):
    octets = value.encode()
    return pack(">I", len(octets)) + octets + bytes(-len(octets) % 4)


def rpcb(program, version, netid, address="", owner=""):
    return numbers(program, version) + text(netid) + text(address) + text(owner)


def record(message, *cuts):
    """A record in fragments that end at the cuts."""
    places = [0, *cuts, len(message)]
    parts = [message[a:b] for a, b in pairwise(places)]
    return b"".join(
        pack(">I", len(part) | (0x80000000 if number == len(parts) else 0)) + part
        for number, part in enumerate(parts, 1)
    )


GETPORT = call(PORTMAP, 2, 3, numbers(MOUNT, 3, 17, 0))
ANSWER = reply(numbers(20048))


def over_udp(client, server, **rest):
    return said(read, client, server, transport="udp", server_port=111, **rest)


def one(heard):
    (only,) = announced(heard)
    return only


def test_getport_of_a_real_mount_is_announced():
    # Frames 22 and 23 of a mount of NFS by Linux: mountd version 3 over UDP is at 20048.
    asked = "7abf32a5 00000000 00000002 000186a0 00000002 00000003" + "00" * 16
    asked += "000186a5 00000003 00000011 00000000"
    told = "7abf32a5 00000001 00000000 00000000 00000000 00000000 00004e50"
    heard = over_udp([bytes.fromhex(asked)], [bytes.fromhex(told)])
    announcement = one(heard)
    assert (announcement.host, announcement.port) == (SERVER_IP, 20048)
    assert (announcement.transport, announcement.service) == ("udp", "nfs-helpers")
    assert announcement.detail == "mountd version 3"
    assert announcement.place.frame == 2
    assert announcement.lifetime == 0
    assert [(it.service, it.detail) for it in identified(heard)] == [
        ("sunrpc", "portmapper version 2")
    ]


def test_port_0_says_that_the_program_was_looked_for_in_vain():
    heard = over_udp([call(PORTMAP, 2, 3, numbers(SADMIND, 10, 17, 0))], [reply(numbers(0))])
    assert not announced(heard)
    (missed,) = looked_for(heard)
    assert missed.service == "onc-rpc"
    assert missed.detail == "sadmind version 10 over udp: not registered"


def test_an_answer_to_another_call_announces_nothing():
    assert not announced(over_udp([GETPORT], [reply(numbers(20048), xid=8)]))


def test_a_refused_or_failed_call_announces_nothing():
    denied = pack(">5I", 7, 1, 1, 1, 1)
    for answer in (denied, reply(numbers(20048), status=1), reply(numbers(70000))):
        heard = over_udp([GETPORT], [answer])
        assert not announced(heard)
        assert not looked_for(heard)


def test_calls_that_share_one_xid_get_the_answers_in_their_order():
    turns = [
        (CLIENT, GETPORT),
        (SERVER, ANSWER),
        (CLIENT, call(PORTMAP, 2, 3, numbers(NFS, 3, 6, 0))),
        (SERVER, reply(numbers(2049))),
        (CLIENT, call(PORTMAP, 2, 3, numbers(SADMIND, 10, 6, 0))),
    ]
    heard = over_udp((), (), turns=turns)
    assert [(it.detail, it.port) for it in announced(heard)] == [
        ("mountd version 3", 20048),
        ("nfs version 3", 2049),
    ]


def test_a_repeated_call_and_its_repeated_answer_announce_once():
    assert len(announced(over_udp([GETPORT, GETPORT], [ANSWER, ANSWER]))) == 1


def test_the_list_of_the_port_mapper_is_announced_with_the_versions_together():
    listed = reply(
        numbers(1, PORTMAP, 2, 6, 111),
        numbers(1, NFS, 3, 6, 2049),
        numbers(1, NFS, 4, 6, 2049),
        numbers(1, NFS, 3, 17, 2049),
        numbers(1, NOBODYS, 1, 17, 700),
        numbers(1, NFS, 3, 99, 2049),
        numbers(0),
    )
    heard = over_udp([call(PORTMAP, 2, 4)], [listed])
    assert [(it.transport, it.port, it.service, it.detail) for it in announced(heard)] == [
        ("tcp", 111, "sunrpc", "portmapper version 2"),
        ("tcp", 2049, "nfs", "nfs version 3, 4"),
        ("udp", 2049, "nfs", "nfs version 3"),
        ("udp", 700, "onc-rpc", f"program {NOBODYS} version 1"),
    ]


def test_an_indirect_call_announces_where_the_program_is():
    asked = call(PORTMAP, 2, 5, numbers(100004, 2, 1, 0))
    announcement = one(over_udp([asked], [reply(numbers(700, 0))]))
    assert (announcement.port, announcement.transport) == (700, "udp")
    assert (announcement.service, announcement.detail) == ("nis-yp", "ypserv version 2")
    for version, procedure in ((3, 5), (4, 5), (4, 10)):
        asked = call(PORTMAP, version, procedure, numbers(100004, 2, 1, 0))
        assert one(over_udp([asked], [reply(text("10.0.0.2.2.188"), numbers(0))])).port == 700


@pytest.mark.parametrize(
    ("netid", "transport", "address", "hosts"),
    [
        ("tcp", "tcp", "10.0.0.2.8.1", ["10.0.0.2"]),
        ("udp", "udp", "0.0.0.0.8.1", ["10.0.0.2"]),
        ("tcp6", "tcp", "::.8.1", ["10.0.0.2"]),
        ("udp6", "udp", "fe80::2%eth0.8.1", ["10.0.0.2", "fe80::2"]),
        ("tcp", "tcp", "192.168.1.1.8.1", ["10.0.0.2", "192.168.1.1"]),  # NAT
        ("tcp", "tcp", "127.0.0.1.8.1", []),  # nobody from outside gets there
    ],
)
@pytest.mark.parametrize(("version", "procedure"), [(3, 3), (4, 3), (4, 9)])
def test_rpcbind_tells_a_universal_address(netid, transport, address, hosts, version, procedure):
    asked = call(PORTMAP, version, procedure, rpcb(NFS, 4, netid))
    heard = over_udp([asked], [reply(text(address))])
    assert endpoints(heard) == [(host, 2049) for host in hosts]
    assert {it.transport for it in announced(heard)} <= {transport}
    assert {it.speaker for it in announced(heard)} <= {SERVER_IP}


@pytest.mark.parametrize(
    "address", ["8.1", "10.0.0.2.256.1", "10.0.0.2.8.-1", "x.8.1", "10.0.0.2", "²³.1.1.1.1.1", "."]
)
def test_an_address_that_is_none_announces_nothing(address):
    heard = over_udp([call(PORTMAP, 4, 3, rpcb(NFS, 4, "tcp"))], [reply(text(address))])
    assert not announced(heard)
    assert not looked_for(heard)


def test_an_empty_universal_address_says_not_registered():
    heard = over_udp([call(PORTMAP, 4, 3, rpcb(NFS, 4, "tcp"))], [reply(text(""))])
    assert [it.detail for it in looked_for(heard)] == ["nfs version 4 over tcp: not registered"]


def test_the_list_of_rpcbind_leaves_out_what_has_no_port():
    listed = reply(
        numbers(1) + rpcb(NFS, 3, "tcp", "0.0.0.0.8.1", "superuser"),
        numbers(1) + rpcb(PORTMAP, 4, "local", "/run/rpcbind.sock", "superuser"),
        numbers(1) + rpcb(MOUNT, 3, "udp6", "::.78.80", "superuser"),
        numbers(0),
    )
    heard = over_udp([call(PORTMAP, 4, 4)], [listed])
    assert [(it.transport, it.port) for it in announced(heard)] == [("tcp", 2049), ("udp", 20048)]


def test_the_list_of_addresses_of_one_program_is_announced():
    entry = text("10.0.0.2.8.1") + text("tcp") + numbers(3) + text("inet") + text("tcp")
    asked = call(PORTMAP, 4, 11, rpcb(NFS, 4, "tcp"))
    heard = over_udp([asked], [reply(numbers(1), entry, numbers(0))])
    assert endpoints(heard) == [(SERVER_IP, 2049)]


def test_a_registration_is_announced_once_it_was_accepted():
    asked = call(PORTMAP, 2, 1, numbers(NOBODYS, 1, 6, 700))
    assert endpoints(over_udp([asked], [reply(numbers(1))])) == [(SERVER_IP, 700)]
    assert not endpoints(over_udp([asked], [reply(numbers(0))]))


def test_records_over_tcp_are_put_together_at_every_cut():
    whole = record(GETPORT) + record(call(PORTMAP, 2, 3, numbers(NFS, 3, 6, 0), xid=8))
    answers = record(ANSWER) + record(reply(numbers(2049), xid=8))
    expected = [(SERVER_IP, 20048), (SERVER_IP, 2049)]
    for asked in split_everywhere(whole):
        assert endpoints(said(read, asked, [answers])) == expected
    for told in split_everywhere(answers):
        assert endpoints(said(read, [whole], told)) == expected


def test_a_record_of_several_fragments_is_one_message():
    heard = said(read, [record(GETPORT, 3, 30, 30)], [record(ANSWER, 4)])
    assert endpoints(heard) == [(SERVER_IP, 20048)]


def test_reading_goes_on_after_a_hole():
    nfs = record(call(PORTMAP, 2, 3, numbers(NFS, 3, 6, 0), xid=8))
    heard = said(
        read, [record(GETPORT), 100, nfs], [record(ANSWER), 50, record(reply(numbers(1), xid=8))]
    )
    assert endpoints(heard) == [(SERVER_IP, 20048), (SERVER_IP, 1)]


def test_a_call_on_any_port_names_its_program():
    for transport, asked in (("udp", call(NFS, 3, 1, auth=AUTH_SYS)), ("tcp", None)):
        heard = said(read, [asked or record(call(NFS, 3, 1, auth=AUTH_SYS))], transport=transport)
        assert [(it.service, it.detail) for it in identified(heard)] == [("nfs", "nfs version 3")]


def test_of_many_calls_the_first_tell_unless_the_port_mapper_is_asked():
    work = [call(NFS, 3, 1, xid=number) for number in range(1, 400)]
    late = call(PORTMAP, 2, 3, numbers(MOUNT, 3, 17, 0), xid=500)
    told = [reply(numbers(20048), xid=500)]
    assert not announced(over_udp([*work, late], told))
    heard = over_udp([call(PORTMAP, 2, 0), *work, late], told)
    assert endpoints(heard) == [(SERVER_IP, 20048)]


def test_a_program_that_nobody_registered_is_believed_only_with_an_answer():
    asked = call(NOBODYS, 1, 4)
    assert not said(read, [asked], transport="udp")
    assert not said(read, [asked], [reply(xid=9)], transport="udp")
    (found,) = said(read, [asked], [reply()], transport="udp")
    assert (found.service, found.detail) == ("onc-rpc", f"program {NOBODYS} version 1")


def test_calls_of_the_other_side_turn_the_flow_round_but_not_calls_back():
    (found,) = said(read, [reply()], [call(NFS, 3, 0)], transport="udp")
    assert found.client_is_server
    callback = record(call(0x40000000, 1, 1))
    assert [it.client_is_server for it in identified(said(read, [], [callback]))] == [False]
    both = identified(said(read, [record(call(NFS, 4, 1))], [callback]))
    assert [(it.detail, it.client_is_server) for it in both] == [
        ("nfs version 4", False),
        ("nfs_callback version 1", False),
    ]


@pytest.mark.parametrize(
    "message",
    [
        pack(">6I", 7, 0, 3, NFS, 3, 0) + bytes(16),  # RPC version 3
        pack(">6I", 7, 2, 2, NFS, 3, 0) + bytes(16),  # neither call nor reply
        call(NFS, 5000, 0),
        call(NFS, 3, 1 << 24),
        call(NFS, 3, 0, auth=numbers(99, 0)),
        call(NFS, 3, 0, auth=numbers(1, 500)) + bytes(600),
        call(NFS, 3, 0, auth=numbers(1, 400)),  # longer than the message
    ],
)
def test_what_only_looks_like_a_call_is_none(message):
    assert not said(read, [message], [reply()], transport="udp")
    assert not said(read, [record(message)], [record(reply())])


def test_every_truncation_announces_the_same_or_nothing():
    asked = [
        (GETPORT, ANSWER),
        (call(PORTMAP, 4, 3, rpcb(NFS, 4, "tcp")), reply(text("10.0.0.2.8.1"))),
    ]
    for question, answer in asked:
        for size in range(len(question)):
            assert not announced(over_udp([question[:size]], [answer])) or size >= 48
        for size in range(len(answer)):
            assert not announced(over_udp([question], [answer[:size]]))


def test_a_list_without_end_is_bounded():
    endless = reply(numbers(1, NOBODYS, 1, 17, 700) * 20_000)
    assert len(announced(over_udp([call(PORTMAP, 2, 4)], [endless]))) == 1


def test_the_patterns_find_calls_and_little_else():
    check(
        [Pattern(n, text, proto) for n, (proto, text) in enumerate(registered("SunRPC").patterns)]
    )
    (_, datagram), (_, stream) = registered("SunRPC").patterns
    assert re.match(datagram, call(NFS, 3, 1))
    assert re.match(stream, record(call(NFS, 3, 1)))
    assert not re.match(datagram, reply())
    assert not re.match(datagram, bytes(60))
    assert not re.match(stream, bytes(60))


@given(
    st.lists(st.binary(max_size=80), max_size=4),
    st.lists(st.binary(max_size=80), max_size=4),
    st.sampled_from(["tcp", "udp"]),
)
def test_any_bytes_are_survived(client, server, transport):
    asked = call(PORTMAP, 4, 3, rpcb(NFS, 4, "tcp"))
    list(read(conversation(client, server, transport=transport)))
    for junk in server:
        list(read(conversation([asked], [reply(junk)], transport=transport)))
        list(read(conversation([call(PORTMAP, 4, 4)], [reply(junk)], transport="udp")))
        list(read(conversation([record(asked)], [record(reply(junk))])))
