"""The range from which a server hands out RPC ports."""

from __future__ import annotations

import pytest

from classifier.endpoints import Announcement, Place
from classifier.hosts.ranges import announced, said

PLACE = Place(0, 1, 0, 0)


def handed_out(*ports, **changed):
    rest = {
        "host": "10.0.0.2", "speaker": "10.0.0.2", "transport": "tcp", "service": "windows-rpc",
        "detail": "", "place": PLACE, "interface": "e3514235", **changed,
    }  # fmt: skip
    return [Announcement(port=port, **rest) for port in ports]


@pytest.mark.parametrize(
    ("ports", "text"),
    [
        ([49664], "modern 49152-65535 (1 port announced)"),
        ([49664, 65535, 49664], "modern 49152-65535 (2 ports announced)"),
        ([1025, 5000], "legacy 1025-5000 (2 ports announced)"),
        ([1026, 49155], "both 1025-65535 (2 ports announced)"),
        ([49664, 5722], "modern 49152-65535 (1 port announced); pinned 5722"),
        ([5722], "pinned 5722"),
        ([5001, 5010, 5100], "own 5001-5100 (3 ports announced)"),
        ([5001, 5010, 5100, 49664], "own 5001-5100 (3 ports announced); pinned 49664"),
        ([10001, 20000, 30000, 60000], "tmg 10000-65535 (4 ports announced)"),
        ([6000, 20000, 30000], "pinned 6000, 20000, 30000"),
        ([6000, 8000, 20000, 30000, 40000], "pinned 6000, 8000, 20000, 30000 +1"),
    ],
)
def test_what_was_handed_out_shows_the_range(ports, text):
    assert str(announced(handed_out(*ports))["10.0.0.2"]) == text


@pytest.mark.parametrize(
    "other",
    [
        {"interface": ""},
        {"transport": "udp"},
        {"speaker": "10.0.0.3"},
        {"host_is_client": True},
    ],
)
def test_only_rpc_ports_that_a_server_says_of_itself_count(other):
    assert not announced(handed_out(49664, **other))


def test_a_reserved_port_is_no_dynamic_one():
    assert not announced(handed_out(593, 1024))


def test_a_given_range_stands_beside_what_contradicts_it():
    found = announced(handed_out(49664))["10.0.0.2"]
    assert said(((5000, 5100),), found) == (
        "given 5000-5100; modern 49152-65535 (1 port announced)"
    )
    assert said(((1025, 5000), (49152, 65535)), None) == "given 1025-5000, 49152-65535"
    assert said((), None) == ""
