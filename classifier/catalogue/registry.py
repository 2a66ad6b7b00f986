"""IANA's port registry: the names that somebody registered, which is not who uses the port."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from classifier.catalogue.csvfile import read_table
from classifier.catalogue.schema import Port, Service
from classifier.errors import CatalogueError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["FAMILY", "FILE", "PREFIX", "Registration", "Registry", "as_service"]

FILE = "iana-ports.csv"
FAMILY = "registered"
PREFIX = "iana/"
"""What the id of a service begins with of which nothing is known but IANA's name."""

COLUMNS = ("port", "transport", "id", "name", "description")
LAST_PORT = 65535


@dataclass(frozen=True, slots=True)
class Registration:
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
        self._rows = read_table(FILE, data, COLUMNS)
        self._words = words
        for number, row in enumerate(self._rows, 2):
            port = row[0]
            if not (port.isascii() and port.isdigit() and 1 <= int(port) <= LAST_PORT and row[2]):
                raise CatalogueError(
                    f"{FILE}:{number}: no id, or port {port[:20]} is none; make it again"
                )

    def __len__(self) -> int:
        """How many lines there are."""
        return len(self._rows)

    def claims(self) -> Iterator[tuple[int, str, str]]:
        """Port, transport and id of the service of every line."""
        words = self._words
        for port, transport, identity, name, _ in self._rows:
            yield int(port), transport, words.get(name.lower()) or PREFIX + identity

    def ids(self) -> dict[str, None]:
        """The ids that only the registry knows, in their order."""
        return dict.fromkeys(sorted({i for *_, i in self.claims() if i.startswith(PREFIX)}))

    def on_ports(self, low: int, high: int) -> list[Registration]:
        """The lines of a range of ports, sorted by port."""
        return [self._made(row) for row in self._rows if low <= int(row[0]) <= high]

    @cached_property
    def _by_service(self) -> dict[str, list[list[str]]]:
        found: dict[str, list[list[str]]] = {}
        for row, (_, _, service) in zip(self._rows, self.claims(), strict=True):
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
        service = self._words.get(name.lower()) or PREFIX + identity
        return Registration(int(port), transport, name, description, service)


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
