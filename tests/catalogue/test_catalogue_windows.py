"""The services of Windows: all of the article, what depends on what, and the tunnel instead.

``expected_dependencies.csv`` restates the article's two lists: a line a row, with ids of ours.
"""

from __future__ import annotations

import csv
from pathlib import Path

from classifier.catalogue.locate import signature_folder
from classifier.catalogue.read import read_document

FILE = signature_folder() / "windows-services.toml"
DOCUMENT = read_document(FILE, FILE.read_bytes())
SUMMARY = "KB832017#summary table"


def listed() -> list[dict[str, str]]:
    path = Path(__file__).parent / "expected_dependencies.csv"
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_there_are_59_sections_branchcache_and_12_names_of_the_summary_alone() -> None:
    alone = [s for s in DOCUMENT.system_service if s.sources == (SUMMARY,)]
    assert len(alone) == 12
    assert len(DOCUMENT.system_service) == 59 + 1 + 12


def test_every_section_has_a_summary_and_can_be_looked_up_by_its_short_name() -> None:
    words: dict[str, str] = {}
    for service in DOCUMENT.system_service:
        assert service.summary, service.id
        assert len(service.summary) <= 90, service.id
        own = [w.strip().lower() for w in service.system_service.split(",") if w.strip()]
        for word in (service.id, *service.aliases):
            assert word == word.lower()
            assert words.setdefault(word, service.id) == service.id, word
        for word in own:
            assert word in {service.id, *service.aliases} or " " in word, (service.id, word)


def test_the_lists_have_the_rows_of_the_article() -> None:
    rows = listed()
    assert [int(row["row"]) for row in rows] == list(range(1, 37))
    assert sum(row["service"] == "active-directory" for row in rows) == 13
    assert sum(row["on"] == "active-directory" for row in rows) - 1 == 23


def test_every_dependency_of_the_article_is_known_with_its_condition() -> None:
    known = {(d.service, d.on): bool(d.condition) for d in DOCUMENT.dependency}
    for row in listed():
        if row["service"] == row["on"]:
            continue  # the article counts Active Directory among what it depends on
        assert known.pop((row["service"], row["on"])) is bool(row["conditional"]), row
    assert known == {}, "a dependency that the article does not have"


def test_ipsec_takes_the_place_of_the_open_ports_of_active_directory() -> None:
    (tunnel,) = DOCUMENT.tunnel
    needed = {(o.service, o.transport, o.ports) for o in tunnel.open if o.needed}
    assert needed == {
        ("esp", ("esp",), ()),
        ("ike", ("udp",), (500,)),
        ("ipsec-nat-t", ("udp",), (4500,)),
    }
    assert "active-directory" in tunnel.replaces
