"""The catalogue as the rest of the program sees it: services by code, and lookup tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from classifier.catalogue.check import bounds
from classifier.catalogue.compile import compile_ports, compile_protocols
from classifier.catalogue.schema import ROLES, STRENGTHS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from classifier.catalogue.compile import PortTable
    from classifier.catalogue.schema import Band, Port, Service

__all__ = ["Catalogue", "Claim"]


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim on one port, for people to read. Equal when entry, row and width are equal.

    Attributes:
        service: The entry that claims the port.
        port: The row of the entry that says so: role, strength, condition, era, sources.
        width: How many ports the range has that the claim comes from; 1 for a single port.
    """

    service: Service
    port: Port
    width: int

    @property
    def sources(self) -> tuple[str, ...]:
        """The row's own sources, else the entry's."""
        return self.port.sources or self.service.sources


@dataclass(frozen=True, eq=False)
class Catalogue:
    """Everything known about who uses which port and IP protocol.

    Attributes:
        services: By code; code 0 is the pseudo-service ``unknown``.
        bands: Ranges of ports taken on demand, as in ``dynamic-ranges.toml``.
        ip_protocol_names: IANA's short name of each of the 256 IP protocol numbers.
        name, version, date: As ``catalogue.toml`` declares them.
        digest: First 16 hex digits of the SHA-256 over all files that were read.
        families, flags, eras: The controlled words and their meanings.
        notes: What a reader of the report must know, such as entries that an overlay replaced.
    """

    services: tuple[Service, ...]
    bands: tuple[Band, ...]
    ip_protocol_names: tuple[str, ...]
    name: str
    version: str
    date: str
    digest: str
    families: Mapping[str, str]
    flags: Mapping[str, str]
    eras: Mapping[str, str]
    notes: list[str] = field(default_factory=list)

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Service ids by code: the categories of the flow table's ``service`` column."""
        return tuple(service.id for service in self.services)

    @cached_property
    def codes(self) -> Mapping[str, int]:
        """Codes by service id."""
        return {name: code for code, name in enumerate(self.ids)}

    @cached_property
    def flag_bits(self) -> Mapping[str, int]:
        """The bit of each flag in ``PortTable.flags``, in the order of ``catalogue.toml``."""
        return {flag: 1 << n for n, flag in enumerate(self.flags)}

    @cached_property
    def ports(self) -> PortTable:
        """Claims on server ports, compiled on first use."""
        return compile_ports(self.services, self.flag_bits)

    @cached_property
    def ip_protocol_service(self) -> NDArray[np.int32]:
        """Service code of each IP protocol number, int32[256]; 0 where none."""
        return compile_protocols(self.services)

    def code(self, service_id: str) -> int:
        """The code of a service.

        Raises:
            KeyError: No entry has this id.
        """
        return self.codes[service_id]

    def get(self, service_id: str) -> Service:
        """The entry of a service.

        Raises:
            KeyError: No entry has this id.
        """
        return self.services[self.codes[service_id]]

    def band(self, band_id: str) -> Band:
        """The band with this id.

        Raises:
            KeyError: No band has this id.
        """
        for band in self.bands:
            if band.id == band_id:
                return band
        raise KeyError(band_id)

    def describe(self, transport: str, port: int) -> list[Claim]:
        """All claims on a port: first those of ``ports`` in its order, then the others.

        The others never classify on their own: the client's end, and facts such as very wide
        ranges. A service appears once for every row of it that holds the port.
        """
        found: list[tuple[tuple[object, ...], Claim]] = []
        for code, service in enumerate(self.services):
            for row in service.port:
                if transport not in row.transport:
                    continue
                for low, high in self._ranges(row):
                    if low <= port <= high:
                        claim = Claim(service, row, high - low + 1)
                        rank = (
                            not row.classify,
                            row.role == ROLES[1],
                            STRENGTHS.index(row.strength),
                            claim.width,
                            code,
                        )
                        found.append((rank, claim))
                        break
        return [claim for _, claim in sorted(found, key=lambda pair: pair[0])]

    def _ranges(self, row: Port) -> list[tuple[int, int]]:
        bands = [self.band(name) for name in row.bands]
        return [bounds(entry) for entry in row.ports] + [(band.low, band.high) for band in bands]
