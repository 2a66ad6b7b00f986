"""Which part of the address plan an address is from, for many addresses at a time."""

from __future__ import annotations

from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy as np

from classifier.distinct import among
from classifier.flows.addresses import Addresses
from classifier.table import Values

if TYPE_CHECKING:
    from collections.abc import Sequence

    Array = np.ndarray[Any, Any]

__all__ = ["scope", "scopes"]

IPV6 = 6

WORDS = (
    "broadcast",
    "unspecified",
    "loopback",
    "multicast",
    "link-local",
    "public",
    "reserved",
    "private",
    "shared",  # RFC 6598: carrier-grade NAT, neither private nor global
    "not an address",
)

BROADCAST = IPv4Address("255.255.255.255")
QUESTIONS = (
    ("unspecified", "is_unspecified"),
    ("loopback", "is_loopback"),
    ("multicast", "is_multicast"),
    ("link-local", "is_link_local"),
    ("public", "is_global"),
    ("reserved", "is_reserved"),
    ("private", "is_private"),
)
"""Words and the properties of an address that they stand for; the first one that holds counts."""

# Where the answer can change: the IANA special-purpose registries of IPv4 and IPv6, multicast and
# reserved blocks. What the answer is between two of them, Python's ipaddress says.
FOUR = """
0.0.0.0/8 0.0.0.0/32 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12
192.0.0.0/24 192.0.0.0/29 192.0.0.8/32 192.0.0.9/32 192.0.0.10/32 192.0.0.170/31 192.0.2.0/24
192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15
198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 233.252.0.0/24 240.0.0.0/4 255.255.255.255/32
"""
SIX = """
::/64 ::/8 64:ff9b::/64 64:ff9b:1::/48 100::/8 100::/64 100:0:0:1::/64 200::/7 400::/6 800::/5
1000::/4 2001::/23 2001::/32 2001:2::/48 2001:3::/32 2001:4:112::/48 2001:10::/28 2001:20::/28
2001:30::/28 2001:db8::/32 2002::/16 2620:4f:8000::/48 3ffe::/16 3fff::/20 4000::/3 5f00::/16
6000::/3 8000::/3 a000::/3 c000::/3 e000::/4 f000::/5 f800::/6 fc00::/7 fe00::/9 fe80::/10 fec0::/10
ff00::/8
"""
ODD = (0, 0x2001_0001_0000_0000, 0x0064_FF9B_0000_0000)
"""First halves of IPv6 addresses whose second half matters as well: ``::1``, ``::ffff:0:0/96``,
``2001:1::1`` and the like."""


def scope(address: str) -> str:
    """The scope of one address, in one word or two."""
    try:
        return _scope(ip_address(address))
    except ValueError:
        return "not an address"


def _scope(ip: IPv4Address | IPv6Address) -> str:
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    if ip == BROADCAST:
        return "broadcast"
    # Asked one after the other: each looks into lists of networks.
    for word, question in QUESTIONS:
        if getattr(ip, question):
            return word
    return "shared"


def scopes(addresses: Sequence[str]) -> Values:
    """The scope of each address, as :func:`scope` says it."""
    result = np.empty(len(addresses), dtype=np.int8)
    strange: list[int] = []
    if isinstance(addresses, Addresses):
        six = addresses.version == IPV6
        packed = _numbers(addresses.packed)
    else:
        six = np.array([":" in address for address in addresses], dtype=bool)
        packed, strange = _packed(addresses, six)
    four = np.flatnonzero(~six)
    starts, words = _plan(4)
    found = packed[four, 0] >> np.uint64(32)
    result[four] = words[np.searchsorted(starts, found, side="right") - 1]
    rest = np.flatnonzero(six)
    if len(rest):  # that plan takes 10 ms to make
        starts, words = _plan(6)
        result[rest] = words[np.searchsorted(starts, packed[rest, 0], side="right") - 1]
    odd = rest[among(packed[rest, 0], np.array(ODD, dtype=np.uint64))].tolist()
    for place in (*odd, *strange):
        result[place] = WORDS.index(scope(addresses[place]))
    return Values(result, WORDS)


def _packed(addresses: Sequence[str], six: Array) -> tuple[Array, list[int]]:
    """Addresses as two numbers each, and the places of those that must be looked at singly."""
    from socket import AF_INET, AF_INET6, inet_pton  # addresses of an engine are packed already

    result = np.zeros((len(addresses), 16), dtype=np.uint8)
    strange: list[int] = []
    for family, rows, size in (
        (AF_INET, np.flatnonzero(~six), 4),
        (AF_INET6, np.flatnonzero(six), 16),
    ):
        texts = [addresses[row] for row in rows.tolist()]
        try:
            packed = b"".join(map(inet_pton, repeat(family), texts))
        except (OSError, ValueError):  # the wrong form, or a NUL or more than ASCII in it
            strange += rows.tolist()
            continue
        result[rows, :size] = np.frombuffer(packed, dtype=np.uint8).reshape(-1, size)
    return _numbers(result), strange


def _numbers(packed: Array) -> Array:
    """Addresses of 16 bytes as two numbers each."""
    return np.ascontiguousarray(packed).view(">u8").astype(np.uint64)


@cache
def _plan(version: int) -> tuple[Array, Array]:
    """Where the parts of the address plan begin, and their words as indices into ``WORDS``."""
    shift = 0 if version == 4 else 64  # noqa: PLR2004  the IP version
    kind = IPv4Address if version == 4 else IPv6Address  # noqa: PLR2004
    whole = 2 ** (32 if version == 4 else 64)  # noqa: PLR2004
    places = {0}
    for network in map(ip_network, (FOUR if version == 4 else SIX).split()):  # noqa: PLR2004
        places.add(int(network.network_address) >> shift)
        places.add((int(network.broadcast_address) >> shift) + 1)
    starts = sorted(places - {whole})
    words = [WORDS.index(_scope(kind(start << shift))) for start in starts]
    return np.array(starts, dtype=np.uint64), np.array(words, dtype=np.int8)
