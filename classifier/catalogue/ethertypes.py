"""What the EtherType of a frame that is not IP says, from ``ethertypes.csv``."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from msgspec import Struct

from classifier.catalogue.csvfile import read_table
from classifier.catalogue.locate import read_bytes, signature_folder
from classifier.errors import CatalogueError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FILE", "EtherType", "ethertypes"]

FILE = "ethertypes.csv"
COLUMNS = ("number", "name", "title", "source")


class EtherType(Struct, frozen=True):
    """One EtherType. Equal when all of it is equal.

    Attributes:
        number: From 0x0200 to 0xffff.
        name: Short, as counters show it.
        title: In full.
        source: The standard, or the registry or program that lists it.
    """

    number: int
    name: str
    title: str
    source: str


@cache
def ethertypes() -> Mapping[int, EtherType]:
    """The known EtherTypes by number, read once.

    Raises:
        CatalogueError: The table is missing or a line of it is wrong.
    """
    found = {}
    rows = read_table(FILE, read_bytes(signature_folder() / FILE), COLUMNS)
    for line, (number, name, title, source) in enumerate(rows, 2):
        try:
            value = int(number, 16)
        except ValueError as error:
            raise CatalogueError(f"{FILE}:{line}: {number[:20]} is no EtherType") from error
        found[value] = EtherType(value, name, title, source)
    return found
