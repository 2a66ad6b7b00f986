"""From heads to what they show: strength, roles, bounds, and every engine alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest

from classifier import engine
from classifier.catalogue import load
from classifier.engine.content import Pattern
from classifier.engine.contract import Heads
from classifier.engine.portable.matching import Matcher
from classifier.flows.oriented import orient
from classifier.payload import recognise, settle
from classifier.payload.recognise import _numbered
from reading import read
from wire import ACK, SECOND, START, SYN, ethernet, ipv4, pcap, tcp, udp

if TYPE_CHECKING:
    from classifier.flows.oriented import Oriented

CATALOGUE = load()
A, B = "10.0.0.1", "10.0.0.2"
GET, OK = b"GET / HTTP/1.1\r\nHost: a\r\n", b"HTTP/1.1 200 OK\r\n"
SEARCH = b"M-SEARCH * HTTP/1.1\r\n"


@dataclass(frozen=True)
class Seen:
    service: str
    shows: str
    role: int
    strong: bool = True


def flows_of(*frames: bytes) -> Oriented:
    result = read(pcap([(START + n * SECOND, frame) for n, frame in enumerate(frames)]))
    return orient(result.columns, CATALOGUE.ports, ["t.pcap"], result.tunnels)


def seen(*frames: bytes) -> list[Seen]:
    found = recognise(flows_of(*frames), CATALOGUE)
    columns = zip(found.service, found.pattern, found.strong, found.role, strict=True)
    return [
        Seen(CATALOGUE.ids[service], found.texts[pattern], int(role), strong=bool(strong))
        for service, pattern, strong, role in columns
    ]


def said(
    source: str, port: int, destination: str, to: int, payload: bytes, flags: int = ACK
) -> bytes:
    number = 0 if flags & SYN else 1
    inner = tcp(port, to, payload, flags=flags, seq=number, ack=1)
    return ethernet(ipv4(inner, source, destination, protocol=6))


def test_nothing_is_seen_in_nothing() -> None:
    assert seen() == []
    assert seen(said(A, 40000, B, 80, b"")) == []


def test_a_request_and_its_response_are_one_service_with_a_role() -> None:
    frames = said(A, 40000, B, 9999, GET), said(B, 9999, A, 40000, OK)
    assert seen(*frames) == [Seen("http", "HTTP/1 request", 1)]


def test_where_the_direction_was_inferred_payload_says_that_it_is_the_other_way_round() -> None:
    # Without a handshake port 80 is taken for the server's; but the other side answers.
    assert seen(said(A, 80, B, 40000, GET)) == [Seen("http", "HTTP/1 request", -1)]


def test_a_direction_that_was_seen_stays_whatever_is_said() -> None:
    opened = said(A, 40000, B, 80, b"", SYN), said(B, 80, A, 40000, b"", SYN | ACK)
    assert seen(*opened, said(B, 80, A, 40000, GET)) == [Seen("http", "HTTP/1 request", 0)]


def test_sides_that_contradict_each_other_have_no_role() -> None:
    frames = said(A, 40000, B, 9999, GET), said(B, 9999, A, 40000, GET)
    assert seen(*frames) == [Seen("http", "HTTP/1 request", 0)]


def test_what_was_proved_turns_a_direction_that_was_inferred() -> None:
    flows = flows_of(said(A, 80, B, 40000, GET))
    assert flows.side("port", client=False).tolist() == [80]
    settle(flows, recognise(flows, CATALOGUE))
    assert flows.side("port", client=False).tolist() == [40000]
    assert flows.fields["direction_basis"].texts() == ["payload_role"]


def test_a_hint_that_proves_nothing_turns_nothing() -> None:
    flows = flows_of(said(A, 9999, B, 40000, b"220 ready\r\n"), said(B, 9998, A, 40001, b"EHLO"))
    before = flows.a_is_client.copy()
    settle(flows, recognise(flows, CATALOGUE))
    assert (flows.a_is_client == before).all()
    assert "payload_role" not in flows.fields["direction_basis"].texts()


def test_a_hint_is_told_and_proves_nothing_without_the_port() -> None:
    ready = b"220 ready\r\n"
    assert {(s.service, s.strong) for s in seen(said(B, 9999, A, 40000, ready))} == {
        ("ftp", False), ("smtp", False),
    }  # fmt: skip
    assert Seen("ftp", "reply 220", 1) in seen(said(B, 21, A, 40000, ready))
    assert Seen("smtp", "reply 220", 1, strong=False) in seen(said(B, 21, A, 40000, ready))


def test_a_hint_on_the_port_of_the_side_that_speaks_as_server_agrees() -> None:
    # Both ports may be the server's: the greeting tells which one is.
    assert Seen("ftp", "reply 220", -1) in seen(said(A, 21, B, 20, b"220 ready\r\n"))


def test_a_port_of_either_side_agrees_where_nothing_tells_who_is_the_server() -> None:
    # Both ports are in the catalogue, and the message is the same from both sides.
    frame = bytes.fromhex("810b000c0120ffff00ff1008")
    message = ethernet(ipv4(udp(47808, 27041, frame), A, B))
    found = [one for one in seen(message) if one.service == "bacnet"]
    assert found == [Seen("bacnet", "BACnet message", -1)]


def test_two_sides_tell_more_than_one() -> None:
    # What an RTMP server says may be what a client says, but not the other way round.
    first = b"\x03" + bytes(4) + b"\x09\0\x7c\x02" + b"abcd" * 4
    answer = b"\x03" + b"time" + b"\1\0\5\4" + b"abcd" * 4
    found = seen(said(A, 40000, B, 9999, first), said(B, 9999, A, 40000, answer))
    assert found == [Seen("rtmp", "RTMP handshake", 1)]


def test_many_flows_are_told_apart() -> None:
    frames = [
        ethernet(ipv4(udp(40000 + n, 9999, SEARCH if n % 3 else b"\0"), A, B)) for n in range(50)
    ]
    found = recognise(flows_of(*frames), CATALOGUE)
    assert found.flow.tolist() == [n for n in range(50) if n % 3]
    assert len(found) == len(found.strong) == len(found.role)


@pytest.mark.skipif(engine.default_name() != "native", reason="the native engine is not built")
def test_the_portable_matcher_finds_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    frames = [
        said(A, 40000, B, 443, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
        said(B, 25, A, 40001, b"220 mx ESMTP\r\n"),
        said(A, 40002, B, 9999, GET),
        said(A, 40003, B, 9999, b"nothing"),
    ]
    flows = flows_of(*frames)
    native = recognise(flows, CATALOGUE)
    monkeypatch.setattr(engine, "matcher", Matcher)
    portable = recognise(flows, CATALOGUE)
    for name in ("flow", "service", "pattern", "strong", "role"):
        assert np.array_equal(getattr(native, name), getattr(portable, name)), name


@pytest.mark.parametrize("name", ["native", "portable"])
def test_a_matcher_tells_sets_of_matches(name: str) -> None:
    if name == "native" and engine.default_name() != "native":
        pytest.skip("the native engine is not built")
    patterns = [Pattern(number, b"^[ab]" if number < 7 else b"c", 6) for number in range(9)]
    match = (engine.matcher if name == "native" else Matcher)(patterns)
    parts = [
        Heads(np.array([0, 1, 2, 2]), b"ax"),
        Heads(np.array([0]), b""),
        Heads(np.array([1, 3, 4, 5]), memoryview(b"-bcac")),
    ]
    protocols = np.array([6, 6, 6, 6, 17, 6], dtype=np.uint8)
    for matcher in (match, match.beside()):
        code, sets = matcher.sets(parts, protocols, 4)
        found = [sets[number] for number in code.tolist()]
        assert found == [(0, 1, 2, 3), (), (), (0, 1, 2, 3), (), (7, 8)]
        assert sets[0] == ()
        code, sets = matcher.sets(parts, protocols, 9)
        assert [len(sets[number]) for number in code.tolist()] == [7, 0, 0, 9, 0, 2]
    with pytest.raises(ValueError, match=r"one head for each protocol|shorter|longer"):
        match.sets(parts, protocols[:5], 4)


@pytest.mark.parametrize("name", ["native", "portable"])
def test_a_matcher_tells_any_number_of_sets(name: str) -> None:
    if name == "native" and engine.default_name() != "native":
        pytest.skip("the native engine is not built")
    patterns = [Pattern(bit, b"^.{%d}x" % bit, None) for bit in range(9)]
    match = (engine.matcher if name == "native" else Matcher)(patterns)
    for count in (0, 256, 257, 512):
        # The bits of a row's number are where it has an x.
        texts = [bytes(b"-x"[row >> bit & 1] for bit in range(9)) for row in range(count)]
        heads = Heads(np.arange(count + 1) * 9, b"".join(texts))
        code, sets = match.sets([heads], np.full(count, 6, dtype=np.uint8), 9)
        found = [sum(1 << bit for bit in sets[number]) for number in code.tolist()]
        assert found == list(range(count))


def test_combinations_are_told_by_a_table_or_by_a_sort() -> None:
    values = np.array([7, 0, 7, 3], dtype=np.int32)
    for limit in (8, 1 << 40):
        code, which = _numbered(values, limit)
        assert which[code].tolist() == values.tolist()
        assert sorted(which.tolist()) == [0, 3, 7]


def test_combinations_are_counted_piece_by_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(_numbered.__globals__, "PIECE", 2)
    values = np.array([2, 2, 0, 2, 0, 2, 2, 4, 0, 0, 1], dtype=np.uint8)
    code, which = _numbered(values, 5)
    assert which.tolist() == [0, 1, 2, 4]
    assert which[code].tolist() == values.tolist()
