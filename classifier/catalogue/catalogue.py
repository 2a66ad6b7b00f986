"""The catalogue as the rest of the program sees it: services by code, and lookup tables."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct, field

from classifier.catalogue.bulk import Bulk
from classifier.catalogue.compiled import Rest, Services
from classifier.catalogue.kinship import Kinship, kin
from classifier.catalogue.marked import Marked
from classifier.catalogue.ports import registered_table, unpack_ports
from classifier.catalogue.rows import PayloadRow, bands_of, header_of, payloads_of
from classifier.catalogue.schema import ROLES, STRENGTHS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from classifier.catalogue.answers import Answer
    from classifier.catalogue.compiled import Brief, Compiled
    from classifier.catalogue.interfaces import Interface
    from classifier.catalogue.ports import PortTable
    from classifier.catalogue.schema import Band, Payload, Port, Service

__all__ = ["Catalogue", "Claim"]


class Claim(Struct, frozen=True):
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

    @property
    def names_flows(self) -> bool:
        """Whether the claim can name a flow on its own."""
        return self.port.classify and self.port.role != ROLES[1]


class Catalogue(Struct, frozen=True, eq=False, dict=True):
    """Everything known about who uses which port and IP protocol.

    Attributes:
        services: The curated entries by code; code 0 is the pseudo-service ``unknown``. The codes
            after them are of services that a shipped table names, see :attr:`ids`.
        bands: Ranges of ports taken on demand, as in ``dynamic-ranges.toml``.
        ip_protocol_names: IANA's short name of each of the 256 IP protocol numbers.
        name, version, date: As ``catalogue.toml`` declares them.
        digest: First 16 hex digits of the SHA-256 over all files that were read.
        families, flags, eras: The controlled words and their meanings.
        notes: What a reader of the report must know, such as entries that an overlay replaced.
        given_payloads: What :attr:`payloads` is where nothing was compiled.
        bulk: DCE/RPC interfaces and IANA's names: services without an entry of their own.
        compiled: The arrays, where they are ready.
    """

    services: Sequence[Service]
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
    given_payloads: tuple[Payload, ...] = ()
    bulk: Bulk = field(default_factory=Bulk)
    compiled: Compiled | None = None

    def __repr__(self) -> str:
        """Which knowledge it is, not all of it."""
        return f"Catalogue(name={self.name!r}, version={self.version!r}, digest={self.digest!r})"

    @classmethod
    def of(cls, compiled: Compiled, tables: Mapping[str, bytes], digest: str) -> Catalogue:
        """The catalogue of what was compiled, and of the shipped tables as they were read."""
        header = header_of(compiled.header)
        return cls(
            services=Services(compiled.services),
            bands=bands_of(compiled.bands),
            ip_protocol_names=tuple(compiled.ip_protocol_names),
            name=header.name,
            version=header.version,
            date=header.date,
            digest=digest,
            families=header.families,
            flags=header.flags,
            eras=header.eras,
            notes=compiled.notes,
            bulk=Bulk(tables, compiled.words),
            compiled=compiled,
        )

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Service ids by code: the categories of the flow table's ``service`` column.

        First the curated entries, then what is known by a DCE/RPC interface alone, then what is
        known by IANA's name alone (``iana/…``).
        """
        if self.compiled is not None:
            return tuple(self.compiled.ids.split("\n"))
        return tuple(service.id for service in self.services)

    @cached_property
    def codes(self) -> Mapping[str, int]:
        """Codes by service id."""
        return dict(zip(self.ids, range(len(self.ids)), strict=True))

    @cached_property
    def flag_bits(self) -> Mapping[str, int]:
        """The bit of each flag in ``PortTable.flags``, in the order of ``catalogue.toml``."""
        return {flag: 1 << n for n, flag in enumerate(self.flags)}

    @cached_property
    def ports(self) -> PortTable:
        """Claims of curated entries on server ports, made on first use."""
        if self.compiled is not None:
            return unpack_ports(self.compiled.ports)
        from classifier.catalogue.compile import pack_ports

        return unpack_ports(pack_ports(self.services, self.flag_bits))

    @cached_property
    def registered(self) -> Mapping[str, NDArray[np.int32]]:
        """The service of a port that IANA alone names, by transport: codes, int32[65536].

        0 where IANA has no name, and where a curated entry claims the port: it knows better. Such
        a name says that somebody once asked for the port, not that anybody uses it.
        """
        return registered_table(self.compiled.registered if self.compiled is not None else {})

    @cached_property
    def ip_protocol_service(self) -> NDArray[np.int32]:
        """Service code of each IP protocol number, int32[256]; 0 where none."""
        import numpy as np

        if self.compiled is not None:
            return np.array(self.compiled.protocols, dtype=np.int32)
        from classifier.catalogue.compile import protocol_codes

        return np.array(protocol_codes(self.services), dtype=np.int32)

    @cached_property
    def payloads(self) -> tuple[Payload, ...]:
        """What first payload bytes show, in the order of the files.

        Their examples and sources stand in the files only.
        """
        import msgspec

        if self.compiled is None:
            return self.given_payloads
        return payloads_of(msgspec.msgpack.decode(self.compiled.payloads, type=list[PayloadRow]))

    @cached_property
    def kinship(self) -> Kinship:
        """Which service speaks the protocol of which, and which rides on which."""
        import msgspec

        if self.compiled is None:
            return Kinship.of(kin(self.services), self.codes)
        rows = msgspec.msgpack.decode(self.compiled.kin, type=list[tuple[int, int, bool]])
        return Kinship.of(rows, self.codes)

    @cached_property
    def marked(self) -> Marked:
        """The curated entries by family, by flag, and the ports that carry a flag."""
        import msgspec

        if self.compiled is None:
            return Marked.of(self.services)
        return msgspec.msgpack.decode(self.compiled.marked, type=Marked)

    @cached_property
    def interface_ids(self) -> frozenset[str]:
        """The ids of services by which DCE/RPC interfaces are known."""
        if self.compiled is None:
            return frozenset(row.service for row in self.bulk.interfaces.values())
        return frozenset(self.compiled.interfaces)

    @cached_property
    def rest(self) -> Rest:
        """System services, what depends on what, tunnels, and declared overlaps."""
        import msgspec

        if self.compiled is None:
            return Rest()
        return msgspec.msgpack.decode(self.compiled.rest, type=Rest)

    def interface(self, uuid: str, version: str | float | None = None) -> Interface | None:
        """The DCE/RPC interface with this UUID, or None.

        Args:
            uuid: In any case, with or without braces.
            version: ``4``, ``"4"`` or ``"4.0"``; only the major number counts (C706, 6.1.2), and
                only where the lists have one. None: any.
        """
        return self.bulk.interface(uuid, version)

    def flagged(self, flag: str) -> Iterator[Service]:
        """The curated entries that carry a flag, or of which a row of ports does, by code."""
        entries = self.services
        if isinstance(entries, Services):
            entries = tuple(entries.mentioning(flag))
        for service in entries:
            if flag in service.flags or any(flag in row.flags for row in service.port):
                yield service

    def family_ids(self, family: str) -> set[str]:
        """The ids of the services of a family, of those without an entry of their own too."""
        own = set(self.marked.families.get(family, ()))
        made_up = len(self.services)
        return own | {n for n in self.bulk.ids_of(family) if self.codes.get(n, 0) >= made_up}

    def code(self, service_id: str) -> int:
        """The code of a service.

        Raises:
            KeyError: No entry has this id.
        """
        return self.codes[service_id]

    def get(self, service_id: str) -> Service:
        """The entry of a service; one is made up for those that only a shipped table knows.

        Raises:
            KeyError: No entry has this id.
        """
        code = self.codes[service_id]
        if code < len(self.services):
            return self.services[code]
        return self.bulk.service(service_id)

    def brief(self, service_id: str) -> Brief | Service:
        """What :meth:`get` has, or its name, family and flags where these can be had for less.

        Raises:
            KeyError: No entry has this id.
        """
        code = self.codes[service_id]
        if isinstance(self.services, Services) and code < len(self.services):
            return self.services.brief(code)
        return self.get(service_id)

    def band(self, band_id: str) -> Band:
        """The band with this id.

        Raises:
            KeyError: No band has this id.
        """
        for band in self.bands:
            if band.id == band_id:
                return band
        raise KeyError(band_id)

    def find(self, term: str) -> tuple[Answer, ...]:
        """Everything that is known about a term: a port, a UUID, a name …; see ``lookup.py``."""
        from classifier.catalogue import lookup

        return lookup.find(self, term)

    def describe(self, transport: str, port: int, last: int | None = None) -> list[Claim]:
        """All claims on a port: first those of ``ports`` in its order, then the others.

        With ``last`` those on any port from ``port`` to ``last``.

        The others never classify on their own: the client's end, and facts such as very wide
        ranges. A service appears once for every row of it that holds the port.
        """
        found: list[tuple[tuple[object, ...], Claim]] = []
        for code, service in enumerate(self.services):
            for row in service.port:
                if transport not in row.transport:
                    continue
                for low, high in self._ranges(row):
                    if low <= (port if last is None else last) and port <= high:
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
        from classifier.catalogue.check import bounds

        bands = [self.band(name) for name in row.bands]
        return [bounds(entry) for entry in row.ports] + [(band.low, band.high) for band in bands]
