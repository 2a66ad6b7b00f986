"""Where Windows servers put their dynamic RPC ports. The range that counts is the server's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from classifier.policy.zones import Zone

__all__ = ["RANGES", "Range", "RpcRanges", "parse_range"]

Range = tuple[int, int]
"""First and last port, both inclusive."""

LEGACY: Range = (1025, 5000)  # Windows 2000, XP, Server 2003
MODERN: Range = (49152, 65535)  # Windows Vista, Server 2008 and later
RANGES: dict[str, tuple[Range, ...]] = {
    "legacy": (LEGACY,),
    "modern": (MODERN,),
    "both": (LEGACY, MODERN),
}
"""The ranges that have a name (Microsoft KB 832017, introduction)."""

LOWEST, HIGHEST = 1024, 65535


def parse_range(text: str) -> tuple[Range, ...]:
    """Read ``modern``, ``legacy``, ``both`` or ``LOW-HIGH``.

    Raises:
        ValueError: It is none of them, or outside of 1024-65535.
    """
    if text in RANGES:
        return RANGES[text]
    found = re.fullmatch(r"(\d+)-(\d+)", text)
    low, high = (int(found[1]), int(found[2])) if found else (0, 0)
    if not LOWEST <= low <= high <= HIGHEST:
        raise ValueError(f"{text!r} is no range of dynamic ports")
    return ((low, high),)


class RpcRanges(Struct, frozen=True):
    """The ranges of all servers.

    Attributes:
        default: For every server that is not named.
        servers: Zones with ranges of their own; the first that holds a server counts.
    """

    default: tuple[Range, ...] = RANGES["both"]
    servers: tuple[tuple[Zone, tuple[Range, ...]], ...] = ()

    def of(self, server: str) -> tuple[Range, ...]:
        """The ranges of one server."""
        return next((ranges for zone, ranges in self.servers if server in zone), self.default)
