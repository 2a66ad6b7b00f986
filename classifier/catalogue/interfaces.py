"""DCE/RPC interfaces: what a UUID in a bind or in an endpoint mapper's answer stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from classifier.catalogue.schema import Service

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["CARRIER", "FILE", "Interface", "as_service", "read_interfaces"]

FILE = "dcerpc-interfaces.csv"
CARRIER = "windows-rpc"
"""The family of the interfaces, and the entry on which they ride."""

COLUMNS = ("uuid", "version", "service", "name", "specification", "binary", "system_service")
_LISTS = "DCE/RPC interface lists of impacket, Zeek, BZAR and Suricata"


class Interface(Struct, frozen=True):
    """One DCE/RPC interface. Equal when all of it is equal.

    Attributes:
        uuid: In lower case.
        version: As the lists have it, the major number as a rule; empty where none has it.
        service: Id of the service in the catalogue.
        name: As in its specification; empty where nobody published one.
        specification: Such as ``[MS-DRSR]: …``; may be empty.
        binary: File that hosts it on Windows; may be empty.
        system_service: Short name of the service of KB 832017 that it belongs to; may be empty.
    """

    uuid: str
    version: str
    service: str
    name: str
    specification: str
    binary: str
    system_service: str

    @property
    def title(self) -> str:
        """What people call it: its name, else its specification or binary and its UUID."""
        owner = self.specification.partition(":")[0] or self.binary
        return self.name or f"{owner} interface {self.uuid}".strip()


def read_interfaces(data: bytes) -> list[Interface]:
    """The interfaces of ``dcerpc-interfaces.csv``, sorted by UUID.

    Raises:
        CatalogueError: A line is wrong.
    """
    from classifier.catalogue.csvfile import read_table

    return [Interface(*row) for row in read_table(FILE, data, COLUMNS)]


def as_service(identity: str, rows: Sequence[Interface]) -> Service:
    """The entry of a service that is known by its interface alone: it has no fixed port."""
    first = rows[0]
    specification = first.specification.partition(":")[0]
    return Service(
        id=identity,
        name=first.title,
        family=CARRIER,
        summary=first.specification or f"RPC interface of {first.binary or 'an unknown program'}",
        flags=("edge-block",),
        rides_on=(CARRIER,),
        sources=(specification or _LISTS,),
    )
