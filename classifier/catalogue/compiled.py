"""The catalogue in the form that the cache keeps: arrays ready, entries still packed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, overload

import msgspec
from msgspec import Raw, Struct

from classifier.catalogue.compile import (
    PackedPorts,
    pack_ports,
    pack_registered,
    protocol_codes,
)
from classifier.catalogue.interfaces import read_interfaces
from classifier.catalogue.kinship import kin
from classifier.catalogue.registry import Registry
from classifier.catalogue.schema import (
    UNKNOWN_SERVICE,
    Band,
    Dependency,
    Header,
    IpProtocol,
    Overlap,
    Payload,
    Service,
    SystemService,
    Tunnel,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from classifier.catalogue.merge import Merged

__all__ = ["Compiled", "Rest", "Services", "compile_catalogue"]


class Rest(Struct, frozen=True, array_like=True):
    """What only lookup and requirements ask for."""

    system_services: tuple[SystemService, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    tunnels: tuple[Tunnel, ...] = ()
    overlaps: tuple[Overlap, ...] = ()
    ip_protocols: tuple[IpProtocol, ...] = ()


class Compiled(Struct, frozen=True, array_like=True):
    """Everything that a start needs at once; what is :class:`msgspec.Raw` is opened when asked.

    ``ids`` are those of all services by code, curated ones first. ``words`` leads from each id and
    alias of the curated ones to the id.
    """

    header: Header
    notes: list[str]
    services: list[Raw]
    ids: list[str]
    bands: tuple[Band, ...]
    ip_protocol_names: list[str]
    ports: dict[str, PackedPorts]
    registered: dict[str, tuple[bytes, bytes]]
    protocols: list[int]
    rest: Raw
    words: dict[str, str]
    payloads: Raw
    kin: Raw


class Services(Sequence[Service]):
    """Curated entries by code, each unpacked when it is first asked for."""

    def __init__(self, packed: Sequence[Raw]) -> None:
        self._packed = packed
        self._entry = cache(self._unpack)

    def _unpack(self, code: int) -> Service:
        return _ENTRY.decode(self._packed[code])

    def mentioning(self, word: str) -> Iterator[Service]:
        """The entries in which a text stands somewhere; the others are not unpacked."""
        text = word.encode()
        for code, packed in enumerate(self._packed):
            if text in bytes(packed):
                yield self._entry(code)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._packed)

    @overload
    def __getitem__(self, code: int) -> Service: ...
    @overload
    def __getitem__(self, code: slice) -> tuple[Service, ...]: ...
    def __getitem__(self, code: int | slice) -> Service | tuple[Service, ...]:
        """The entry of a code."""
        if isinstance(code, slice):
            return tuple(self._entry(n) for n in range(*code.indices(len(self))))
        return self._entry(range(len(self))[code])

    def __iter__(self) -> Iterator[Service]:
        """All entries, in the order of their codes."""
        return map(self._entry, range(len(self)))

    def __eq__(self, other: object) -> bool:
        """Equal when all entries are."""
        return isinstance(other, Services) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        """As equality demands."""
        return hash(tuple(self))


_ENTRY = msgspec.msgpack.Decoder(Service)


def compile_catalogue(merged: Merged, header: Header, tables: Mapping[str, bytes]) -> Compiled:
    """Checked entries and shipped tables in compiled form.

    Args:
        merged: The entries of all files.
        header: What ``catalogue.toml`` declares.
        tables: Content of the shipped tables by file name; those that are missing are empty.

    Raises:
        CatalogueError: A table is wrong.
    """
    services = (UNKNOWN_SERVICE, *merged.services.values())
    curated = {service.id: service.id for service in services[1:]}
    for service in services[1:]:
        for alias in service.aliases:
            curated.setdefault(alias, service.id)
    interfaces = read_interfaces(tables.get("dcerpc-interfaces.csv", b""))
    registry = Registry(tables.get("iana-ports.csv", b""), curated)
    ids = dict.fromkeys(service.id for service in services)
    ids.update(dict.fromkeys(row.service for row in interfaces))
    ids.update(registry.ids())
    codes = {name: code for code, name in enumerate(ids)}
    names = [f"protocol {number}" for number in range(256)]
    for protocol in merged.protocols.values():
        names[protocol.number] = protocol.name
    bits = {flag: 1 << n for n, flag in enumerate(header.flags)}
    encode = msgspec.msgpack.encode
    rest = Rest(
        tuple(merged.system_services.values()),
        tuple(merged.dependencies),
        tuple(merged.tunnels.values()),
        tuple(merged.overlaps),
        tuple(merged.protocols.values()),
    )
    return Compiled(
        header=header,
        notes=merged.notes,
        services=[Raw(encode(service)) for service in services],
        ids=list(ids),
        bands=tuple(merged.bands.values()),
        ip_protocol_names=names,
        ports=pack_ports(services, bits),
        registered=pack_registered(
            [(port, transport, codes[name]) for port, transport, name in registry.claims], services
        ),
        protocols=protocol_codes(services),
        rest=Raw(encode(rest)),
        words=curated,
        payloads=Raw(encode([_bare(payload) for payload in merged.payloads.values()])),
        kin=Raw(encode(kin(services))),
    )


def _bare(payload: Payload) -> Payload:
    """Without what only people and tests read."""
    return msgspec.structs.replace(payload, examples=("-",), counter_examples=(), sources=())
