"""Matches and transcripts of flows, with client and server for the engine's a and b."""

from __future__ import annotations

import re

import numpy as np
import pytest

from classifier.engine.content import Pattern, TranscriptOptions
from classifier.flows import transcripts as flow_transcripts
from classifier.flows.oriented import orient
from classifier.flows.piece import Piece
from knowledge import CATALOGUE
from reading import read
from wire import A4, ACK, B4, C4, SECOND, START, SYN, ethernet, ipv4, pcap_of, tcp, udp


def flows(*frames: bytes):
    patterns = (Pattern(1, b"^ask"), Pattern(2, b"^tell"), Pattern(3, b"e"))
    bounds = TranscriptOptions(ports=((17, 53), (6, 21)), flow_bytes=6)
    result = read(pcap_of(*frames), patterns=patterns, transcripts=bounds)
    return orient(result.columns, CATALOGUE.ports, ["test.pcap"], result.tunnels)


def asked(client: str, server: str) -> list[bytes]:
    return [
        ethernet(ipv4(udp(50000, 53, b"ask a name"), client, server)),
        ethernet(ipv4(udp(53, 50000, b"tell"), server, client)),
    ]


def test_matches_are_of_client_and_server_whichever_the_engine_called_a():
    found = flows(*asked(A4, B4), *asked(C4, B4))
    assert [found.matches(client=True)[row] for row in (0, 1)] == [(1, 3), (1, 3)]
    assert [found.matches(client=False)[row] for row in (0, 1)] == [(2, 3), (2, 3)]


def test_transcripts_are_of_client_and_server_in_the_order_of_the_flows():
    other = ethernet(ipv4(udp(1, 2, b"not selected")))
    login = ethernet(ipv4(tcp(50001, 21, b"USER", flags=ACK, seq=8), C4, A4, protocol=6))
    opened = ethernet(ipv4(tcp(50001, 21, flags=SYN, seq=7), C4, A4, protocol=6))
    transcripts = flows(other, *asked(C4, B4), opened, login).transcripts
    assert (len(transcripts), transcripts.rows.tolist()) == (2, [1, 2])
    names, control = transcripts
    assert names.pieces == (
        Piece(True, 2, 0, START + SECOND, 0, b"ask a "),  # noqa: FBT003
        Piece(False, 3, 0, START + 2 * SECOND, 0, b"tell"),  # noqa: FBT003
    )
    assert (names.row, names.client_dropped, names.server_dropped) == (1, 4, 0)
    assert [piece[:2] + piece[-1:] for piece in control.pieces] == [(True, 5, b"USER")]
    assert transcripts.of(2) == control
    assert transcripts.of(0) is None
    assert transcripts.of(3) is None


@pytest.mark.parametrize("at_once", [1, 2, 4096])
def test_flows_are_told_apart_by_what_one_of_their_first_pieces_is(monkeypatch, at_once):
    monkeypatch.setattr(flow_transcripts, "_AT_ONCE", at_once)
    transcripts = flows(*asked(A4, B4), *asked(C4, B4)[:1], *asked(C4, A4)).transcripts
    places = np.arange(3)

    def found(expression: bytes, pieces: int, places=places) -> list[int]:
        return transcripts.begin(places, re.compile(expression).match, pieces).tolist()

    assert found(b"^tell", 2) == found(b"^tell", 12) == [0, 2]
    assert found(b"^tell", 1) == found(b"^sk", 9) == []
    assert found(b"^(?:ask|tell)", 9) == [0, 1, 2]
    assert found(b"^ask a $", 1, places[1:]) == [1, 2]
    assert found(b"^ask", 1, places[:0]) == []


def test_without_patterns_and_ports_there_is_nothing():
    result = read(pcap_of(*asked(A4, B4)))
    found = orient(result.columns, CATALOGUE.ports, ["test.pcap"], result.tunnels)
    assert found.matches(client=True)[0] == ()
    assert list(found.transcripts) == []
