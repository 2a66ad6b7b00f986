"""Entries as rows of plain values: what the cache keeps was checked, and is not checked again.

To hold every text against the patterns of :mod:`classifier.catalogue.schema` takes ten times as
long as to read it. The fields stand in the order of the structs; the tests hold them to it.
"""

from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import astuple

from classifier.catalogue.schema import (
    Band,
    Caveat,
    Example,
    Header,
    Payload,
    Port,
    Service,
    UsedBy,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "BandRow",
    "HeaderRow",
    "PayloadRow",
    "ServiceRow",
    "bands_of",
    "header_of",
    "payloads_of",
    "row_of",
    "service_of",
]

Texts = tuple[str, ...]
Ports = tuple[int | str, ...]

HeaderRow = tuple[str, str, str, dict[str, str], dict[str, str], dict[str, str]]
BandRow = tuple[str, str, str, int, int, Texts, str, Texts, str, bool, Texts]
PayloadRow = tuple[str, str, Texts, str, str, str, Texts, str, Texts, Texts, Texts]
PortRow = tuple[Texts, Ports, Texts, str, str, bool, bool | None, str, str, Texts, Texts]
UsedByRow = tuple[str, str, Texts, str, Ports, Texts, str, str, str, Texts]
PairRow = tuple[str, str]
ServiceRow = tuple[
    str, str, str, str, Texts, Texts, Texts, Texts, Texts, tuple[int, ...], Texts,
    tuple[PortRow, ...], tuple[UsedByRow, ...], tuple[PairRow, ...], tuple[PairRow, ...],
]  # fmt: skip


def row_of(entry: Struct) -> tuple[Any, ...]:
    """The row of an entry, and of all that it holds."""
    return tuple(
        tuple(row_of(each) if isinstance(each, Struct) else each for each in value)
        if isinstance(value, tuple)
        else value
        for value in astuple(entry)
    )


def header_of(row: HeaderRow) -> Header:
    """The header of its row."""
    return Header(*row)


def bands_of(rows: "Iterable[BandRow]") -> tuple[Band, ...]:
    """The bands of their rows."""
    return tuple(Band(*row) for row in rows)  # type: ignore[arg-type]  # words of a Literal


def payloads_of(rows: "Iterable[PayloadRow]") -> tuple[Payload, ...]:
    """What first payload bytes show, of its rows."""
    return tuple(Payload(*row) for row in rows)  # type: ignore[arg-type]  # words of a Literal


def service_of(row: ServiceRow) -> Service:
    """The entry of its row."""
    *own, ports, users, examples, caveats = row
    nested = (
        tuple(Port(*each) for each in ports),  # type: ignore[arg-type]  # words of a Literal
        tuple(UsedBy(*each) for each in users),  # type: ignore[arg-type]
        tuple(Example(*each) for each in examples),  # type: ignore[arg-type]
        tuple(Caveat(*each) for each in caveats),
    )
    return Service(*own, *nested)  # type: ignore[call-arg, arg-type]  # mypy counts no lists
