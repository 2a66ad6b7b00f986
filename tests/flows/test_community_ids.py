"""Community IDs against vectors of the specification (github.com/corelight/community-id-spec)."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier import compiled
from classifier.flows.community import community_id, community_ids

VECTORS = [
    (6, "128.232.110.120", "66.35.250.204", 34855, 80, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="),
    (17, "192.168.1.52", "8.8.8.8", 54585, 53, "1:d/FP5EW3wiY1vCndhwleRRKHowQ="),
    (1, "192.168.0.89", "192.168.0.1", 8, 0, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="),
    (132, "192.168.170.8", "192.168.170.56", 7, 80, "1:jQgCxbku+pNGw8WPbEc/TS/uTpQ="),
    (58, "fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea", 135, 0,
     "1:dGHyGvjMfljg6Bppwm3bg0LO8TY="),
]  # fmt: skip


def identify(
    protocol: int, source: str, destination: str, source_port: int, destination_port: int
) -> str:
    ends = ip_address(source).packed, ip_address(destination).packed
    return community_id(protocol, *ends, source_port, destination_port)


@pytest.mark.parametrize(
    ("protocol", "source", "destination", "source_port", "destination_port", "expected"), VECTORS
)
def test_the_vectors_of_the_specification_come_out(
    protocol: int,
    source: str,
    destination: str,
    source_port: int,
    destination_port: int,
    expected: str,
) -> None:
    assert identify(protocol, source, destination, source_port, destination_port) == expected


@pytest.mark.parametrize("protocol", [6, 17, 132, 47, 89])
def test_both_directions_have_one_id(protocol: int) -> None:
    there = identify(protocol, "10.0.0.1", "10.0.0.2", 4000, 80)
    assert there == identify(protocol, "10.0.0.2", "10.0.0.1", 80, 4000)


@pytest.mark.parametrize(
    ("protocol", "asked", "answered"),
    [(1, 8, 0), (1, 13, 14), (1, 17, 18), (58, 128, 129), (58, 135, 136), (58, 139, 140)],
)
def test_an_icmp_question_and_its_answer_have_one_id(
    protocol: int, asked: int, answered: int
) -> None:
    ends = ("10.0.0.1", "10.0.0.2") if protocol == 1 else ("fd00::1", "fd00::2")
    question = identify(protocol, *ends, asked, 0)
    assert question == identify(protocol, *reversed(ends), answered, 0)


def test_icmp_errors_have_a_direction() -> None:
    there = identify(1, "10.0.0.1", "10.0.0.2", 3, 1)
    assert there != identify(1, "10.0.0.2", "10.0.0.1", 3, 1)
    assert there != identify(1, "10.0.0.1", "10.0.0.2", 3, 3)


def test_ports_count_only_where_the_protocol_has_them() -> None:
    assert identify(47, "10.0.0.1", "10.0.0.2", 1, 2) == identify(47, "10.0.0.1", "10.0.0.2", 3, 4)
    assert identify(6, "10.0.0.1", "10.0.0.2", 1, 2) != identify(6, "10.0.0.1", "10.0.0.2", 3, 4)


@pytest.mark.parametrize("native", [compiled.native, None], ids=["as built", "in Python"])
def test_many_ids_are_those_of_each_flow(native: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "native", native)
    assert many([vector[:5] for vector in VECTORS]) == [vector[5] for vector in VECTORS]


PORT = st.integers(0, 65535)


@pytest.mark.skipif(compiled.native is None, reason="the native engine is not built")
@given(
    st.integers(0, 255) | st.sampled_from((1, 58, 6)),
    st.sampled_from((4, 16)),
    st.binary(min_size=32, max_size=32),
    PORT | st.integers(0, 150),
    PORT,
)
def test_compiled_ids_are_those_of_python(
    protocol: int, length: int, addresses: bytes, source_port: int, destination_port: int
) -> None:
    ends = addresses[:length], addresses[16 : 16 + length]
    flow = (protocol, *(str(ip_address(end)) for end in ends), source_port, destination_port)
    assert many([flow]) == [identify(*flow)]


def many(flows: list[tuple[int, str, str, int, int]]) -> list[str]:
    protocol, source, destination, source_port, destination_port = zip(*flows, strict=True)
    ends = [ip_address(text).packed for text in (*source, *destination)]
    packed = np.frombuffer(b"".join(end.ljust(16, b"\0") for end in ends), "u1").reshape(-1, 16)
    version = np.array([4 if len(end) == 4 else 6 for end in ends], "u1")
    first, second = np.arange(2 * len(flows), dtype="i4").reshape(2, -1)
    ports = np.array(source_port, "u2"), np.array(destination_port, "u2")
    found = community_ids(np.array(protocol, "u1"), version, packed, (first, second), ports)
    return [text.decode() for text in found.tolist()]
