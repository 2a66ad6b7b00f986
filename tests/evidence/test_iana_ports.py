"""A port of which only IANA's registry knows a name."""

from __future__ import annotations

import pytest
from weighing import CLIENT, MODERN, SERVER, connection, datagram, named, segment

from classifier.catalogue.assemble import load_folder
from wire import ACK, RST, SYN, ethernet, ipv4, udp

HEADER = """\
[catalogue]
name = "small"
version = "1"
date = "2026-01-01"
[catalogue.families]
web = "Web"
windows-rpc = "RPC"
[catalogue.flags]
[catalogue.eras]
any = "All"
"""
ENTRIES = """\
[[service]]
id = "web"
name = "Web"
family = "web"
aliases = ["www"]
sources = ["RFC 1"]
[[service.port]]
transport = ["tcp"]
ports = [80]
[[service.port]]
transport = ["tcp"]
ports = [600]
strength = "weak"
[[service.example]]
flow = "tcp/80"
[[service]]
id = "windows-rpc"
name = "RPC"
family = "windows-rpc"
sources = ["RFC 1"]
[[service.counter_example]]
flow = "tcp/50000"
why = "a band"
"""
REGISTRY = """\
port,transport,id,name,description
600,tcp,six,six,Six
700,tcp,seven,seven,Seven
700,udp,seven,seven,Seven
800,tcp,www,www,Web elsewhere
1023,udp,last,last,Last
1024,udp,first,first,First
30500,tcp,banded,banded,Banded
30500,udp,banded,banded,Banded
49160,tcp,high,high,High
"""
IANA = ("possible", "iana_port")


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    folder = tmp_path_factory.mktemp("signatures")
    (folder / "catalogue.toml").write_text(HEADER, encoding="utf-8")
    (folder / "entries.toml").write_text(ENTRIES, encoding="utf-8")
    (folder / "iana-ports.csv").write_text(REGISTRY, encoding="utf-8")
    return load_folder(folder)


@pytest.fixture
def one(catalogue):
    def one(*frames, **options):
        (verdict,) = named(*frames, catalogue=catalogue, **options)
        return verdict

    return one


def answered(port, *, client_port=51000):
    """A question and an answer over UDP, of which nothing says who asked."""
    return [
        datagram(port, client_port=client_port),
        ethernet(ipv4(udp(port, client_port, b"y"), SERVER, CLIENT)),
    ]


def test_a_registered_name_is_possible_and_says_why(one):
    verdict = one(*connection(700))
    assert verdict.short == ("iana/seven", *IANA)
    assert verdict.detail == "IANA's name only: seven"


def test_an_entry_on_the_port_is_preferred_however_weak(one):
    verdict = one(*connection(600))
    assert verdict.short == ("web", "possible", "port")
    assert verdict.alternatives == ""


def test_a_name_that_is_a_word_of_an_entry_names_the_entry(one):
    assert one(*connection(800)).short == ("web", *IANA)


def test_a_user_port_is_only_noted(one):
    verdict = one(*connection(30500))
    assert verdict.short == ("unknown", "unknown", "none")
    assert verdict.detail == "IANA's name only: banded"


def test_a_service_that_did_not_answer_is_not_named(one):
    syn = segment((CLIENT, 40000), (SERVER, 700), SYN)
    refusal = segment((SERVER, 700), (CLIENT, 40000), RST | ACK)
    assert one(syn).service == "unknown"
    assert one(syn, refusal).service == "unknown"
    assert one(datagram(700, client_port=51000)).service == "unknown"


def test_for_a_system_port_an_inferred_direction_will_do(one):
    assert one(*answered(700)).short == ("iana/seven", *IANA)
    assert one(*answered(1023)).short == ("iana/last", *IANA)


def test_a_user_port_with_an_inferred_direction_is_not_even_noted(one):
    for port in (1024, 30500):
        verdict = one(*answered(port))
        assert (verdict.service, verdict.detail) == ("unknown", "")


def test_the_clients_port_is_not_named(one):
    assert one(*connection(9999, client_port=700)).service == "unknown"


def test_a_port_that_windows_hands_out_is_not_named(one):
    verdict = one(*connection(49160))
    assert (verdict.service, verdict.detail) == ("unknown", "in the dynamic band 49152-65535")
    assert one(*connection(700), bands=(((600, 800),),)).service == "unknown"


def test_the_range_that_counts_is_that_of_the_server(one):
    bands = (MODERN, ((600, 800),))
    for number, service in ((0, "iana/seven"), (1, "unknown")):
        verdict = one(
            *connection(700), bands=bands, sets=lambda flows, number=number: flows.rung * 0 + number
        )
        assert verdict.service == service
