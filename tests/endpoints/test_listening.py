"""Which flows are read by which protocol, and that no one of them can silence the others."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from classifier.endpoints import Announcement, Place, listen
from classifier.endpoints.protocol import Protocol
from classifier.flows.oriented import Oriented, orient
from knowledge import CATALOGUE
from reading import read
from wire import ACK, SECOND, START, SYN, ethernet, ipv4, pcap, tcp, udp

CLIENT, SERVER = "10.0.0.1", "10.0.0.2"


def talker(name: str, *, port: int = 4000, times: int = 1, **others: object) -> Protocol:
    """A protocol that announces something whatever it reads."""

    def said(conversation):
        place = Place(conversation.flow, 1, 0, 0)
        for number in range(times):
            yield Announcement(SERVER, number % 65535 + 1, "tcp", "ftp-data", name, place, SERVER)

    return replace(Protocol(name, ((17, port),), (), said), **others)


def heard(monkeypatch, frames: list[bytes], *protocols: Protocol) -> listen.Heard:
    monkeypatch.setattr(listen, "PROTOCOLS", protocols)
    patterns, transcripts = listen.wanted()
    timed = [(START + n * SECOND, frame) for n, frame in enumerate(frames)]
    result = read(pcap(timed), patterns=patterns, transcripts=transcripts)
    flows: Oriented = orient(result.columns, CATALOGUE.ports, ["t.pcap"], result.tunnels)
    return listen.hear(flows)


def datagram(payload: bytes, port: int = 4000, client_port: int = 50000) -> bytes:
    return ethernet(ipv4(udp(client_port, port, payload), CLIENT, SERVER))


def segment(payload: bytes, flags: int = ACK) -> bytes:
    return ethernet(ipv4(tcp(50000, 4000, payload, flags=flags, seq=1), CLIENT, SERVER, protocol=6))


def names(found: listen.Heard) -> list[str]:
    return [one.detail for one in found.announcements]


def test_a_flow_is_read_by_every_protocol_of_its_port(monkeypatch) -> None:
    two = talker("a"), talker("b"), talker("c", port=4001)
    assert names(heard(monkeypatch, [datagram(b"x")], *two)) == ["a", "b"]


def test_a_pattern_selects_on_any_port_and_its_protocol_alone(monkeypatch) -> None:
    by_pattern = talker("a", ports=(), patterns=((17, rb"^HELLO"),))
    frames = [datagram(b"HELLO", 7), datagram(b"hello", 8)]
    found = heard(monkeypatch, frames, by_pattern, talker("b"))
    assert [(one.detail, one.place.flow) for one in found.announcements] == [("a", 0)]


@pytest.mark.parametrize(("first", "times"), [(b"HELLO", 1), (b"\xfe\xed", 1), (b"no", 0)])
def test_what_only_has_the_port_must_look_like_it(monkeypatch, first: bytes, times: int) -> None:
    wants = talker("a", patterns=((17, rb"^HELLO"),), looks=(rb"\xfe",))
    assert names(heard(monkeypatch, [datagram(first)], wants)) == ["a"] * times


def test_a_later_message_may_look_like_it(monkeypatch) -> None:
    wants = talker("a", looks=(rb"HELLO",))
    frames = [datagram(b"\r\n"), datagram(b"HELLO")]
    assert names(heard(monkeypatch, frames, wants)) == ["a"]


@pytest.mark.parametrize("begun", [True, False])
def test_without_its_beginning_a_connection_is_read_whatever_it_says(monkeypatch, begun) -> None:
    wants = talker("a", ports=((6, 4000),), looks=(rb"HELLO",))
    opened = ethernet(ipv4(tcp(50000, 4000, b"", flags=SYN), CLIENT, SERVER, protocol=6))
    frames = [*([opened] if begun else []), segment(b"from the middle")]
    assert names(heard(monkeypatch, frames, wants)) == ([] if begun else ["a"])


@pytest.mark.parametrize(("said", "times"), [(b"a WORD", 1), (b"a WO", 0)])
def test_datagrams_without_the_word_of_their_protocol_are_not_read(monkeypatch, said, times):
    wants = talker("a", patterns=((17, rb"^HELLO"),), word=b"WORD")
    frames = [datagram(b"HELLO", 7), datagram(said, 7), datagram(b"WORD", 8)]
    assert names(heard(monkeypatch, frames, wants)) == ["a"] * times


def test_a_connection_may_have_the_word_of_its_protocol_in_parts(monkeypatch) -> None:
    wants = talker("a", ports=(), patterns=((6, rb"^WO"),), word=b"WORD")
    assert names(heard(monkeypatch, [segment(b"WO")], wants)) == ["a"]


def test_one_flow_cannot_announce_without_end(monkeypatch) -> None:
    found = heard(monkeypatch, [datagram(b"x")], talker("a", times=10_000))
    assert len(found) == listen.MOST_OF_A_FLOW
    assert "flow 1 announces 2,000 endpoints or more by a" in found.notes[0]


def test_one_protocol_cannot_silence_another(monkeypatch) -> None:
    monkeypatch.setattr(listen, "MOST_OF_A_PROTOCOL", 5)
    loud, quiet = talker("loud", times=3), talker("quiet", port=4001)
    frames = [datagram(b"x", client_port=50000 + n) for n in range(5)]
    found = heard(monkeypatch, [*frames, datagram(b"x", 4001)], loud, quiet)
    assert names(found).count("loud") == 6
    assert names(found).count("quiet") == 1
    assert found.notes == ["loud announces 5 endpoints or more; its further flows were not read"]


def test_a_recording_cannot_announce_without_end(monkeypatch) -> None:
    monkeypatch.setattr(listen, "MOST", 4)
    frames = [datagram(b"x", client_port=50000 + n) for n in range(5)]
    found = heard(monkeypatch, frames, talker("a", times=3))
    assert len(found) == 6
    assert "control traffic after flow 2 was not read" in found.notes[0]
