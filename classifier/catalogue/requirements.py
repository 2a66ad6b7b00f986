"""Which ports and protocols must be open for a service of Windows (the question of KB 832017).

What the article writes as a range is narrowed to what the systems of the asked era really hand
out: 1025-5000 before Vista and Server 2008, 49152-65535 since, both in a mix (KB 832017,
introduction). The range that counts is the server's.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from classifier.catalogue.check import bounds
from classifier.catalogue.lookup import riders, system_service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.catalogue.catalogue import Catalogue
    from classifier.catalogue.schema import Band, Dependency, SystemService, Tunnel, UsedBy

__all__ = ["Era", "Requirement", "Requirements", "requirements"]

AS_WRITTEN = "as-written"
"""The era of bands that only keep what a document says."""

_WIDE = (1024, 1025)
"""Where the ranges begin that the article writes in place of the dynamic range of an era."""


class Era(StrEnum):
    """Which systems there are on the server's side."""

    LEGACY = "legacy"  # Windows 2000, XP and Server 2003
    MODERN = "modern"  # Vista, Server 2008 and later
    MIXED = "mixed"  # both

    @property
    def words(self) -> tuple[str, ...]:
        """The eras of ``catalogue.toml`` that it stands for."""
        return ("legacy", "modern") if self is Era.MIXED else (self.value,)


class Requirement(Struct, frozen=True):
    """One thing that must pass, towards the server. Equal when all of it is equal.

    Attributes:
        system_service: Id of the service of Windows that needs it.
        service: Id of the service of the catalogue that carries it.
        protocol: What is spoken, as the article names it.
        transport: ``tcp``, ``udp``, ``icmp``, ``icmp6``, ``gre``, ``esp`` or ``ah``.
        low, high: First and last server port; 0 where there are no ports, and where the
            administrator chooses one, as the condition says.
        band: Id of the range of ports on demand that this is; empty for a fixed port.
        era: ``legacy`` or ``modern`` where only one of them needs it; empty for both.
        needed: False where the condition decides whether it must pass at all.
        condition: When, or what else there is to know.
        sources: Who says so.
    """

    system_service: str
    service: str
    protocol: str
    transport: str
    low: int
    high: int
    band: str
    era: str
    needed: bool
    condition: str
    sources: tuple[str, ...]


class Requirements(Struct, frozen=True):
    """What a service of Windows needs open.

    Attributes:
        system_service: Which one.
        era: For which systems.
        tunnel: The tunnel that takes the place of the open ports; None where they are open.
        rows: Fixed ports by number first, then ranges, then protocols without ports.
        dependencies: What it depends on, whether or not that was included.
        included: Ids of the system services whose needs are among the rows.
    """

    system_service: SystemService
    era: Era
    tunnel: Tunnel | None
    rows: tuple[Requirement, ...]
    dependencies: tuple[Dependency, ...]
    included: tuple[str, ...]


def requirements(
    catalogue: Catalogue,
    service: str = "active-directory",
    era: Era | str = Era.MODERN,
    *,
    ipsec: bool = False,
    dependencies: bool = False,
) -> Requirements:
    """What must be open for a service of Windows.

    Args:
        catalogue: The knowledge.
        service: Id, heading, short name or alias: ``active-directory``, ``LSASS``, ``Net Logon``.
        era: ``legacy``, ``modern`` or ``mixed``.
        ipsec: What a tunnel needs instead of the open ports.
        dependencies: Include what the services need that this one depends on, one step far.

    Raises:
        KeyError: No system service has this name; or there is no tunnel for it.
        ValueError: No such era.
    """
    era = Era(era)
    asked = system_service(catalogue, service)
    if asked is None:
        raise KeyError(service)
    needs = tuple(row for row in catalogue.rest.dependencies if row.service == asked.id)
    included = [asked]
    if dependencies:
        by_id = {system.id: system for system in catalogue.rest.system_services}
        included += [by_id[row.on] for row in needs]
    tunnel = None
    if ipsec:
        tunnel = next(
            (t for t in catalogue.rest.tunnels if {asked.id, "*"} & set(t.replaces)), None
        )
        if tunnel is None:
            raise KeyError(f"{asked.id}: no tunnel is known that replaces its open ports")
        rows = list(_through(tunnel, asked))
    else:
        conditions = {row.on: row.condition for row in needs}
        rows = [
            row
            for system in included
            for row in _open(catalogue, system, era, conditions.get(system.id, ""))
        ]
    unique = sorted(dict.fromkeys(rows), key=_order)
    return Requirements(
        system_service=asked,
        era=era,
        tunnel=tunnel,
        rows=tuple(unique),
        dependencies=needs,
        included=(asked.id,) if tunnel else tuple(system.id for system in included),
    )


def _order(row: Requirement) -> tuple[object, ...]:
    return (row.low == 0, bool(row.band), row.low, row.high, row.transport, row.protocol)


def _through(tunnel: Tunnel, system: SystemService) -> Iterator[Requirement]:
    """What the tunnel itself needs."""
    for opening in tunnel.open:
        for transport in opening.transport:
            for low, high in map(bounds, opening.ports or (0,)):
                yield Requirement(
                    system_service=system.id,
                    service=opening.service,
                    protocol=tunnel.name,
                    transport=transport,
                    low=low,
                    high=high,
                    band="",
                    era="",
                    needed=opening.needed,
                    condition=opening.condition,
                    sources=tunnel.sources,
                )


def _open(
    catalogue: Catalogue, system: SystemService, era: Era, dependency: str
) -> Iterator[Requirement]:
    """What one system service needs, from the rows of its carriers."""
    for rider in riders(catalogue, system.name):
        row = rider.row
        if row.tunnel or (row.era in {"legacy", "modern"} and row.era not in era.words):
            continue
        ranges: list[tuple[int, int, str, str]] = [(*bounds(p), "", row.era) for p in row.ports]
        ranges += _bands(catalogue, row, era)
        if not ranges and row.bands:
            continue  # only in another era
        for transport in row.transport:
            for low, high, band, when in ranges or [(0, 0, "", row.era)]:
                yield Requirement(
                    system_service=system.id,
                    service=rider.carrier,
                    protocol=row.protocol,
                    transport=transport,
                    low=low,
                    high=high,
                    band=band,
                    era=when,
                    needed=not dependency,
                    condition="; ".join(text for text in (dependency, row.condition) if text),
                    sources=row.sources,
                )


def _bands(catalogue: Catalogue, row: UsedBy, era: Era) -> list[tuple[int, int, str, str]]:
    """The ranges of a row in an era: ports, band, and the era where only one has them.

    A wide range as the article writes it stands for the dynamic range of the era. Other ranges,
    such as what ISA Server negotiates, hold in every era.
    """
    bands = [catalogue.band(name) for name in row.bands]
    dynamic = {band.id: band for band in catalogue.bands if band.default}
    wide = any(band.era == AS_WRITTEN and _stands_for_dynamic(band) for band in bands)
    found: dict[str, Band] = {}
    for band in bands:
        if not _stands_for_dynamic(band) and (band.id not in dynamic or band.era in era.words):
            found[band.id] = band
    if wide:
        found |= {name: band for name, band in dynamic.items() if band.era in era.words}
    return [
        (band.low, band.high, band.id, band.era if band.id in dynamic else row.era)
        for band in found.values()
    ]


def _stands_for_dynamic(band: Band) -> bool:
    """Whether a band is the article's loose way to write the dynamic range."""
    return band.era == AS_WRITTEN and band.low in _WIDE and band.id.startswith("kb-")
