"""What every announcing protocol must keep."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classifier.endpoints import PROTOCOLS, Announcement, Conversation
from classifier.endpoints.listen import wanted
from classifier.engine.patterns import check
from classifier.flows.piece import Piece

ROOT = Path(__file__).parent.parent.parent
DOCS = (ROOT / "docs" / "endpoints.md").read_text(encoding="utf-8")
NAMES = [protocol.name for protocol in PROTOCOLS]
TRANSPORTS = {6: "tcp", 17: "udp"}
LIGHT = tuple(
    f"classifier.endpoints.{n}" for n in ("announcement", "listen", "protocol", "registry")
)


def test_every_protocol_has_a_name_of_its_own_and_a_row_in_the_docs() -> None:
    table = re.findall(r"^\| ([^|]+) \|", DOCS, flags=re.MULTILINE)
    assert len(set(NAMES)) == len(NAMES)
    assert [name for name in NAMES if name not in table] == []


def test_the_engines_take_every_pattern() -> None:
    patterns, transcripts = wanted()
    check(patterns)
    assert all(pattern.expression.startswith(b"^") for pattern in patterns)
    assert len(transcripts.ports) == len(set(transcripts.ports))


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=NAMES)
def test_what_a_message_looks_like_is_an_expression(protocol) -> None:
    for expression in protocol.looks:
        assert re.compile(expression)
    assert all(number in TRANSPORTS for number, _ in (*protocol.ports, *protocol.patterns))


def test_what_is_wanted_is_known_without_a_reader_numpy_and_the_catalogue() -> None:
    code = (
        "import sys; from classifier.endpoints import listen; listen.wanted(); "
        "print([name for name in sys.modules if name.split('.')[0] in ('numpy', 'pandas') or "
        "name.startswith(('classifier.catalogue', 'classifier.endpoints.')) and name not in "
        f"{LIGHT}])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "[]"


WORDS = st.sampled_from(
    [b"SIP/2.0 200 OK\r\n", b"227 (1,2,3,4,5,6)\r\n",
     b"\x05\x00\x02\x03\x10\x00\x00\x00", b"\xfeSMB",
     b"m=audio 1 RTP/AVP 0\r\n", b"\x00" * 8, b"\xff" * 8, b"d1:rd2:id20:", b"HTTP/1.1 200 OK\r\n",
     b"\x21\x12\xa4\x42", b"\x63\x82\x53\x63", b"\r\n\r\n", b"Transport: ", b"<a:XAddrs>"]
)  # fmt: skip
MESSAGES = st.lists(st.one_of(st.binary(max_size=120), WORDS), min_size=1, max_size=4).map(b"".join)


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=NAMES)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(messages=st.lists(st.tuples(st.booleans(), MESSAGES, st.integers(0, 9)), max_size=6),
       port=st.integers(0, 65535))  # fmt: skip
def test_no_bytes_are_an_error(protocol, messages, port) -> None:
    numbers = {number for number, *_ in (*protocol.ports, *protocol.patterns)}
    for number in numbers:
        ends = {True: 0, False: 0}
        pieces = []
        for frame, (client, data, gap) in enumerate(messages, 1):
            if data:
                position = ends[client] + (gap if gap > 7 else 0)
                pieces.append(Piece(client, frame, 0, frame, position, data))
                ends[client] = position + len(data)
        known = [own for of, own in protocol.ports if of == number]
        for server_port in (port, *known[:1]):
            conversation = Conversation(
                0, TRANSPORTS[number], "10.0.0.1", 40000, "10.0.0.2", server_port, tuple(pieces)
            )
            has_word = any(protocol.word in piece.data for piece in pieces)
            for said in protocol.read(conversation):
                assert has_word or TRANSPORTS[number] == "tcp"
                if isinstance(said, Announcement):
                    assert said.host
                    assert 0 <= said.port <= 0xFFFFFFFF
