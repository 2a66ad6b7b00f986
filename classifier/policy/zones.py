"""Zones: named sets of addresses, compiled to intervals and asked in bulk.

Zones are made of intervals on the number line of :mod:`classifier.policy.addresses`.
"""

from __future__ import annotations

import ipaddress
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec import Struct

from classifier.policy.addresses import MAPPED, Addresses, pack

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy.typing as npt

__all__ = ["ANY", "BUILT_IN", "GROUP", "Zone", "ZoneError", "compile_zone"]

Interval = tuple[int, int]
"""First and last address, both inclusive, on the common number line."""

LAST = (1 << 128) - 1


class ZoneError(ValueError):
    """An entry of a zone is wrong: what is, and how to mend it."""

    def __init__(self, entry: str, cause: str, fix: str) -> None:
        super().__init__(cause)
        self.entry, self.fix = entry, fix


def union(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """The same addresses as disjoint intervals in ascending order."""
    merged: list[Interval] = []
    for low, high in sorted(intervals):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(merged)


def subtract(kept: Iterable[Interval], removed: Iterable[Interval]) -> tuple[Interval, ...]:
    """The addresses of ``kept`` that are not in ``removed``."""
    rest = list(union(kept))
    for low, high in union(removed):
        rest = [
            part
            for first, last in rest
            for part in ((first, min(last, low - 1)), (max(first, high + 1), last))
            if part[0] <= part[1]
        ]
    return tuple(rest)


def network(text: str) -> Interval:
    """The interval of an address or a CIDR block.

    Raises:
        ZoneError: It is neither, or bits are set to the right of the prefix.
    """
    try:
        block = ipaddress.ip_network(text)
    except ValueError:
        try:
            meant = ipaddress.ip_network(text, strict=False)
        except ValueError:
            cause = f"{text!r} is no address, CIDR block or zone"
            raise ZoneError(
                text, cause, "write 10.0.0.1, 10.0.0.0/8, fc00::/7 or a zone's name"
            ) from None
        cause = f"{text!r} has bits set to the right of its prefix"
        raise ZoneError(text, cause, f"write {meant}, or the address alone") from None
    shift = MAPPED if block.version == 4 else 0  # noqa: PLR2004 - IP version 4
    return int(block.network_address) + shift, int(block.broadcast_address) + shift


ALL_IPV4: Interval = network("0.0.0.0/0")
GROUP_INTERVALS = union(map(network, ("224.0.0.0/4", "255.255.255.255", "ff00::/8")))


class Zone(Struct, frozen=True, dict=True):
    """A set of addresses. Equal when the addresses are equal.

    Attributes:
        intervals: Disjoint, ascending.
    """

    intervals: tuple[Interval, ...]

    @cached_property
    def _bounds(self) -> tuple[npt.NDArray[np.bytes_], npt.NDArray[np.bytes_]]:
        lows, highs = (pack(interval[side] for interval in self.intervals) for side in (0, 1))
        return lows, highs

    @cached_property
    def _bounds_of_four(self) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
        """Of the IPv4 addresses alone, which most recordings hold and nothing else."""
        first, last = ALL_IPV4
        own = [
            (max(low, first) - first, min(high, last) - first)
            for low, high in self.intervals
            if low <= last and high >= first
        ]
        bounds = np.array(own, dtype=np.uint32).reshape(-1, 2)
        return bounds[:, 0].copy(), bounds[:, 1].copy()

    def holds(self, addresses: Addresses) -> npt.NDArray[np.bool_]:
        """For each address, whether it is in the zone. What is no IP address is in none."""
        if not self.intervals:
            return np.zeros(len(addresses.packed), dtype=np.bool_)
        four, numbers = addresses.numbers
        if len(four) == len(addresses.packed):
            return _inside(numbers, *self._bounds_of_four)
        other, packed = addresses.others
        inside = np.zeros(len(addresses.packed), dtype=np.bool_)
        inside[four] = _inside(numbers, *self._bounds_of_four)
        inside[other] = _inside(packed, *self._bounds)
        return inside & addresses.valid

    def __contains__(self, address: str) -> bool:
        """Whether one address is in the zone."""
        return bool(self.holds(Addresses.of([address]))[0])


def _inside(
    values: npt.NDArray[Any], lows: npt.NDArray[Any], highs: npt.NDArray[Any]
) -> npt.NDArray[np.bool_]:
    """For each value, whether it lies in one of the disjoint, ascending intervals."""
    if not len(lows):
        return np.zeros(len(values), dtype=np.bool_)
    if len(lows) == 1:
        return np.asarray((values >= lows[0]) & (values <= highs[0]))
    place = np.searchsorted(lows, values, side="right") - 1
    return np.asarray((place >= 0) & (values <= highs[np.maximum(place, 0)]))


ANY = Zone(((0, LAST),))
GROUP = Zone(GROUP_INTERVALS)
BUILT_IN: Mapping[str, Zone] = {"any": ANY, "group": GROUP}
"""Zones that every policy has: every address, and those that stand for many hosts at once."""


def compile_zone(entries: Sequence[str], named: Mapping[str, Zone]) -> Zone:
    """Make a zone of its entries: all that they name, less all that follows a ``!``.

    A list of nothing but ``!`` entries starts from every address but ``group``. A block that is
    wider than ``group`` leaves it out too, so that no multicast address is ever "internet".

    Args:
        entries: CIDR blocks, addresses, names of zones, each with or without ``!``.
        named: Zones that may be named, the built-in ones included.

    Raises:
        ZoneError: An entry is neither an address nor the name of a zone.
    """
    added: list[Interval] = []
    removed: list[Interval] = []
    for entry in entries:
        name = entry.removeprefix("!").strip()
        if name in named:
            intervals: tuple[Interval, ...] = named[name].intervals
        else:
            intervals = single_stack(network(name))
        (removed if entry.startswith("!") else added).extend(intervals)
    if not added and removed:
        added = list(subtract(ANY.intervals, GROUP_INTERVALS))
    return Zone(subtract(added, removed))


def single_stack(block: Interval) -> tuple[Interval, ...]:
    """A block without what its writer cannot have meant: the group, or IPv4 inside of IPv6."""
    low, high = block
    if not any(first <= low and high <= last for first, last in GROUP_INTERVALS):
        wider = low < ALL_IPV4[0] or high > ALL_IPV4[1]
        inner = [ALL_IPV4] if wider else []
        return subtract([block], [*GROUP_INTERVALS, *inner])
    return (block,)
