"""Answers of the endpoint mapper: ept_map and ept_lookup (C706 appendix O, MS-RPCE 2.2.1.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from classifier.endpoints.dcerpc.tower import Tower, tower
from classifier.endpoints.dcerpc.wire import Broken, Reader

if TYPE_CHECKING:
    from classifier.endpoints.dcerpc.pdu import Pdu

__all__ = [
    "EPT_LOOKUP",
    "EPT_MAP",
    "INTERFACE",
    "NOT_REGISTERED",
    "Answer",
    "Entry",
    "asked",
    "looked_up",
    "mapped",
]

INTERFACE = "e1af8308-5d1f-11c9-91a4-08002b14a0fa"
EPT_LOOKUP, EPT_MAP = 2, 3
NOT_REGISTERED = 0x16C9A0D6
"""ept_s_not_registered (C706 appendix E)"""
_MOST = 4_096
"""Entries of one answer: there are no more interfaces on a host."""
_ANNOTATION = 64


class Entry(Struct, frozen=True):
    """One endpoint of an answer.

    Attributes:
        tower: What is served where.
        annotation: What the server's owner calls it; only ept_lookup tells.
    """

    tower: Tower
    annotation: str = ""


class Answer(Struct, frozen=True):
    """What the mapper said.

    Attributes:
        entries: Endpoints.
        status: 0, or why there are none.
    """

    entries: tuple[Entry, ...]
    status: int


def asked(request: Pdu, *, ndr64: bool) -> Tower | None:
    """What a client asks ept_map for; None where that cannot be read."""
    size = 8 if ndr64 else 4
    reader = Reader(request.body, little=request.little)
    try:
        if reader.number(size):  # a pointer to an object's UUID
            reader.take(16)
        reader.align(size)
        if not reader.number(size):  # a pointer to the tower
            return None
        reader.number(size)  # conformance
        length = reader.number(4)
        return tower(reader.take(length))
    except Broken:
        return None


def mapped(answer: Pdu, *, ndr64: bool) -> Answer | None:
    """An answer to ept_map; None where it cannot be read at all."""
    size = 8 if ndr64 else 4
    reader = Reader(answer.body, little=answer.little)
    try:
        reader.take(20)  # context handle
        count = reader.number(4)
        reader.align(size)
        reader.take(2 * size)  # maximum and offset of the array
        actual = reader.number(size)
        if count > _MOST or actual > _MOST:
            return None
        pointers = [reader.number(size) for _ in range(actual)]
    except Broken:
        return None
    entries: list[Entry] = []
    for pointer in pointers:
        if pointer:
            octets = _octets(reader, size)
            if octets is None:
                return Answer(tuple(entries), 0)
            entries += _entry(octets, "")
    return Answer(tuple(entries), _status(reader))


def looked_up(answer: Pdu, *, ndr64: bool) -> Answer | None:
    """An answer to ept_lookup; None where it cannot be read at all."""
    size = 8 if ndr64 else 4
    reader = Reader(answer.body, little=answer.little)
    described = []
    try:
        reader.take(20)
        count = reader.number(4)
        reader.align(size)
        reader.take(2 * size)
        actual = reader.number(size)
        if count > _MOST or actual > _MOST:
            return None
        for _ in range(actual):
            reader.align(size)
            reader.uuid()  # of the object
            pointer = reader.number(size)
            reader.number(size)  # offset
            length = reader.number(size)
            text = reader.take(length) if length <= _ANNOTATION else b""
            described.append((pointer, _text(text)))
            reader.align(4)
    except Broken:
        return None
    entries: list[Entry] = []
    for pointer, annotation in described:
        if pointer:
            octets = _octets(reader, size)
            if octets is None:
                return Answer(tuple(entries), 0)
            entries += _entry(octets, annotation)
    return Answer(tuple(entries), _status(reader))


def _octets(reader: Reader, size: int) -> bytes | None:
    """The next twr_t: conformance, length, octets."""
    try:
        reader.align(size)
        reader.number(size)
        return reader.take(reader.number(4))
    except Broken:
        return None


def _entry(octets: bytes, annotation: str) -> list[Entry]:
    try:
        return [Entry(tower(octets), annotation)]
    except Broken:
        return []


def _status(reader: Reader) -> int:
    try:
        reader.align(4)
        return reader.number(4)
    except Broken:
        return 0


def _text(octets: bytes) -> str:
    return octets.split(b"\0")[0].decode("utf-8", "backslashreplace").strip()
