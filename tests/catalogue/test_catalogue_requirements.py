"""Which ports must be open for a service of Windows, by era, with or without a tunnel."""

from __future__ import annotations

import pytest

from classifier.catalogue.requirements import Era, requirements


def dynamic(found):
    return {(row.low, row.high) for row in found.rows if row.band}


def fixed(found):
    return {(row.transport, row.low) for row in found.rows if row.low and not row.band}


def test_active_directory_needs_its_fixed_ports_in_every_era(catalogue):
    expected = {
        ("tcp", 135), ("tcp", 389), ("udp", 389), ("tcp", 445), ("tcp", 636), ("tcp", 3268),
        ("tcp", 3269), ("tcp", 9389),
    }  # fmt: skip
    for era in Era:
        assert expected <= fixed(requirements(catalogue, "active-directory", era))


@pytest.mark.parametrize(
    ("era", "ranges"),
    [
        ("modern", {(49152, 65535)}),
        ("legacy", {(1025, 5000)}),
        ("mixed", {(1025, 5000), (49152, 65535)}),
    ],
)
def test_the_dynamic_range_is_that_of_the_era(catalogue, era, ranges):
    for service in ("lsass", "certsvc", "spooler", "File Replication", "MSDTC"):
        found = requirements(catalogue, service, era)
        assert dynamic(found) <= ranges, service
    assert dynamic(requirements(catalogue, "lsass", era)) == ranges


def test_a_service_of_newer_windows_alone_has_no_range_in_the_old_one(catalogue):
    assert dynamic(requirements(catalogue, "Hyper-V service", "legacy")) == set()
    assert dynamic(requirements(catalogue, "Hyper-V service", "modern")) == {(49152, 65535)}


def test_a_tunnel_takes_the_place_of_all_open_ports(catalogue):
    found = requirements(catalogue, "lsass", ipsec=True)
    assert found.tunnel.id == "l2tp-ipsec"
    needed = {(row.transport, row.low) for row in found.rows if row.needed}
    assert needed == {("udp", 500), ("udp", 4500), ("esp", 0)}
    perhaps = {(row.transport, row.low) for row in found.rows if not row.needed}
    assert perhaps == {("udp", 1701), ("ah", 0)}
    assert all(row.condition for row in found.rows if not row.needed)


def test_what_only_a_tunnel_needs_is_not_asked_for_without_one(catalogue):
    found = requirements(catalogue, "lsass")
    assert not {"esp", "ah"} & {row.transport for row in found.rows}
    assert ("udp", 1701) not in fixed(found)


def test_a_service_that_no_tunnel_replaces_says_so(catalogue):
    with pytest.raises(KeyError, match="no tunnel is known"):
        requirements(catalogue, "WINS", ipsec=True)


def test_dependencies_are_listed_and_included_when_asked(catalogue):
    alone = requirements(catalogue, "active-directory")
    assert alone.included == ("active-directory",)
    assert len(alone.dependencies) == 12
    whole = requirements(catalogue, "active-directory", dependencies=True)
    assert len(whole.included) == 13
    assert ("udp", 88) in fixed(whole)
    assert ("udp", 88) not in fixed(alone)
    wins = [row for row in whole.rows if row.system_service == "wins-server"]
    assert wins
    assert not any(row.needed for row in wins), "only as a fallback"
    assert all("2003 SP1" in row.condition for row in wins)


def test_every_service_of_windows_can_be_asked_for(catalogue):
    systems = catalogue.rest.system_services
    assert len(systems) >= 72
    without = set()
    for system in systems:
        for word in (system.id, system.name):
            found = requirements(catalogue, word, "mixed")
            assert found.system_service is system
        if not found.rows:
            without.add(system.id)
        for row in found.rows:
            assert row.service in catalogue.codes
            assert row.sources
            assert 0 <= row.low <= row.high <= 65535
    assert without == set(), "a service without a row says nothing"


def test_rows_stand_in_the_order_of_their_ports(catalogue):
    rows = requirements(catalogue, "lsass", "mixed").rows
    ports = [row.low for row in rows if row.low and not row.band]
    assert ports == sorted(ports)
    assert len(set(rows)) == len(rows)


def test_what_nobody_knows_is_an_error(catalogue):
    with pytest.raises(KeyError, match="no-such-service"):
        requirements(catalogue, "no-such-service")
    with pytest.raises(ValueError, match="stone"):
        requirements(catalogue, "lsass", "stone")
