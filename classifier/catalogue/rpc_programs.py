"""What an ONC RPC program number says, from ``rpc-programs.csv``."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from msgspec import Struct

from classifier.catalogue.csvfile import read_table
from classifier.catalogue.locate import read_bytes, signature_folder
from classifier.errors import CatalogueError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FILE", "RpcProgram", "rpc_programs"]

FILE = "rpc-programs.csv"
COLUMNS = ("number", "name", "service", "source")


class RpcProgram(Struct, frozen=True):
    """One program of ONC RPC (RFC 5531 section 8.4). Equal when all of it is equal.

    Attributes:
        number: From 0 to 2**32 - 1.
        name: As ``rpcinfo`` shows it.
        service: Id in the catalogue.
        source: The standard, or the registry or program that lists it.
    """

    number: int
    name: str
    service: str
    source: str


@cache
def rpc_programs() -> Mapping[int, RpcProgram]:
    """The known programs by number, read once, when the first one is asked for.

    Raises:
        CatalogueError: The table is missing or a line of it is wrong.
    """
    found = {}
    rows = read_table(FILE, read_bytes(signature_folder() / FILE), COLUMNS)
    for line, (number, name, service, source) in enumerate(rows, 2):
        if not (number.isascii() and number.isdigit()):
            raise CatalogueError(f"{FILE}:{line}: {number[:20]} is no program number")
        found[int(number)] = RpcProgram(int(number), name, service, source)
    return found
