"""Spot checks that an analyst would make: this port, that service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from classifier.catalogue import bands_of, default_bands

if TYPE_CHECKING:
    from classifier.catalogue import Catalogue


@pytest.mark.parametrize(
    ("flow", "service"),
    [
        ("tcp/22", "ssh"),
        ("tcp/25", "smtp"),
        ("udp/53", "dns"),
        ("udp/67", "dhcp"),
        ("tcp/88", "kerberos"),
        ("udp/123", "ntp"),
        ("tcp/135", "epmap"),
        ("udp/137", "netbios-ns"),
        ("tcp/139", "netbios-ssn"),
        ("udp/161", "snmp"),
        ("tcp/389", "ldap"),
        ("tcp/443", "https"),
        ("udp/443", "quic"),
        ("tcp/445", "smb"),
        ("tcp/465", "submissions"),
        ("udp/500", "ike"),
        ("udp/514", "syslog"),
        ("tcp/514", "rsh"),
        ("tcp/853", "dns-over-tls"),
        ("tcp/1433", "mssql"),
        ("udp/1812", "radius"),
        ("tcp/3268", "global-catalog"),
        ("tcp/3306", "mysql"),
        ("tcp/3389", "rdp"),
        ("udp/4500", "ipsec-nat-t"),
        ("tcp/4500", "abacast"),
        ("tcp/1883", "mqtt"),
        ("tcp/2181", "zookeeper"),
        ("udp/2055", "netflow"),
        ("udp/3074", "xbox-live"),
        ("tcp/4840", "opc-ua"),
        ("udp/4791", "roce"),
        ("tcp/5938", "teamviewer"),
        ("tcp/6568", "anydesk"),
        ("tcp/7680", "delivery-optimization"),
        ("udp/8801", "zoom"),
        ("sctp/38462", "e1ap"),
        ("udp/41641", "tailscale"),
        ("udp/5060", "sip"),
        ("udp/5355", "llmnr"),
        ("tcp/5985", "winrm"),
        ("tcp/6881", "bittorrent"),
        ("tcp/8080", "http-alt"),
        ("tcp/9100", "pdl-datastream"),
        ("sctp/36412", "s1ap"),
        ("tcp/51515", "operations-manager"),
        ("udp/51820", "wireguard"),
    ],
)
def test_the_best_claimant_of_a_port(catalogue: Catalogue, flow: str, service: str) -> None:
    transport, _, port = flow.partition("/")
    row = catalogue.ports.row(transport, int(port))
    assert catalogue.ids[catalogue.ports.service[transport][row][0]] == service


@pytest.mark.parametrize("flow", ["udp/68", "tcp/4", "udp/40000", "tcp/49670", "tcp/65535"])
def test_ports_that_name_nothing(catalogue: Catalogue, flow: str) -> None:
    transport, _, port = flow.partition("/")
    row = catalogue.ports.row(transport, int(port))
    assert row.start == row.stop


@pytest.mark.parametrize(
    ("number", "service"),
    [(1, "icmp"), (2, "igmp"), (47, "gre"), (50, "esp"), (51, "ah"), (58, "icmpv6"), (89, "ospf")],
)
def test_the_service_of_an_ip_protocol(catalogue: Catalogue, number: int, service: str) -> None:
    assert catalogue.ids[catalogue.ip_protocol_service[number]] == service


def test_describe_says_who_when_and_from_where(catalogue: Catalogue) -> None:
    claims = catalogue.describe("tcp", 5000)
    upnp = claims[0]
    assert upnp.service.id == "upnp"
    assert upnp.port.era == "legacy"
    assert "XP SP2" in upnp.port.condition
    assert any(source.startswith("KB832017#") for source in upnp.sources)
    assert {"http-alternates", "yahoo-voice"} <= {claim.service.id for claim in claims}
    assert [claim.port.classify for claim in claims] == sorted(
        (claim.port.classify for claim in claims), reverse=True
    )


def test_describe_shows_the_client_end_after_the_servers(catalogue: Catalogue) -> None:
    claims = catalogue.describe("udp", 68)
    assert [(c.service.id, c.port.role) for c in claims if c.port.classify] == [("dhcp", "client")]


def test_who_rides_on_the_endpoint_mapper(catalogue: Catalogue) -> None:
    riders = {user.service for user in catalogue.get("epmap").used_by}
    assert {"Certificate Services", "Exchange Server", "Hyper-V service", "Net Logon"} <= riders
    assert len(riders) == 22


def test_a_port_in_both_windows_bands_of_its_transport(catalogue: Catalogue) -> None:
    assert [band.id for band in default_bands(catalogue.bands)] == ["modern", "legacy"]
    server = [b.id for b in bands_of(catalogue.bands, "tcp", 49670) if "server" in b.use]
    assert server == ["modern", "tmg"]
    assert bands_of(catalogue.bands, "tcp", 1000) == ()


def test_an_unknown_id_is_a_key_error(catalogue: Catalogue) -> None:
    for ask in (catalogue.get, catalogue.code, catalogue.band):
        with pytest.raises(KeyError, match="no-such-thing"):
            ask("no-such-thing")
