"""The catalogue in the form that the cache keeps: arrays ready, entries still packed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, overload

import msgspec
from msgspec import Raw, Struct

from classifier.catalogue.ports import PackedPorts  # noqa: TC001  msgspec reads it
from classifier.catalogue.rows import BandRow, HeaderRow, ServiceRow, service_of
from classifier.catalogue.schema import (  # msgspec reads them
    Dependency,  # noqa: TC001
    IpProtocol,  # noqa: TC001
    Overlap,  # noqa: TC001
    SystemService,  # noqa: TC001
    Tunnel,  # noqa: TC001
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.catalogue.schema import Service

__all__ = ["Brief", "Compiled", "Rest", "Services"]


class Rest(Struct, frozen=True, array_like=True):
    """What only lookup and requirements ask for."""

    system_services: tuple[SystemService, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    tunnels: tuple[Tunnel, ...] = ()
    overlaps: tuple[Overlap, ...] = ()
    ip_protocols: tuple[IpProtocol, ...] = ()


class Compiled(Struct, frozen=True, array_like=True):
    """Everything that a start needs at once; what is :class:`msgspec.Raw` is opened when asked.

    ``ids`` are those of all services by code, a line each, curated ones first. ``words`` leads
    from each id and alias of the curated ones to the id. ``interfaces`` are the ids that a DCE/RPC
    interface has.
    """

    header: HeaderRow
    notes: list[str]
    services: list[Raw]
    ids: str
    bands: list[BandRow]
    ip_protocol_names: list[str]
    ports: dict[str, PackedPorts]
    registered: dict[str, tuple[bytes, bytes]]
    protocols: list[int]
    rest: Raw
    words: Raw
    payloads: Raw
    kin: Raw
    marked: Raw
    interfaces: list[str]


class Brief(Struct, frozen=True, array_like=True):
    """What a table says of a service: the first fields of its row; the others are passed over."""

    id: str
    name: str
    family: str
    summary: str
    aliases: Raw
    flags: tuple[str, ...]


class Services(Sequence["Service"]):
    """Curated entries by code, each unpacked when it is first asked for."""

    def __init__(self, packed: Sequence[Raw]) -> None:
        self._packed = packed
        self._entry = cache(self._unpack)

    def _unpack(self, code: int) -> Service:
        return service_of(_ENTRY.decode(self._packed[code]))

    def brief(self, code: int) -> Brief:
        """The same in brief, which takes a fraction of the time."""
        return _BRIEF.decode(self._packed[code])

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


_ENTRY = msgspec.msgpack.Decoder(ServiceRow)
_BRIEF = msgspec.msgpack.Decoder(Brief)
