"""What holds for every entry of the shipped catalogue, whoever writes the next one."""

from __future__ import annotations

import re
import tomllib
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from classifier.catalogue.check import bounds
from classifier.catalogue.locate import signature_files, signature_folder
from classifier.catalogue.schema import STRENGTHS, TRANSPORTS

if TYPE_CHECKING:
    from pathlib import Path

    from classifier.catalogue import Catalogue, Service

FILES = signature_files(signature_folder())
WIDEST = 512
WIDE = 80


def claims_on(catalogue: Catalogue, transport: str, port: int) -> list[tuple[str, int]]:
    table, row = catalogue.ports, catalogue.ports.row(transport, port)
    codes, strengths = table.service[transport][row], table.strength[transport][row]
    return [(catalogue.ids[c], int(s)) for c, s in zip(codes, strengths, strict=True)]


def answer(catalogue: Catalogue, service: Service, flow: str) -> str:
    """How the catalogue sees a service on a flow: best, candidate, hint, or nothing."""
    transport, _, rest = flow.partition("/")
    number, _, side = rest.partition(" ")
    if transport == "ip":
        named = catalogue.ids[catalogue.ip_protocol_service[int(number)]]
        return "best" if named == service.id else "nothing"
    known = [c for c in catalogue.describe(transport, int(number)) if c.service is service]
    if side == "client":
        return "hint" if any(c.port.role == "client" for c in known) else "nothing"
    claims = claims_on(catalogue, transport, int(number))
    for name, strength in claims:
        if name == service.id:
            return "best" if strength == claims[0][1] else "candidate"
    return "hint" if known else "nothing"


def test_every_example_is_answered_as_it_says(catalogue: Catalogue) -> None:
    wrong = [
        (service.id, example.flow, example.expect, got)
        for service in catalogue.services
        for example in service.example
        if (got := answer(catalogue, service, example.flow)) != example.expect
    ]
    assert wrong == []


def test_no_counter_example_is_given_to_the_service(catalogue: Catalogue) -> None:
    wrong = [
        (service.id, caveat.flow, got)
        for service in catalogue.services
        for caveat in service.counter_example
        if (got := answer(catalogue, service, caveat.flow)) not in {"nothing", "hint"}
    ]
    assert wrong == []


def test_every_entry_has_a_source_a_summary_and_an_example(catalogue: Catalogue) -> None:
    for service in catalogue.services[1:]:
        assert service.sources, service.id
        assert service.summary, service.id
        assert service.example or service.counter_example, service.id


def test_every_source_is_of_a_known_form(catalogue: Catalogue) -> None:
    """A section of one of the two documents, an RFC, or the words by which a page is found."""
    for service in catalogue.services[1:]:
        rows = [service.sources, *(row.sources for row in service.port)]
        for source in (source for row in rows for source in row):
            assert not source.startswith(("http://", "datastorm ", "KB832017 ")), service.id
            assert source == source.strip(), service.id
            if source.startswith("RFC"):
                assert re.fullmatch(r"RFC \d{2,4}", source), (service.id, source)


def test_ids_and_aliases_each_lead_to_one_entry(catalogue: Catalogue) -> None:
    assert len(set(catalogue.ids)) == len(catalogue.ids)
    owners: dict[str, str] = {}
    for service in catalogue.services:
        for word in (service.id, *service.aliases):
            assert word == word.lower()
            assert word not in owners, (word, service.id, owners.get(word))
            owners[word] = service.id


def test_summaries_are_one_short_line(catalogue: Catalogue) -> None:
    assert [s.id for s in catalogue.services if len(s.summary) > 90] == []
    assert [s.id for s in catalogue.services if s.summary.endswith(".")] == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_entries_of_a_file_are_of_one_family_and_stand_in_order(file: Path) -> None:
    document = tomllib.loads(file.read_text(encoding="utf-8"))
    ids = [service["id"] for service in document.get("service", [])]
    numbers = [protocol["number"] for protocol in document.get("ip_protocol", [])]
    assert ids == sorted(ids)
    if file.stem != "ip-protocols":
        assert {service["family"] for service in document.get("service", [])} <= {file.stem}
    assert numbers == sorted(numbers)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_file_can_be_read_by_people(file: Path) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 2000
    assert lines[0].startswith("# "), "the first line says what the file is about"
    assert all(line == line.rstrip() for line in lines)


def test_no_very_wide_range_classifies(catalogue: Catalogue) -> None:
    """The ranges that swallow other entries are facts, never evidence."""
    for transport in TRANSPORTS:
        width, strength = catalogue.ports.width[transport], catalogue.ports.strength[transport]
        assert width.max(initial=0) <= WIDEST
        assert (strength[width > WIDE] == STRENGTHS.index("weak")).all()


def test_swallowing_ranges_are_known_to_describe_only(catalogue: Catalogue) -> None:
    assert claims_on(catalogue, "udp", 20001) == []
    assert {"rtp", "windows-messenger"} <= {c.service.id for c in catalogue.describe("udp", 20001)}
    assert claims_on(catalogue, "tcp", 49670) == []
    assert "windows-rpc" in {c.service.id for c in catalogue.describe("tcp", 49670)}


def test_the_table_is_sorted_by_strength_then_width_then_order(catalogue: Catalogue) -> None:
    table = catalogue.ports
    for transport in TRANSPORTS:
        for port in np.flatnonzero(np.diff(table.offsets[transport])).tolist():
            row = table.row(transport, port)
            keys = list(
                zip(
                    table.strength[transport][row].tolist(),
                    table.width[transport][row].tolist(),
                    table.service[transport][row].tolist(),
                    strict=True,
                )
            )
            assert all(a < b for a, b in pairwise(keys)), (transport, port)
            assert len({code for _, _, code in keys}) == len(keys), (transport, port)


def test_the_table_holds_exactly_the_claims_that_classify(catalogue: Catalogue) -> None:
    expected = {
        (transport, port, service.id)
        for service in catalogue.services
        for row in service.port
        if row.classify and row.role != "client"
        for transport in row.transport
        for entry in row.ports
        for port in range(bounds(entry)[0], bounds(entry)[1] + 1)
    }
    offsets, codes = catalogue.ports.offsets, catalogue.ports.service
    got = {
        (transport, int(port), catalogue.ids[code])
        for transport in TRANSPORTS
        for port, code in zip(
            np.repeat(np.arange(65536), np.diff(offsets[transport])), codes[transport], strict=True
        )
    }
    assert got == expected


def test_the_table_has_the_types_that_it_promises(catalogue: Catalogue) -> None:
    table = catalogue.ports
    for transport in TRANSPORTS:
        assert table.offsets[transport].shape == (65537,)
        assert table.offsets[transport].dtype == np.int64
        assert table.service[transport].dtype == np.int32
        assert table.strength[transport].dtype == np.uint8
        assert table.width[transport].dtype == np.int32
        assert table.flags[transport].dtype == np.uint32


def test_flags_of_entry_and_port_are_in_the_table(catalogue: Catalogue) -> None:
    table, bits = catalogue.ports, catalogue.flag_bits
    socks = int(table.flags["tcp"][table.row("tcp", 1080)][0])
    assert socks & bits["trojan-overlap"]
    assert socks & bits["security-risk"]
    assert not socks & bits["obsolete"]


def test_transports_and_ip_protocols_do_not_name_services_for_each_other(
    catalogue: Catalogue,
) -> None:
    assert catalogue.ip_protocol_service.shape == (256,)
    assert [int(catalogue.ip_protocol_service[n]) for n in (6, 17, 132)] == [0, 0, 0]


def test_all_ip_protocol_numbers_have_a_name(catalogue: Catalogue) -> None:
    names = catalogue.ip_protocol_names
    assert len(names) == 256
    assert (names[1], names[6], names[47], names[89], names[255]) == (
        "ICMP",
        "TCP",
        "GRE",
        "OSPFIGP",
        "Reserved",
    )
    assert names[200] == "protocol 200"
    assert len(set(names)) == 256


def test_unknown_is_a_value_with_code_zero(catalogue: Catalogue) -> None:
    assert catalogue.ids[0] == "unknown"
    assert catalogue.get("unknown") is catalogue.services[0]
    assert catalogue.code("unknown") == 0


def test_controlled_words_are_all_used_or_reserved(catalogue: Catalogue) -> None:
    families = {service.family for service in catalogue.services}
    unused = {"site", "registered"}
    assert set(catalogue.families) - families == unused, "for overlays, and for IANA's names"
    flags = {
        f for s in catalogue.services for f in (*s.flags, *(g for r in s.port for g in r.flags))
    }
    assert set(catalogue.flags) == flags
    assert len(catalogue.flags) <= 32, "one bit each"


def test_attack_tools_are_hints_that_never_name_a_flow(catalogue: Catalogue) -> None:
    tools = [s for s in catalogue.services if s.family == "attack-tools"]
    assert len(tools) > 20
    for tool in tools:
        assert "attack-tool" in tool.flags, tool.id
        assert not any(row.classify for row in tool.port), tool.id
        assert all(row.strength == "weak" for row in tool.port), tool.id
        assert all(row.condition for row in tool.port), tool.id
    assert all("attack-tool" not in s.flags for s in catalogue.services if s not in tools)


def test_what_stands_inside_the_modern_dynamic_range_says_so_or_is_alone(
    catalogue: Catalogue,
) -> None:
    """An RPC server may listen there: only what its maker fixed may name a flow."""
    known = {
        (s.id, row.strength)
        for s in catalogue.services
        for row in s.port
        if row.classify
        for entry in row.ports
        if "tcp" in row.transport and bounds(entry)[0] >= 49152
    }
    assert {name for name, strength in known if strength == "primary"} == {
        "bigfix", "db2", "mumble", "operations-manager"
    }  # fmt: skip
