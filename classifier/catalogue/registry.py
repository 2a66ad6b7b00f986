"""IANA's port registry: the names that somebody registered, which is not who uses the port."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct

from classifier.catalogue.schema import Port, Service
from classifier.errors import CatalogueError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["FAMILY", "FILE", "PREFIX", "Registration", "Registry", "as_service"]

FILE = "iana-ports.csv"
FAMILY = "registered"
PREFIX = "iana/"
"""What the id of a service begins with of which nothing is known but IANA's name."""

COLUMNS = ("port", "transport", "id", "name", "description")
LAST_PORT = 65535


class Registration(Struct, frozen=True):
    """One line of the registry. Equal when all of it is equal.

    Attributes:
        port: From 1 to 65535.
        transport: ``tcp``, ``udp``, ``sctp`` or ``dccp``.
        name: IANA's name, as written.
        description: IANA's, may be empty.
        service: Id in the catalogue: a curated entry of that name, else ``iana/…``.
    """

    port: int
    transport: str
    name: str
    description: str
    service: str


class Registry:
    """The lines of ``iana-ports.csv``; an object is made for those that are asked for.

    Args:
        data: Its content; no bytes are an empty registry.
        words: The id of a curated entry by each of its words, in lower case: names that are among
            them lead to it.

    Raises:
        CatalogueError: A line is wrong.
    """

    def __init__(self, data: bytes, words: Mapping[str, str]) -> None:
        from classifier.catalogue.csvfile import read_table

        self._rows = read_table(FILE, data, COLUMNS)
        self._words = words
        ports, transports, ids, names, _ = zip(*self._rows, strict=True) if self._rows else [()] * 5
        self.claims = list(
            zip(_numbers(ports), transports, self._services(ids, names), strict=True)
        )
        """Port, transport and id of the service of every line."""

    def _services(self, ids: Sequence[str], names: Sequence[str]) -> list[str]:
        """Ids of services: of the entry that has IANA's name among its words, else of our own."""
        known = map(self._words.get, map(str.lower, names))
        return [entry or PREFIX + own for entry, own in zip(known, ids, strict=True)]

    def __len__(self) -> int:
        """How many lines there are."""
        return len(self._rows)

    def ids(self) -> dict[str, None]:
        """The ids that only the registry knows, in their order."""
        return dict.fromkeys(sorted({i for *_, i in self.claims if i.startswith(PREFIX)}))

    def on_ports(self, low: int, high: int) -> list[Registration]:
        """The lines of a range of ports, sorted by port."""
        return [self._made(row) for row in self._rows if low <= int(row[0]) <= high]

    @cached_property
    def _by_service(self) -> dict[str, list[list[str]]]:
        found: dict[str, list[list[str]]] = {}
        for row, (_, _, service) in zip(self._rows, self.claims, strict=True):
            found.setdefault(service, []).append(row)
        return found

    def of_service(self, service: str) -> list[Registration]:
        """The lines under a service's name, sorted by port."""
        return [self._made(row) for row in self._by_service.get(service, ())]

    def named(self, name: str) -> list[Registration]:
        """The lines of a name, in any case."""
        word = name.lower()
        return [self._made(row) for row in self._rows if row[3].lower() == word]

    def _made(self, row: list[str]) -> Registration:
        port, transport, identity, name, description = row
        (service,) = self._services([identity], [name])
        return Registration(int(port), transport, name, description, service)


def _numbers(ports: Sequence[str]) -> list[int]:
    """The ports as numbers; raises for the first that is none."""
    numbers = [int(port) if port.isdecimal() else 0 for port in ports]
    if numbers and not 1 <= min(numbers) <= max(numbers) <= LAST_PORT:
        line = next(n for n, port in enumerate(numbers, 2) if not 1 <= port <= LAST_PORT)
        raise CatalogueError(f"{FILE}:{line}: the port is none from 1 to 65535; make it again")
    return numbers


def as_service(identity: str, rows: Sequence[Registration]) -> Service:
    """The entry of a service of which nothing is known but its registrations."""
    described = next((row.description for row in rows if row.description), "")
    transports: dict[str, list[int]] = {}
    for row in rows:
        transports.setdefault(row.transport, []).append(row.port)
    return Service(
        id=identity,
        name=rows[0].name,
        family=FAMILY,
        summary=described,
        sources=("IANA",),
        port=tuple(
            Port(
                transport=(transport,),  # type: ignore[arg-type]
                ports=tuple(ports),
                strength="weak",
                classify=False,
                registered=True,
                condition="IANA's name for the port; nothing says that it is used for this",
            )
            for transport, ports in transports.items()
        ),
    )
