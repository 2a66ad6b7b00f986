"""What hosts are for: only by what they answered."""

from __future__ import annotations

import numpy as np
import pytest
from made import MadeFlows

from classifier.endpoints import HostRole, Identification, Place
from classifier.hosts.roles import DRSUAPI, ROLES, answered, infer, is_windows_server
from classifier.table import Values


def roles(*rows, confidence="assigned", **more):
    """Roles of each host of flows that have a service."""
    flows = MadeFlows(*rows)
    labels = sorted({row["service"] for row in rows})
    service = Values(np.array([labels.index(row["service"]) for row in rows]), labels)
    sure = Values(np.zeros(len(rows), dtype=np.int8), [confidence])
    numbers = {text: number for number, text in enumerate(flows.addresses)}
    found = infer(flows, service, sure, numbers=numbers, **more)
    return {host: text for host, text in zip(flows.addresses, found.texts(), strict=True) if text}


def serves(*services, **changed):
    return [{"service": service, **changed} for service in services]


@pytest.mark.parametrize(
    ("services", "text"),
    [
        (("kerberos", "smb"), "domain-controller (kerberos, smb)"),
        (
            ("kerberos", "ldap", "epmap", "dns"),
            "domain-controller (kerberos, epmap); dns-server (dns)",
        ),
        (("global-catalog", "ldap"), "domain-controller (global-catalog, ldap)"),
        (("mssql",), "database-server (mssql)"),
        (("exchange-store", "smtp"), "exchange-server (exchange-store); mail-server (smtp)"),
        (("http", "https"), "web-server (http, https)"),
        (("pdl-datastream",), "print-server (pdl-datastream)"),
        (("nfs",), "file-server (nfs)"),
        (("nat-pmp",), "gateway (nat-pmp)"),
    ],
)
def test_a_role_is_earned_by_services(services, text):
    assert roles(*serves(*services)) == {"10.0.0.2": text}


@pytest.mark.parametrize(
    "services", [("kerberos",), ("ldap", "smb"), ("kerberos", "ldap"), ("smb",), ("epmap",)]
)
def test_too_little_is_no_role(services):
    assert not roles(*serves(*services))


@pytest.mark.parametrize("state", ["S0", "REJ", "RSTOS0", "SH"])
def test_a_service_that_was_refused_is_not_served(state):
    assert not roles(*serves("http", state=state))
    assert roles(*serves("http"))


def test_a_service_that_never_answered_is_not_served():
    assert not roles(*serves("dns", ip_protocol=17, state="", server_packets=0))


@pytest.mark.parametrize(("confidence", "counts"), [("likely", True), ("possible", False)])
def test_a_guess_earns_no_role(confidence, counts):
    assert bool(roles(*serves("http"), confidence=confidence)) is counts


def test_smb_for_several_clients_makes_a_file_server_unless_it_controls_the_domain():
    clients = [
        {"service": "smb", "client": f"10.0.1.{n}", "client_port": port}
        for n in range(3)
        for port in (50_000, 50_001)
    ]
    assert roles(*clients) == {"10.0.0.2": "file-server (smb for several)"}
    assert not roles(*clients[:4])
    assert roles(*clients, *serves("kerberos")) == {"10.0.0.2": "domain-controller (kerberos, smb)"}


def test_directory_replication_is_of_a_domain_controller_alone():
    bind = Identification("windows-rpc", "", Place(0, 1, 0, 0), interface=DRSUAPI)
    row = serves("windows-rpc", server_port=49_670)
    assert roles(*row, identified=[bind]) == {"10.0.0.2": "domain-controller (DRSUAPI)"}
    assert not roles(*serves("windows-rpc", state="REJ"), identified=[bind])


def test_a_gateway_is_one_by_what_was_said():
    said = [HostRole("10.0.0.2", "gateway", "DHCP", Place(0, 1, 0, 0))]
    assert roles(*serves("unknown"), said=said) == {"10.0.0.2": "gateway (by DHCP)"}
    elsewhere = [HostRole("10.9.9.9", "gateway", "DHCP", Place(0, 1, 0, 0))]
    assert not roles(*serves("unknown"), said=elsewhere)


def test_every_role_has_a_word_of_its_own_and_stands_behind_what_hides_it():
    words = [role.word for role in ROLES]
    assert len(set(words)) == len(words)
    for number, role in enumerate(ROLES):
        assert set(role.unless) <= set(words[:number])


def test_no_flows_have_no_roles():
    flows = MadeFlows()
    nothing = Values(np.zeros(0, dtype=np.int8), [])
    assert len(infer(flows, nothing, nothing).data) == 0
    assert len(is_windows_server(flows)) == len(answered(flows)) == 0


@pytest.mark.parametrize(
    ("ports", "expected"),
    [((135,), True), ((445, 88), True), ((389, 445), True), ((445,), False), ((88, 389), False)],
)
def test_a_windows_server_answers_on_ports_that_only_it_has_together(ports, expected):
    rows = [{"server_port": port} for port in (*ports, 49_670)]
    other = {"server": "10.0.0.3", "server_port": 49_670}
    found = is_windows_server(MadeFlows(*rows, other)).tolist()
    assert found == [expected] * len(rows) + [False]


def test_a_windows_server_that_refused_or_is_asked_over_udp_is_none():
    assert not is_windows_server(MadeFlows({"server_port": 135, "state": "REJ"})).any()
    assert not is_windows_server(MadeFlows({"server_port": 135, "ip_protocol": 17})).any()
