"""BitTorrent: peers, nodes of the DHT, trackers."""

from __future__ import annotations

import re
from ipaddress import ip_address
from struct import pack

import pytest
from conversation import (
    CLIENT,
    CLIENT_IP,
    SERVER,
    SERVER_IP,
    announced,
    conversation,
    identified,
    registered,
    said,
    split_everywhere,
)
from hypothesis import given
from hypothesis import strategies as st

from classifier.endpoints.bittorrent import read
from classifier.endpoints.bittorrent.bencode import Broken, decode
from classifier.engine.content import Pattern
from classifier.engine.patterns import check

HASH, NODE = bytes(range(20)), b"n" * 20
HANDSHAKE = b"\x13BitTorrent protocol" + bytes(8) + HASH + b"-qB4250-0123456789ab"
# A question of a recording, for a node
FIND_NODE = bytes.fromhex(
    "64313a6164323a696432303a5a68d3ec069f47fef50e79ddf086ac4d2e5e2622363a74617267657432303a"
    "5a794bf8d902c9446cfa18f9a0ca82abe44400c865313a71393a66696e645f6e6f6465313a74343a76fd8227"
    "313a76343a555473f2313a79313a7165"
)


def bencoded(value):
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, bytes):
        return b"%d:%b" % (len(value), value)
    if isinstance(value, list):
        return b"l" + b"".join(map(bencoded, value)) + b"e"
    pairs = sorted(value.items())
    return b"d" + b"".join(bencoded(key) + bencoded(one) for key, one in pairs) + b"e"


def peer(host, port):
    return ip_address(host).packed + pack(">H", port)


def query(name, **arguments):
    inside = {b"id": NODE} | {key.encode(): value for key, value in arguments.items()}
    return bencoded({b"t": b"aa", b"y": b"q", b"q": name, b"a": inside})


def response(transaction=b"aa", **results):
    inside = {b"id": NODE} | {key.encode(): value for key, value in results.items()}
    return bencoded({b"t": transaction, b"y": b"r", b"r": inside})


def over_udp(client, server=(), **rest):
    return said(read, client, server, transport="udp", **rest)


def told(heard):
    return [(it.host, it.port, it.transport) for it in announced(heard)]


def both(host, port):
    return [(host, port, "tcp"), (host, port, "udp")]


def names(heard):
    return [it.service for it in identified(heard)]


def test_a_real_question_is_identified():
    heard = over_udp([FIND_NODE])
    assert names(heard) == ["bittorrent-dht"]
    assert not announced(heard)


def test_peers_that_the_dht_knows_are_announced_for_their_torrent():
    values = [peer("198.51.100.7", 6881), peer("2001:db8::7", 51413), b"short", 7]
    heard = over_udp([query(b"get_peers", info_hash=HASH)], [response(values=values)])
    assert told(heard) == both("198.51.100.7", 6881) + both("2001:db8::7", 51413)
    first = announced(heard)[0]
    assert (first.service, first.detail, first.speaker) == (
        "bittorrent",
        f"peer for {HASH.hex()}",
        SERVER_IP,
    )
    assert {it.service for it in announced(heard)} == {"bittorrent", "bittorrent-dht"}


def test_an_answer_to_another_question_does_not_name_the_torrent():
    answer = response(b"bb", values=[peer("198.51.100.7", 6881)])
    heard = over_udp([query(b"get_peers", info_hash=HASH)], [answer])
    assert announced(heard)[0].detail == "peer"


def test_nodes_are_announced_as_such():
    nodes = NODE + peer("198.51.100.7", 6881) + NODE + peer("198.51.100.8", 0)
    six = NODE + peer("2001:db8::7", 51413) + b"cut"
    heard = over_udp([], [response(nodes=nodes, nodes6=six)])
    assert told(heard) == [("198.51.100.7", 6881, "udp"), ("2001:db8::7", 51413, "udp")]
    assert {it.detail for it in announced(heard)} == {"node of the DHT"}


@pytest.mark.parametrize(
    ("more", "port"), [({}, 700), ({"implied_port": 1}, 50_000), ({"implied_port": 0}, 700)]
)
def test_a_peer_announces_itself(more, port):
    heard = over_udp([query(b"announce_peer", info_hash=HASH, port=700, **more)])
    assert told(heard) == both(CLIENT_IP, port)
    assert announced(heard)[0].speaker == CLIENT_IP


def test_what_is_announced_of_one_conversation_is_bounded():
    many = b"".join(NODE + pack(">IH", 0x0A000000 + n, 6881) for n in range(1, 200))
    values = [pack(">IH", 0x0B000000 + n, 6881) for n in range(1, 2_000)]
    assert len(announced(over_udp([], [response(nodes=many)]))) == 32
    assert len(announced(over_udp([], [response(values=values)]))) == 400


def test_who_only_answers_the_dht_is_the_server():
    question, answer = query(b"get_peers", info_hash=HASH), response()
    for client, server, backwards in (
        ([question], [answer], False),
        ([answer], [question], True),
        ([answer], [], True),
        ([], [answer], False),
        ([question], [question], False),
    ):
        heard = over_udp(client, server)
        assert [it.client_is_server for it in identified(heard)] == [backwards]


def test_a_handshake_names_the_torrent_and_who_connected():
    heard = said(read, [HANDSHAKE], [HANDSHAKE])
    assert [(it.service, it.detail, it.client_is_server) for it in identified(heard)] == [
        ("bittorrent", f"info hash {HASH.hex()}", False)
    ]
    heard = said(read, turns=[(SERVER, HANDSHAKE), (CLIENT, HANDSHAKE)])
    assert [it.client_is_server for it in identified(heard)] == [True]
    heard = said(read, [], [HANDSHAKE])
    assert [it.client_is_server for it in identified(heard)] == [False]


def extended(number, value):
    body = bytes((20, number)) + bencoded(value)
    return pack(">I", len(body)) + body


def test_a_peer_tells_its_own_port_and_those_that_it_exchanges():
    hello = extended(0, {b"m": {b"ut_pex": 1}, b"p": 51413, b"v": b"x"})
    added = {b"added": peer("198.51.100.7", 6881), b"added6": peer("2001:db8::7", 6882)}
    exchange = extended(1, {b"added": b"", **added})
    heard = said(read, [HANDSHAKE + hello], [HANDSHAKE + pack(">IB", 1, 1) + exchange])
    expected = both(CLIENT_IP, 51413) + both("198.51.100.7", 6881) + both("2001:db8::7", 6882)
    assert told(heard) == expected
    whole = HANDSHAKE + hello + exchange
    for client in split_everywhere(whole):
        assert told(said(read, client)) == expected


def test_a_handshake_behind_an_encrypted_key_exchange_is_found():
    assert names(said(read, [bytes(range(96, 250)) + HANDSHAKE])) == ["bittorrent"]


@pytest.mark.parametrize("extensions", [b"", b"\0\4abcd"])
def test_a_handshake_in_utp_is_found(extensions):
    header = bytes((0x01, 1 if extensions else 0)) + bytes(18)
    heard = over_udp([b"\x41\0" + bytes(18), header + extensions + HANDSHAKE])
    assert [(it.service, it.place.frame) for it in identified(heard)] == [("bittorrent-dht", 2)]


ASK = b"GET /announce?info_hash=%12%34&peer_id=x&port=6881&compact=1 HTTP/1.1\r\nHost: t\r\n\r\n"


@pytest.mark.parametrize(
    "peers",
    [
        peer("198.51.100.7", 6881) + b"cut",
        [{b"ip": b"198.51.100.7", b"port": 6881}, {b"ip": b"a.example", b"port": 1}, 7],
    ],
)
def test_a_tracker_over_http_tells_peers(peers):
    body = bencoded({b"interval": 1800, b"peers": peers, b"peers6": peer("2001:db8::7", 1)})
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n" + body
    heard = said(read, [ASK], [answer])
    assert names(heard) == ["bittorrent-trackers"]
    assert told(heard) == both(CLIENT_IP, 6881) + both("198.51.100.7", 6881) + both(
        "2001:db8::7", 1
    )


def test_other_pages_are_no_tracker():
    assert not said(read, [b"GET /?port=6881 HTTP/1.1\r\n\r\n"], [b"HTTP/1.1 200 OK\r\n\r\nd"])


CONNECT = bytes.fromhex("0000041727101980") + pack(">II", 0, 1)
CONNECTED = pack(">IIQ", 0, 1, 99)
ANNOUNCE = pack(">QII", 99, 1, 2) + HASH + bytes(60) + pack(">H", 6881)
ANSWER = pack(">IIIII", 1, 2, 1800, 3, 4) + peer("198.51.100.7", 6882)


def test_a_tracker_over_udp_tells_peers():
    heard = over_udp([CONNECT, ANNOUNCE], [CONNECTED, ANSWER])
    assert names(heard) == ["bittorrent-trackers"]
    assert told(heard) == both(CLIENT_IP, 6881) + both("198.51.100.7", 6882)
    assert announced(heard)[-1].detail == f"peer for {HASH.hex()}"
    assert [it.client_is_server for it in identified(over_udp([], [CONNECT]))] == [True]


def test_a_tracker_that_answers_nobody_is_not_believed():
    assert not announced(over_udp([CONNECT], [CONNECTED, ANSWER]))
    assert not over_udp([ANNOUNCE], [ANSWER])


def test_local_discovery_tells_the_port_of_the_speaker():
    call = (
        b"BT-SEARCH * HTTP/1.1\r\nHost: 239.192.152.143:6771\r\nPort: 6881\r\nInfohash: 00\r\n\r\n"
    )
    heard = over_udp([call, call])
    assert names(heard) == ["bittorrent-lsd"]
    assert told(heard) == both(CLIENT_IP, 6881)
    assert not announced(over_udp([call.replace(b"6881", b"68810")]))


def test_bencoding_is_read_back():
    for value in (0, -5, b"", b"abc", [], {}, [1, [b"x"], {b"k": [2]}]):
        assert decode(bencoded(value)) == (value, len(bencoded(value)))


@pytest.mark.parametrize(
    "broken", [b"", b"x", b"i", b"ie", b"i1", b"5:abc", b"99999999999:", b"l", b"d1:a", b"di1ei2ee"]
)
def test_what_is_not_bencoded_is_refused(broken):
    with pytest.raises(Broken):
        decode(broken)


def test_what_is_nested_too_deep_is_refused():
    with pytest.raises(Broken):
        decode(b"l" * 100_000)
    assert not over_udp([b"d1:ad" + b"l" * 60_000])


@pytest.mark.parametrize(
    "junk",
    [
        bencoded({b"t": b"aa", b"y": b"q", b"a": {b"id": b"short"}}),
        bencoded({b"t": b"aa", b"y": b"r"}),
        bencoded({b"y": b"r", b"r": {b"id": NODE}}),
        bencoded([b"d1:ad2:id20:"]),
        b"d1:ad2:id20:",
        b"\x41\0" + bytes(18),
    ],
)
def test_what_only_looks_like_it_is_not(junk):
    assert not over_udp([junk])


def test_every_truncation_says_the_same_or_less():
    whole = response(values=[peer("198.51.100.7", 6881)])
    assert all(not over_udp([whole[:size]]) for size in range(len(whole)))
    assert all(not said(read, [HANDSHAKE[:size]]) for size in range(len(HANDSHAKE)))


def test_text_made_to_be_slow_is_not():
    for filler in (b"HTTP/1.1 200\r\n", b"\r\n\r\nd", b"?info_hash=", b"GET /?info_hash=", b"i0e"):
        list(said(read, [ASK + filler * 15_000], [filler * 15_000]))
        list(said(read, [HANDSHAKE + pack(">IBB", 1 << 18, 20, 0) + b"l" + filler * 15_000]))


def test_the_patterns_find_what_is_read():
    check(
        [
            Pattern(n, text, proto)
            for n, (proto, text) in enumerate(registered("BitTorrent").patterns)
        ]
    )
    found = {
        6: [HANDSHAKE, ASK],
        17: [
            FIND_NODE,
            response(),
            CONNECT,
            b"\x41\0" + bytes(18),
            b"\x01\0" + bytes(18) + HANDSHAKE,
        ],
    }
    for protocol, heads in found.items():
        patterns = [
            text for number, text in registered("BitTorrent").patterns if number == protocol
        ]
        assert all(any(re.match(text, head) for text in patterns) for head in heads)


@given(st.lists(st.binary(min_size=1, max_size=60)), st.sampled_from(["tcp", "udp"]), st.binary())
def test_any_bytes_are_survived(messages, transport, junk):
    starts = [b"d1:ad2:id20:" + junk, CONNECT, ANNOUNCE + junk, ANSWER + junk, b"\x01\1" + junk]
    starts += [HANDSHAKE + junk, ASK + junk, b"BT-SEARCH * HTTP/1.1\r\n" + junk]
    list(read(conversation(messages + starts, starts + messages, transport=transport)))
    answer = [b"HTTP/1.1 200 OK\r\n\r\nd5:peers" + junk]
    list(read(conversation([ASK], answer)))
