"""One term, everything that is known: ports, protocols, UUIDs and every word for a service."""

from __future__ import annotations

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.catalogue import load
from classifier.catalogue.locate import signature_folder


def kinds(answers):
    return [answer.kind for answer in answers]


def test_a_number_is_a_port_of_every_transport_that_knows_it(catalogue):
    answers = catalogue.find("135")
    assert [(a.kind, a.transport, a.best) for a in answers] == [
        ("port", "tcp", "epmap"), ("port", "udp", "epmap"),
    ]  # fmt: skip
    tcp = answers[0]
    assert {"Net Logon", "Hyper-V service"} <= {rider.row.service for rider in tcp.riders}
    assert all(rider.row.sources for rider in tcp.riders)
    assert tcp.claims[0].sources
    assert [row.name for row in tcp.registered] == ["epmap"]


@pytest.mark.parametrize("term", ["49670/tcp", "tcp/49670", "TCP:49670", " tcp/49670 "])
def test_a_port_in_a_dynamic_range_says_whose_range_it_is(catalogue, term):
    (answer,) = catalogue.find(term)
    assert (answer.low, answer.high, answer.best) == (49670, 49670, "")
    assert {"modern", "linux", "iana", "tmg"} <= {band.id for band in answer.bands}
    widths = [band.high - band.low for band in answer.bands]
    assert widths == sorted(widths)
    assert "windows-rpc" in {claim.service.id for claim in answer.claims}


def test_a_port_that_iana_alone_names(catalogue):
    (answer,) = catalogue.find("tcp/5")
    assert answer.best == "iana/rje"
    assert not [claim for claim in answer.claims if claim.names_flows]


def test_the_clients_end_is_not_the_best_of_a_port(catalogue):
    (answer,) = catalogue.find("udp/68")
    assert answer.best == ""
    assert "dhcp" in {claim.service.id for claim in answer.claims}


def test_a_range_finds_all_claims_in_it(catalogue):
    (answer,) = catalogue.find("tcp/6880-6890")
    assert answer.best == "bittorrent"
    assert all(low <= 6890 and high >= 6880 for low, high in map(claimed, answer.claims))


def claimed(claim):
    ends = [str(entry).split("-") for entry in claim.port.ports] or [["1", "65535"]]
    return min(int(e[0]) for e in ends), max(int(e[-1]) for e in ends)


def test_a_port_of_which_nothing_is_known_is_an_empty_answer(catalogue):
    (answer,) = catalogue.find("sctp/4")
    assert (answer.claims, answer.registered, answer.best) == ((), (), "")
    assert len(catalogue.find("0")) == 1


@pytest.mark.parametrize("term", ["70000", "5-3", "tcp/5/udp", "ip/256", "", "   ", "xy", "0x1"])
def test_what_means_nothing_finds_nothing(catalogue, term):
    assert catalogue.find(term) == ()


def test_an_ip_protocol(catalogue):
    (answer,) = catalogue.find("ip/47")
    assert (answer.name, answer.service.id, answer.entry.sources) == (
        "GRE", "gre", ("IANA", "RFC 2784"),
    )  # fmt: skip
    assert [rider.row.service for rider in answer.riders] == ["Routing and Remote Access"]
    (vacant,) = catalogue.find("ip/200")
    assert (vacant.name, vacant.entry, vacant.service) == ("protocol 200", None, None)


@pytest.mark.parametrize(
    "term",
    [
        "e3514235-4b06-11d1-ab04-00c04fc2dcd2",
        "{E3514235-4B06-11D1-AB04-00C04FC2DCD2}",
        "e3514235-4b06-11d1-ab04-00c04fc2dcd2 v4.0",
        "drsuapi",
    ],
)
def test_an_interface_with_its_service_and_siblings(catalogue, term):
    (answer,) = catalogue.find(term)
    assert answer.interface.name == "drsuapi"
    assert answer.service.id == "windows-rpc/drsuapi"
    assert [system.id for system in answer.system_services] == ["active-directory"]
    assert {"samr", "lsarpc"} <= {row.name for row in answer.siblings}
    assert answer.interface not in answer.siblings


def test_a_uuid_that_nobody_knows_finds_nothing(catalogue):
    assert catalogue.find("00000000-0000-0000-0000-000000000000") == ()
    assert catalogue.find("e3514235-4b06-11d1-ab04-00c04fc2dcd2 v3.0") == ()


@pytest.mark.parametrize("term", ["lsass", "LSASS", "active-directory", "CertSvc", "Net Logon",
                                  "kb832017#Net Logon", "KB 832017#print spooler"])  # fmt: skip
def test_a_service_of_windows_by_each_of_its_words(catalogue, term):
    (answer,) = [a for a in catalogue.find(term) if a.kind == "system service"]
    assert answer.uses
    assert all(rider.carrier in catalogue.codes for rider in answer.uses)


def test_what_active_directory_depends_on_and_what_replaces_its_ports(catalogue):
    (answer,) = [a for a in catalogue.find("lsass") if a.kind == "system service"]
    assert len(answer.depends_on) == 12
    assert len(answer.needed_by) == 23
    assert "drsuapi" in {row.name for row in answer.interfaces}
    assert [tunnel.id for tunnel in answer.tunnels] == ["l2tp-ipsec"]


def test_a_word_that_means_several_things_finds_them_all(catalogue):
    assert kinds(catalogue.find("dns"))[:2] == ["service", "system service"]
    assert kinds(catalogue.find("gre")) == ["service", "ip protocol"]
    assert kinds(catalogue.find("legacy")) == ["band"]
    assert kinds(catalogue.find("0x88cc")) == ["ethertype"]


def test_every_id_and_every_alias_finds_its_entry(catalogue):
    for service in catalogue.services[1::7]:
        for word in (service.id, service.name, *service.aliases):
            found = [a.service.id for a in catalogue.find(word) if a.kind == "service"]
            if not found:  # a number is a port, such as an alias 6to4 is not
                continue
            assert service.id in found, word


def test_a_name_of_iana_finds_its_registrations(catalogue):
    (answer,) = catalogue.find("rje")
    assert (answer.service.id, answer.matched) == ("iana/rje", "registered name")
    assert [(row.transport, row.port) for row in answer.registered] == [("tcp", 5), ("udp", 5)]


def test_a_part_of_a_name_is_enough_where_no_whole_name_fits(catalogue):
    found = catalogue.find("postgre")
    assert [(a.kind, a.matched) for a in found] == [("service", "part")]
    assert len(catalogue.find("the")) <= 150


def test_all_registrations_are_found_by_port(catalogue):
    with (signature_folder() / "iana-ports.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 11_488
    for row in rows[::61]:
        (answer,) = catalogue.find(f"{row['transport']}/{row['port']}")
        assert row["name"] in {found.name for found in answer.registered}


@given(st.text(alphabet="0123456789-/tcpudx{}ab #.v:", max_size=45))
def test_no_term_is_too_strange(term):
    for answer in CATALOGUE.find(term):
        assert answer.kind


CATALOGUE = load()
