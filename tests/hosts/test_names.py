"""Names of hosts: from answers of DNS servers, from TLS clients, from what hosts say themselves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import classifier.hosts.names as module
from classifier.endpoints import HostName, Place
from classifier.engine.contract import Heads
from classifier.flows.oriented import orient
from classifier.hosts.names import Names, collect
from classifier.hosts.servername import server_names
from knowledge import CATALOGUE
from reading import read
from wire import ACK, START, SYN, ethernet, ipv4, pcap, tcp, udp

CLIENT, SERVER = "10.0.0.1", "10.0.0.53"


def name(text):
    parts = text.encode().split(b".") if text else []
    return b"".join(bytes([len(part)]) + part for part in parts) + b"\x00"


def answer(question, kind, *records, flags=b"\x81\x80", number=b"\x00\x01"):
    """A DNS answer; records are (name, type, data)."""
    body = name(question) + kind.to_bytes(2) + b"\x00\x01"
    for own, of, data in records:
        body += name(own) + of.to_bytes(2) + b"\x00\x01" + bytes(4) + len(data).to_bytes(2) + data
    return number + flags + b"\x00\x01" + len(records).to_bytes(2) + bytes(4) + body


def hello(host, *, before=b"", cut=0):
    """A ClientHello with a server name, behind other extensions."""
    entry = b"\x00" + len(host).to_bytes(2) + host
    extension = b"\x00\x00" + (len(entry) + 2).to_bytes(2) + len(entry).to_bytes(2) + entry
    extensions = before + extension
    body = b"\x03\x03" + bytes(32) + b"\x00" + b"\x00\x02\x13\x01" + b"\x01\x00"
    body += len(extensions).to_bytes(2) + extensions
    whole = b"\x16\x03\x01" + (len(body) + 4).to_bytes(2) + b"\x01" + len(body).to_bytes(3) + body
    return whole[: len(whole) - cut] if cut else whole


def server_name(*heads):
    """The name in the last of some heads, or nothing."""
    ends = np.cumsum([0, *map(len, heads)])
    return server_names(Heads(ends, b"".join(heads))).get(len(heads) - 1, "")


def names_of(*frames, said=()):
    result = read(pcap([(START + n, frame) for n, frame in enumerate(frames)]))
    flows = orient(result.columns, CATALOGUE.ports, ["t.pcap"], result.tunnels)
    found = collect(said, flows)
    return {host: [(one.name, one.basis, one.frame) for one in known]
            for host, known in found.by_host.items()}  # fmt: skip


def asked(payload, port=40_000):
    question = ethernet(ipv4(udp(port, 53, b"question"), CLIENT, SERVER))
    return [question, ethernet(ipv4(udp(53, port, payload), SERVER, CLIENT))]


A_RECORD = bytes([10, 0, 0, 80])


def test_an_answer_names_an_address_by_what_was_asked_for():
    chain = answer(
        "www.example.com", 1, ("www.example.com", 5, name("cdn.net")), ("cdn.net", 1, A_RECORD)
    )
    assert names_of(*asked(chain)) == {"10.0.0.80": [("www.example.com", "DNS", 1)]}


def test_addresses_of_version_6_and_reverse_answers_are_read_too():
    six = answer("six.example", 28, ("six.example", 28, b"\x20\x01\x0d\xb8" + bytes(11) + b"\x01"))
    assert names_of(*asked(six)) == {"2001:db8::1": [("six.example", "DNS", 1)]}
    four = answer("80.0.0.10.in-addr.arpa", 12, ("80.0.0.10.in-addr.arpa", 12, name("web.example")))
    assert names_of(*asked(four)) == {"10.0.0.80": [("web.example", "DNS", 1)]}
    reverse = "1" + ".0" * 23 + ".8.b.d.0.1.0.0.2.ip6.arpa"
    other = answer(reverse, 12, (reverse, 12, name("six.example")))
    assert names_of(*asked(other)) == {"2001:db8::1": [("six.example", "DNS", 1)]}


@pytest.mark.parametrize(
    "payload",
    [
        answer("no.example", 1, flags=b"\x81\x83"),
        answer("a.example", 1, ("a.example", 1, A_RECORD), flags=b"\x01\x00"),
        answer("a.example", 1, ("a.example", 1, A_RECORD[:3])),
        answer("a.example", 12, ("a.example", 12, name("b.example"))),
        answer("300.0.0.10.in-addr.arpa", 12, ("x", 12, name("b.example"))),
        b"\x00" * 12,
        b"x",
    ],
)
def test_what_is_no_answer_names_nobody(payload):
    assert names_of(*asked(payload)) == {}


def test_an_answer_cut_anywhere_names_what_was_whole():
    whole = answer(
        "a.example", 1, ("a.example", 1, A_RECORD), ("a.example", 1, bytes([10, 0, 0, 81]))
    )
    found = [len(names_of(*asked(whole[:length]))) for length in range(1, len(whole) + 1)]
    assert found == sorted(found)
    assert (found[0], found[-1]) == (0, 2)


def test_no_more_answers_are_read_than_allowed_and_those_evenly(monkeypatch):
    monkeypatch.setattr(module, "MOST_DNS", 2)
    frames = []
    for n in range(9):
        payload = answer(f"h{n}.example", 1, (f"h{n}.example", 1, bytes([10, 0, 1, n])))
        frames += asked(payload, port=40_000 + n)
    assert sorted(names_of(*frames)) == ["10.0.1.0", "10.0.1.8"]


def conversation(payload):
    us, them = (CLIENT, 50_000), ("10.0.0.80", 443)

    def frame(one, other, flags, data=b"", seq=1):
        inner = tcp(one[1], other[1], data, flags=flags, seq=seq, ack=1)
        return ethernet(ipv4(inner, one[0], other[0], protocol=6))

    return [
        frame(us, them, SYN, seq=0),
        frame(them, us, SYN | ACK, seq=0),
        frame(us, them, ACK, payload),
    ]


def test_a_tls_client_says_whom_it_wants():
    assert names_of(*conversation(hello(b"www.example.com"))) == {
        "10.0.0.80": [("www.example.com", "TLS", 1)]
    }


def test_a_server_name_behind_other_extensions_is_found_unless_it_was_cut():
    before = b"\x00\x17\x00\x00" + b"\x00\x2b\x00\x03\x02\x03\x04"
    assert server_name(hello(b"a.example", before=before)) == "a.example"
    whole = hello(b"a.example", before=before)
    for length in range(len(whole)):
        assert server_name(whole[:length]) == ""


def test_a_hello_without_a_name_or_of_another_kind_has_none():
    assert server_name(hello(b"")) == ""
    assert server_name(b"\x17" + hello(b"a.example")[1:]) == ""
    assert server_name(hello(b"a.example").replace(b"\x01\x00\x00", b"\x02\x00\x00", 1)) == ""
    assert server_name(hello(b"a.example", before=b"\x00\x17\x00\x00" * 70)) == ""


@given(st.binary(max_size=200), st.integers(0, 120))
def test_no_bytes_make_a_name_raise(junk, kept):
    assert isinstance(server_name(hello(b"a.example")[:kept] + junk), str)


def test_what_a_host_says_itself_comes_first_and_each_name_once():
    said = [HostName("10.0.0.80", "WEB", "NetBIOS", Place(0, 7, 0, 0))]
    frames = asked(answer("web", 1, ("web", 1, A_RECORD))) + asked(
        answer("web.example", 1, ("web.example", 1, A_RECORD)), port=40_001
    )
    found = names_of(*frames, said=said)
    assert found == {"10.0.0.80": [("WEB", "NetBIOS", 7), ("web.example", "DNS", 3)]}


def test_names_stand_in_the_order_of_what_said_them_and_long_lists_are_cut():
    names = Names()
    for n in range(9):
        names.add("10.0.0.1", f"n{n}", "DNS", n)
    texts = names.texts("10.0.0.1")
    assert texts[0] == "n0; n1; n2; n3; +4"
    assert texts[1] == "DNS in frame 0; DNS in frame 1; DNS in frame 2; DNS in frame 3"
    assert names.texts("10.0.0.2") == ("", "")


def test_hostile_names_stay_text_of_bounded_length_that_cannot_pass_for_two():
    names = Names()
    names.add("10.0.0.1", "a; b\udc80" + "x" * 500, "DNS", 1)
    (text, _) = names.texts("10.0.0.1")
    assert text.encode("utf-8")
    assert "; " not in text
    assert len(text) < 270
    names.add("10.0.0.3", ".", "DNS", 1)
    assert names.texts("10.0.0.3") == ("", "")


@given(st.lists(st.integers(0, 90).map(lambda cut: hello(b"a.example", cut=cut)), max_size=5))
def test_every_head_is_read_by_itself(heads):
    before, behind = b"\x16\x03\x01", hello(b"b.example")
    alone = [server_name(head) for head in heads]
    ends = np.cumsum([0, *map(len, (before, *heads, behind))])
    names = server_names(Heads(ends, b"".join((before, *heads, behind))))
    expected = {row: name for row, name in enumerate(("", *alone, "b.example")) if name}
    assert names == expected
    assert list(names) == sorted(names)
