from __future__ import annotations

import ipaddress
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.flows.addresses import Addresses as Recorded
from classifier.policy.addresses import Addresses
from classifier.policy.zones import ANY, BUILT_IN, GROUP, ZoneError, compile_zone

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

INTERNAL = compile_zone(["10.0.0.0/8", "fc00::/7"], BUILT_IN)
NAMED = {**BUILT_IN, "internal": INTERNAL}


@pytest.mark.parametrize(
    ("entries", "inside", "outside"),
    [
        (["10.0.0.0/8"], ["10.0.0.0", "10.255.255.255"], ["9.255.255.255", "11.0.0.0"]),
        (["192.0.2.7"], ["192.0.2.7"], ["192.0.2.6", "192.0.2.8"]),
        (["fc00::/7"], ["fc00::1", "fdff::"], ["fe00::", "10.0.0.1"]),
        (["10.0.0.0/8", "!10.1.0.0/16"], ["10.0.0.1", "10.2.0.0"], ["10.1.0.0", "10.1.255.255"]),
        (["!internal"], ["8.8.8.8", "2001:db8::1"], ["10.0.0.1", "fd00::1"]),
        (["internal", "192.0.2.0/24"], ["10.0.0.1", "192.0.2.1"], ["8.8.8.8"]),
        (["::/0"], ["2001:db8::1"], ["8.8.8.8"]),
        (["0.0.0.0/0"], ["8.8.8.8"], ["2001:db8::1"]),
        (["any"], ["8.8.8.8", "ff02::1", "::", "255.255.255.255"], []),
    ],
)
def test_a_zone_holds_what_it_names_less_what_it_subtracts(
    entries: list[str], inside: list[str], outside: list[str]
) -> None:
    zone = compile_zone(entries, NAMED)
    assert [address for address in inside if address not in zone] == []
    assert [address for address in outside if address in zone] == []


@pytest.mark.parametrize("address", ["239.255.255.250", "255.255.255.255", "ff02::fb"])
def test_group_addresses_are_in_no_wide_zone(address: str) -> None:
    assert address in GROUP
    for entries in (["!internal"], ["0.0.0.0/0", "::/0"], ["!10.0.0.0/8"]):
        assert address not in compile_zone(entries, NAMED)


def test_a_multicast_range_can_be_named_on_purpose() -> None:
    zone = compile_zone(["10.0.0.0/8", "239.0.0.0/8"], NAMED)
    assert "239.255.255.250" in zone
    assert "224.0.0.1" not in zone


def test_zones_are_equal_when_their_addresses_are() -> None:
    halves = compile_zone(["10.128.0.0/9", "10.0.0.0/9", "10.0.0.1"], BUILT_IN)
    assert halves == compile_zone(["10.0.0.0/8"], BUILT_IN)


def test_an_ipv4_mapped_address_is_the_ipv4_address() -> None:
    assert "::ffff:10.0.0.1" in INTERNAL
    assert "::ffff:8.8.8.8" not in INTERNAL
    assert "8.8.8.8" in compile_zone(["::ffff:8.8.8.0/120"], NAMED)


def test_what_is_no_address_is_in_no_zone() -> None:
    assert "" not in ANY
    assert "host.example" not in ANY


def test_the_scope_of_a_link_local_address_does_not_matter() -> None:
    assert "fe80::1%eth0" in compile_zone(["fe80::/10"], NAMED)


@pytest.mark.parametrize(
    ("entry", "fix"),
    [("10.0.0.5/8", "10.0.0.0/8"), ("10.0.0.300", "10.0.0.1"), ("dmz", "zone's name")],
)
def test_a_wrong_entry_tells_how_to_mend_it(entry: str, fix: str) -> None:
    with pytest.raises(ZoneError) as raised:
        compile_zone([entry], NAMED)
    assert entry in str(raised.value)
    assert fix in raised.value.fix


MAPPED = ipaddress.ip_network("::ffff:0:0/96")
blocks = st.one_of(
    st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 32)).map(
        lambda pair: ipaddress.ip_network(pair, strict=False)
    ),
    st.tuples(st.integers(0, 2**128 - 1), st.integers(0, 128)).map(
        lambda pair: ipaddress.ip_network(pair, strict=False)
    ),
).filter(lambda block: block.version == 4 or not block.subnet_of(MAPPED))


@given(
    added=st.lists(blocks, min_size=1, max_size=6),
    removed=st.lists(blocks, max_size=4),
    other=st.lists(st.ip_addresses(), max_size=20),
)
def test_a_zone_agrees_with_the_standard_library(
    added: list[Network], removed: list[Network], other: list[Address]
) -> None:
    zone = compile_zone([*map(str, added), *(f"!{block}" for block in removed)], BUILT_IN)
    edges = [block[end] for block in [*added, *removed] for end in (0, -1)]
    addresses = [one for one in [*edges, *other] if str(one) not in GROUP]
    # A mapped address is IPv4 here and IPv6 there.
    addresses = [one for one in addresses if one.version == 4 or one.ipv4_mapped is None]
    expected = [
        any(one in block for block in added) and not any(one in block for block in removed)
        for one in addresses
    ]
    assert zone.holds(Addresses.of(map(str, addresses))).tolist() == expected


def test_the_addresses_of_a_recording_are_those_that_their_texts_say() -> None:
    texts = ["10.0.0.1", "fe80::1", "255.255.255.255", "::ffff:10.0.0.1", "::"]
    packed = np.zeros((len(texts), 16), dtype=np.uint8)
    version = np.array([4, 6, 4, 6, 6], dtype=np.uint8)
    for own, text in zip(packed, texts, strict=True):
        one = ipaddress.ip_address(text).packed
        own[: len(one)] = np.frombuffer(one, dtype=np.uint8)
    before = packed.copy()
    recorded = Recorded(packed, version)
    for asked in (None, np.array([4, 2, 1, 0]), np.zeros(0, dtype=np.int64)):
        wanted = texts if asked is None else [texts[number] for number in asked.tolist()]
        found = Addresses.of(recorded, asked)
        assert found.packed.tolist() == Addresses.of(wanted).packed.tolist()
        assert found.valid.all()
    assert (packed == before).all(), "they belong to the recording"
