"""What the words of a policy mean, and which flows they can be about at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from build import flow_table
from classifier import catalogue as knowledge
from classifier.model import FLOW_COLUMNS
from classifier.policy.concern import concerned
from classifier.policy.vocabulary import Meaning, meanings
from classifier.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from classifier.catalogue import Catalogue
    from classifier.policy import Policy

NAMES = ("unknown", "smtp", "pop2", "windows-rpc/svcctl", "squid")


def meaning(
    written: Callable[..., Policy], catalogue: Catalogue, word: str, names: tuple[str, ...] = NAMES
) -> Meaning:
    policy = written(f'[[rule]]\nid = "one"\ndeny = ["{word}"]\n')
    (only,) = meanings(policy, names, catalogue).values()
    return only


@pytest.mark.parametrize(
    ("word", "services"),
    [
        ("smtp", {"smtp"}),
        ("dns", set()),
        ("windows-rpc/*", {"windows-rpc/svcctl"}),
        ("family:mail", {"smtp", "pop2"}),
        ("flag:obsolete", {"pop2"}),
        ("unknown", {"unknown"}),
        ("tcp/25", set()),
        ("ip/47", set()),
        ("*", set()),
    ],
)
def test_a_word_means_services_of_the_recording_alone(
    written: Callable[..., Policy], catalogue: Catalogue, word: str, services: set[str]
) -> None:
    assert meaning(written, catalogue, word).services == services


def test_a_port_with_a_flag_of_its_own_is_meant_but_not_the_clients(
    written: Callable[..., Policy], catalogue: Catalogue
) -> None:
    ports = meaning(written, catalogue, "flag:trojan-overlap").ports
    assert ports == (("tcp", 3128, 3128), ("tcp", 9898, 9899))
    assert meaning(written, catalogue, "udp/137-139").ports == (("udp", 137, 139),)


def test_a_service_that_the_catalogue_does_not_know_is_of_no_family(
    written: Callable[..., Policy], catalogue: Catalogue
) -> None:
    assert not meaning(written, catalogue, "family:mail", ("gone",)).services


def test_the_shipped_catalogue_finds_what_carries_a_flag_without_a_look_at_all_of_it() -> None:
    known = knowledge.load()
    for flag in known.flags:
        by_hand = [
            service.id
            for service in known.services
            if flag in (*service.flags, *(one for row in service.port for one in row.flags))
        ]
        assert [service.id for service in known.flagged(flag)] == by_hand
    assert any(True for _ in known.flagged("trojan-overlap"))


def test_a_service_without_an_entry_is_of_the_family_that_the_catalogue_says() -> None:
    known = knowledge.load()
    for family in ("windows-rpc", "registered"):
        for name in sorted(known.family_ids(family))[::100]:
            assert known.get(name).family == family, name


def asked_of(written: Callable[..., Policy], catalogue: Catalogue, *words: str) -> list[int]:
    rows: list[dict[str, Any]] = [
        {"service": "smtp", "server_port": 25, "ip_protocol": 6},
        {"service": "unknown", "server_port": 9899, "ip_protocol": 6},
        {"service": "dns", "server_port": 53, "ip_protocol": 17, "transport": "udp"},
        {"service": "unknown", "server_port": None, "ip_protocol": 47, "transport": "ip"},
    ]
    table = Table.of(flow_table(*rows), FLOW_COLUMNS)
    listed = ", ".join(f'"{word}"' for word in words)
    policy = written(f'[[rule]]\nid = "one"\ndeny = [{listed}]\n')
    names = table["service"].labels or ()
    found = concerned(table, meanings(policy, names, catalogue))
    assert np.array_equal(found, np.sort(found))
    return found.tolist()


@pytest.mark.parametrize(
    ("words", "rows"),
    [
        (["tcp/25"], [0]),
        (["family:mail"], [0]),
        (["flag:trojan-overlap"], [1]),
        (["unknown"], [1, 3]),
        (["ip/47"], [3]),
        (["ip/47", "dns"], [2, 3]),
        (["*"], [0, 1, 2, 3]),
        (["tcp/7000"], []),
    ],
)
def test_flows_that_no_word_is_about_are_left_out(
    written: Callable[..., Policy], catalogue: Catalogue, words: list[str], rows: list[int]
) -> None:
    assert asked_of(written, catalogue, *words) == rows
