"""The range from which each server hands out RPC ports: from what it handed out, or as given.

A port that was announced shows more than a setting: where both are known and differ, both are
told. Known ranges are Windows' own (KB 832017) and that of hosts with TMG; an administrator may
have narrowed them, or pinned single services to a port.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from classifier.endpoints.announcement import Announcement

__all__ = ["ServerRange", "announced", "said"]

_LOWEST = 1024
_LEGACY = 1025, 5000
_MODERN = 49152, 65535
_TMG = 10000, 65535
_FEW = 3
"""So many ports outside of the known ranges are one of its own; fewer are pinned."""
_NARROW = 1000
"""An administrator's range is rarely wider (KB 154596 says 100 ports or more)."""
_SHOWN = 4


class ServerRange(Struct, frozen=True):
    """What a server's announced ports show. Equal when every field is equal.

    Attributes:
        word: ``modern``, ``legacy``, ``both``, ``tmg``, ``own`` or, if all are pinned, empty.
        low, high: Of that range; of ``own`` the lowest and highest port that was announced.
        ports: How many different ports were announced in it.
        pinned: Ports outside of it.
    """

    word: str
    low: int
    high: int
    ports: int
    pinned: tuple[int, ...] = ()

    def __str__(self) -> str:
        """Such as ``modern 49152-65535 (6 ports announced); pinned 5722``."""
        parts = []
        if self.word:
            ports = f"{self.ports} port{'s' if self.ports > 1 else ''} announced"
            parts.append(f"{self.word} {self.low}-{self.high} ({ports})")
        if self.pinned:
            more = len(self.pinned) - _SHOWN
            shown = ", ".join(map(str, self.pinned[:_SHOWN])) + (f" +{more}" if more > 0 else "")
            parts.append(f"pinned {shown}")
        return "; ".join(parts)


def announced(announcements: Iterable[Announcement]) -> dict[str, ServerRange]:
    """The range of each server that handed out ports of its own for RPC interfaces, by address."""
    ports: dict[str, set[int]] = {}
    for one in announcements:
        is_own = one.host == one.speaker and not one.host_is_client
        if one.interface and one.transport == "tcp" and is_own and one.port > _LOWEST:
            ports.setdefault(one.host, set()).add(one.port)
    return {host: _range(sorted(found)) for host, found in ports.items()}


def _range(ports: Sequence[int]) -> ServerRange:
    """The range that a server's announced ports, at least one, come from."""
    modern = [port for port in ports if port >= _MODERN[0]]
    legacy = [port for port in ports if port <= _LEGACY[1]]
    other = [port for port in ports if _LEGACY[1] < port < _MODERN[0]]
    if len(other) >= _FEW:
        if other[-1] - other[0] <= _NARROW:
            pinned = tuple(port for port in ports if port not in other)
            return ServerRange("own", other[0], other[-1], len(other), pinned)
        if other[0] >= _TMG[0] and not legacy:
            return ServerRange("tmg", *_TMG, len(ports))
    pinned = tuple(other)
    if modern and legacy:
        return ServerRange("both", _LEGACY[0], _MODERN[1], len(modern) + len(legacy), pinned)
    if modern:
        return ServerRange("modern", *_MODERN, len(modern), pinned)
    if legacy:
        return ServerRange("legacy", *_LEGACY, len(legacy), pinned)
    return ServerRange("", 0, 0, 0, pinned)


def said(given: Sequence[tuple[int, int]], found: ServerRange | None) -> str:
    """The range of one server in words.

    Args:
        given: What the policy says of this server; empty: nothing.
        found: What its announced ports show.
    """
    parts = []
    if given:
        parts.append("given " + ", ".join(f"{low}-{high}" for low, high in given))
    if found is not None:
        parts.append(str(found))
    return "; ".join(parts)
