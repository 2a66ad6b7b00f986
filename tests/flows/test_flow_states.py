"""The words of Zeek's conn_state, one conversation each, through engine and ladder."""

from __future__ import annotations

import pytest

from classifier.flows.state import STATES
from reading import oriented, read
from wire import A4, ACK, B4, FIN, RST, START, SYN, ethernet, ipv4, pcap, tcp, udp

PACKETS = {
    # client: syn, ack, data, fin, reset; server: the same in capitals
    "s": (True, SYN, 0, 0, b""),
    "a": (True, ACK, 1, 1, b""),
    "d": (True, ACK, 1, 1, b"request"),
    "f": (True, FIN | ACK, 1, 1, b""),
    "r": (True, RST | ACK, 1, 1, b""),
    "S": (False, SYN | ACK, 0, 1, b""),
    "A": (False, ACK, 1, 1, b""),
    "D": (False, ACK, 1, 1, b"answer"),
    "F": (False, FIN | ACK, 1, 1, b""),
    "R": (False, RST | ACK, 1, 1, b""),
}

CASES = [
    ("s", "S0"),
    ("sss", "S0"),
    ("sSa", "S1"),
    ("sSadDA", "S1"),
    ("sSadDfFA", "SF"),
    ("sSadDFfA", "SF"),
    ("sR", "REJ"),
    ("sRsRsR", "REJ"),
    ("sSadf", "S2"),
    ("sSaDF", "S3"),
    ("sSadr", "RSTO"),
    ("sSadrR", "RSTO"),
    ("sSadR", "RSTR"),
    ("sSadRr", "RSTR"),
    ("sSR", "RSTR"),
    ("sr", "RSTOS0"),
    ("SR", "RSTRH"),
    ("sf", "SH"),
    ("SF", "SHR"),
    ("dD", "OTH"),
    ("adDfF", "OTH"),
    ("S", "OTH"),
    ("sD", "OTH"),
    ("r", "OTH"),
]


def frame(client: bool, flags: int, seq: int, ack: int, payload: bytes) -> bytes:  # noqa: FBT001
    ports, ends = ((40000, 80), (A4, B4)) if client else ((80, 40000), (B4, A4))
    base, peer = (1000, 9000) if client else (9000, 1000)
    segment = tcp(*ports, payload, flags=flags, seq=base + seq, ack=peer + ack)
    return ethernet(ipv4(segment, *ends, protocol=6))


def state_of(conversation: str) -> str:
    frames = [(START + n, frame(*PACKETS[letter])) for n, letter in enumerate(conversation)]
    flows = oriented(read(pcap(frames)))
    assert list(flows["client_ip"]) == [A4]
    return str(flows["state"].iloc[0])


@pytest.mark.parametrize(("conversation", "state"), CASES)
def test_a_conversation_has_the_state_that_zeek_calls_it(conversation: str, state: str) -> None:
    assert state_of(conversation) == state


def test_every_state_has_a_conversation_here() -> None:
    assert {state for _, state in CASES} == set(STATES) - {""}


def test_what_is_not_tcp_has_no_state() -> None:
    flows = oriented(read(pcap([(START, ethernet(ipv4(udp(1, 2, b"x"))))])))
    assert list(flows["state"]) == [""]
