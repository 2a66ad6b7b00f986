"""ICMP errors in the flow table: words, counts, and where a person sees them."""

from __future__ import annotations

import numpy as np
import pytest

from build import flow_table
from classifier import tables
from classifier.flows.icmp import ICMP_ERRORS, error_words
from classifier.model import FLOW_COLUMNS
from classifier.table import Table
from quotes import ASKED, OPENED, error4
from reading import oriented, read
from wire import START, ethernet, pcap


@pytest.mark.parametrize(
    ("version", "kind", "code", "word"),
    [
        (4, 3, 1, "host unreachable"),
        (4, 3, 3, "port unreachable"),
        (4, 3, 4, "fragmentation needed"),
        (4, 3, 13, "communication administratively prohibited"),
        (4, 11, 0, "time exceeded in transit"),
        (4, 5, 1, "redirect for host"),
        (4, 3, 99, "destination unreachable, code 99"),
        (6, 1, 4, "port unreachable"),
        (6, 2, 0, "packet too big"),
        (6, 3, 1, "fragment reassembly time exceeded"),
        (6, 4, 200, "parameter problem, code 200"),
    ],
)
def test_an_error_has_the_name_of_its_code(version: int, kind: int, code: int, word: str) -> None:
    found = error_words(np.array([version]), np.array([kind << 8 | code]))
    assert found.texts().tolist() == [word]


def test_no_error_is_null_and_both_ip_versions_share_their_words() -> None:
    found = error_words(np.array([4, 4, 6]), np.array([-1, 771, 260]))
    assert found.texts().tolist() == [None, "port unreachable", "port unreachable"]
    assert found.data[1] == found.data[2]


def test_every_code_has_one_name_within_its_version() -> None:
    for kinds in ICMP_ERRORS.values():
        words = [word for _, codes in kinds.values() for word in codes]
        assert len(words) == len(set(words))


def test_the_flow_table_says_what_was_said_of_a_flow() -> None:
    frames = [ASKED, error4(ASKED[:28], 3, 3), error4(ASKED[:28], 3, 1), OPENED]
    flows = oriented(read(pcap([(START + n, ethernet(f)) for n, f in enumerate(frames)])))
    assert flows["icmp_error"][0] == "port unreachable"
    assert flows["icmp_errors"].tolist() == [2, 0, 0, 0]


def test_conversations_say_how_their_flows_ended() -> None:
    silent = {"state": "S0", "server_packets": 0}
    flows = flow_table(
        silent | {"icmp_error": "port unreachable", "icmp_errors": 1},
        silent,
        silent,
        {"transport": "udp", "state": "", "icmp_error": "host unreachable", "icmp_errors": 3},
    )
    found = tables.conversations(Table.of(flows, FLOW_COLUMNS))
    assert sorted(found["states"].texts()) == [
        "S0 2, S0 (port unreachable) 1",
        "host unreachable 1",
    ]
