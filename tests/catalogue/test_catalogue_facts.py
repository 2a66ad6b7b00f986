"""Every fact of the two source documents is found by lookup.

``expected_ports.csv`` restates them: a line a fact, with the row of the source's table that it
comes from, and the entry that must know it. ``shown`` says how the entry shows it:

- ``used_by``: the entry is the carrier, and has a rider of that name, transport and ports
- ``port``: the entry claims the ports, and they can classify
- ``any``: the entry claims the ports, some of them only as a fact
- ``hint``: the entry knows the range, which must never classify
- ``needs``: the entry has no port for this; it names the services that it needs
- ``ip_protocol``: an IP protocol number
- ``band``: a band of ``dynamic-ranges.toml``
- ``entry``: the source names a service without ports
"""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from classifier.catalogue.check import bounds

if TYPE_CHECKING:
    from classifier.catalogue import Catalogue, Service

HERE = Path(__file__).parent
PROTOCOL_NUMBERS = {"icmp": 1, "gre": 47, "esp": 50, "ah": 51, "icmp6": 58}


def read(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


FACTS = read("expected_ports.csv")
OVERLAPS = read("expected_overlaps.csv")


def ports_of(text: str) -> set[int]:
    ranges = [item.split("-") for item in text.split(",") if item]
    return {port for ends in ranges for port in range(int(ends[0]), int(ends[-1]) + 1)}


def claimed(service: Service, transport: str, *, classify: bool | None = None) -> set[int]:
    return {
        port
        for row in service.port
        if transport in row.transport and (classify is None or row.classify is classify)
        for entry in row.ports
        for port in range(bounds(entry)[0], bounds(entry)[1] + 1)
    }


def shown_facts(*kinds: str) -> list[dict[str, str]]:
    found = [fact for fact in FACTS if fact["shown"] in kinds]
    assert found, f"no facts shown as {kinds}: the list is not what this test expects"
    return found


def describe_fact(fact: dict[str, str]) -> str:
    return f"{fact['source']} row {fact['row']} ({fact['name']}) in {fact['service']}"


@pytest.mark.parametrize(("source", "rows"), [("kb", 300), ("kb-summary", 183), ("datastorm", 262)])
def test_the_list_covers_every_row_of_the_source(source: str, rows: int) -> None:
    numbers = {int(fact["row"]) for fact in FACTS if fact["source"] == source}
    assert numbers == set(range(1, rows + 1))


def test_the_list_has_no_other_way_of_showing_a_fact_than_those_tested() -> None:
    assert Counter(fact["shown"] for fact in FACTS) == {
        "used_by": 478,
        "port": 232,
        "needs": 21,
        "hint": 15,
        "band": 6,
        "entry": 6,
        "ip_protocol": 2,
        "any": 1,
    }


def test_every_fact_names_an_entry_that_cites_its_source(catalogue: Catalogue) -> None:
    for fact in FACTS:
        if fact["source"] != "datastorm":
            continue
        service = catalogue.get(fact["service"])
        cited = {*service.sources, *(s for row in service.port for s in row.sources)}
        assert f"datastorm#{fact['section']}" in cited, describe_fact(fact)


def test_every_fixed_port_of_datastorm_can_classify(catalogue: Catalogue) -> None:
    too_wide = {"rtp", "virtual-places-voice"}  # 16384-32767/udp, 8000-9000/udp
    for fact in shown_facts("port"):
        service = catalogue.get(fact["service"])
        classify = None if service.id in too_wide else True
        missing = ports_of(fact["ports"]) - claimed(service, fact["transport"], classify=classify)
        assert not missing, (describe_fact(fact), missing)


def test_every_open_ended_range_is_known(catalogue: Catalogue) -> None:
    for fact in shown_facts("any"):
        service = catalogue.get(fact["service"])
        missing = ports_of(fact["ports"]) - claimed(service, fact["transport"])
        assert not missing, describe_fact(fact)


def test_dynamic_ranges_of_single_programs_are_known_and_never_classify(
    catalogue: Catalogue,
) -> None:
    for fact in shown_facts("hint"):
        service = catalogue.get(fact["service"])
        missing = ports_of(fact["ports"]) - claimed(service, fact["transport"], classify=False)
        assert not missing, describe_fact(fact)


def test_services_without_a_port_of_their_own_name_what_they_need(catalogue: Catalogue) -> None:
    for fact in shown_facts("needs"):
        needs = set(catalogue.get(fact["service"]).needs)
        assert set(fact["detail"].split(";")) <= needs, describe_fact(fact)


def test_ip_protocols_name_their_service(catalogue: Catalogue) -> None:
    for fact in shown_facts("ip_protocol"):
        code = catalogue.ip_protocol_service[PROTOCOL_NUMBERS[fact["transport"]]]
        assert catalogue.ids[code] == fact["service"], describe_fact(fact)


def test_bands_have_the_numbers_of_the_document(catalogue: Catalogue) -> None:
    for fact in shown_facts("band"):
        for band in fact["detail"].split(";"):
            assert fact["transport"] in catalogue.band(band).transport, describe_fact(fact)
    numbers = {band.id: (band.low, band.high) for band in catalogue.bands}
    assert numbers["modern"] == (49152, 65535)
    assert numbers["legacy"] == (1025, 5000)
    assert numbers["tmg"] == (10000, 65535)
    assert numbers["kb-1024-5000"] == (1024, 5000)
    assert numbers["kb-1024-65535"] == (1024, 65535)
    assert numbers["kb-1025-65535"] == (1025, 65535)
    assert numbers["negotiated"] == (1025, 65535)
    assert numbers["alg-redirect"] == (3000, 5000)


def test_services_of_which_the_source_gives_no_port_have_an_entry(catalogue: Catalogue) -> None:
    names = {fact["service"] for fact in shown_facts("entry")}
    assert names == {"napster", "oracle", "paltalk", "rdp", "rtcp", "vdolive"}
    assert all(catalogue.get(name).sources for name in names)


def test_every_windows_service_stands_with_the_carrier_of_its_port(catalogue: Catalogue) -> None:
    for fact in shown_facts("used_by"):
        carrier = catalogue.get(fact["service"])
        riders = [
            user
            for user in carrier.used_by
            if user.service == fact["section"]
            and fact["transport"] in user.transport
            and (fact["source"] == "kb-summary" or user.protocol == fact["name"])
            and ports_of(fact["ports"]) <= {bounds(entry)[0] for entry in user.ports}
            and (not fact["detail"] or set(fact["detail"].split(";")) == set(user.bands))
        ]
        assert riders, describe_fact(fact)
        assert all(s.startswith("KB832017#") for user in riders for s in user.sources)


def test_a_carrier_claims_every_port_that_its_riders_use(catalogue: Catalogue) -> None:
    for fact in shown_facts("used_by"):
        carrier = catalogue.get(fact["service"])
        if fact["transport"] in PROTOCOL_NUMBERS:
            assert PROTOCOL_NUMBERS[fact["transport"]] in carrier.ip_protocols
        for port in ports_of(fact["ports"]):
            claims = catalogue.describe(fact["transport"], port)
            assert claims[0].service is carrier or claims[0].port.strength == "primary"
            assert carrier in [c.service for c in claims if c.port.classify], describe_fact(fact)


def test_every_rider_comes_from_a_listed_fact(catalogue: Catalogue) -> None:
    listed = {(f["service"], f["section"], f["name"]) for f in FACTS if f["source"] == "kb"}
    for service in catalogue.services:
        for user in service.used_by:
            assert (service.id, user.service, user.protocol) in listed


def test_all_59_sections_of_the_article_are_named(catalogue: Catalogue) -> None:
    sections = {
        source
        for service in catalogue.services
        for user in service.used_by
        for source in user.sources
        if source != "KB832017#summary table"
    }
    assert len(sections) == 59 + 1, "and BranchCache, which stands below IPAM"


def test_overlaps_of_the_two_documents_are_decided_as_listed(catalogue: Catalogue) -> None:
    """Among their own claimants; what later programs add is in ``overlaps.toml``."""
    assert len(OVERLAPS) == 88
    for overlap in OVERLAPS:
        transport, first, last = (overlap[key] for key in ("transport", "first", "last"))
        known: set[str] = set()
        for port in range(int(first), int(last) + 1):
            here = {claim.service.id for claim in catalogue.describe(transport, port)}
            if overlap["relation"] == "different services":
                assert len(here & set(overlap["claimants"].split(";"))) > 1, (transport, port)
            known |= here
        assert set(overlap["claimants"].split(";")) <= known, overlap
        listed = {*overlap["claimants"].split(";"), *overlap["preferred"].split(";")}
        claims = [
            claim
            for claim in catalogue.describe(transport, int(first))
            if claim.port.classify and claim.service.id in listed
        ]
        best = [c.service.id for c in claims if c.port.strength == claims[0].port.strength]
        assert list(dict.fromkeys(best)) == overlap["preferred"].split(";"), overlap
