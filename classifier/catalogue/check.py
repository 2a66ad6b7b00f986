"""What types cannot say about a signature file: every rule yields places, causes and fixes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from classifier import expressions
from classifier.catalogue.schema import TRANSPORTS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from classifier.catalogue.schema import (
        Document,
        Header,
        Opening,
        Overlap,
        Payload,
        Port,
        Service,
        UsedBy,
    )

__all__ = ["Problem", "bounds", "problems", "unknown_word", "unusable"]

WITH_PORTS = {6: "tcp", 17: "udp", 132: "sctp"}
"""IP protocols that have ports: their number alone never names a service."""


class Problem(Struct, frozen=True):
    """One thing that is wrong: where (as msgspec writes paths), what, and what to do."""

    path: str
    cause: str
    fix: str


def bounds(entry: int | str) -> tuple[int, int]:
    """First and last port of one item of ``ports``: ``88`` or ``"6881-6889"``."""
    if isinstance(entry, int):
        return entry, entry
    low, _, high = entry.partition("-")
    return int(low), int(high)


def problems(document: Document, header: Header) -> Iterator[Problem]:
    """Everything wrong within one file, given the controlled words of the catalogue."""
    for n, service in enumerate(document.service):
        for problem in _service(service, header):
            yield Problem(f"$.service[{n}]{problem.path}", problem.cause, problem.fix)
    for n, band in enumerate(document.band):
        if band.low > band.high:
            yield Problem(f"$.band[{n}].low", "low is above high", "swap low and high")
        if band.era not in header.eras:
            yield unknown_word(f"$.band[{n}].era", "era", band.era, header.eras)
    for table in ("band", "ip_protocol", "system_service", "dependency", "tunnel", "payload"):
        for n, entry in enumerate(getattr(document, table)):
            if not entry.sources:
                yield _source(f"$.{table}[{n}]")
    rows: list[tuple[str, Opening | Overlap]] = [
        (f"tunnel[{n}].open[{m}]", opening)
        for n, tunnel in enumerate(document.tunnel)
        for m, opening in enumerate(tunnel.open)
    ]
    rows.extend((f"overlap[{n}]", overlap) for n, overlap in enumerate(document.overlap))
    for place, row in rows:
        yield from _ranges(f"$.{place}.ports", row.ports)


def unusable(document: Document) -> Iterator[Problem]:
    """Patterns that are none. To ask costs much: tests hold the shipped ones."""
    for n, payload in enumerate(document.payload):
        cause, _, fix = expressions.problem(payload.pattern.encode()).partition("; ")
        if cause:
            yield Problem(f"$.payload[{n}].pattern", cause, fix or "mend the expression")
        else:
            yield from _examples(f"$.payload[{n}]", payload)


def _examples(path: str, payload: Payload) -> Iterator[Problem]:
    """Examples that do not match, and counter-examples that do."""
    expression = re.compile(payload.pattern.encode(), re.DOTALL)
    for field, examples in (
        ("examples", payload.examples),
        ("counter_examples", payload.counter_examples),
    ):
        for example in examples:
            try:
                matches = expression.search(expressions.as_bytes(example)) is not None
            except ValueError as error:
                yield Problem(f"{path}.{field}", str(error), r"write bytes as \xHH")
                continue
            if matches != (field == "examples"):
                word = "matches" if matches else "does not match"
                yield Problem(f"{path}.{field}", f"the pattern {word} {example}", "mend either")


def _source(path: str) -> Problem:
    return Problem(path, "no source", 'add sources = ["RFC …"], or the page that says so')


def unknown_word(path: str, kind: str, word: str, known: Collection[str]) -> Problem:
    """A word that is none of the controlled ones."""
    return Problem(path, f"unknown {kind} {word}", f"use one of: {', '.join(known)}")


def _service(service: Service, header: Header) -> Iterator[Problem]:
    if service.family not in header.families:
        yield unknown_word(".family", "family", service.family, header.families)
    if not service.sources:
        yield _source("")
    yield from _flags(".flags", service.flags, header)
    for number in service.ip_protocols:
        if number in WITH_PORTS:
            yield Problem(
                ".ip_protocols",
                f"{number} is {WITH_PORTS[number]}, which has ports",
                "claim ports of it in [[service.port]]",
            )
    for n, port in enumerate(service.port):
        yield from _port(f".port[{n}]", port, header)
    for n, user in enumerate(service.used_by):
        yield from _user(f".used_by[{n}]", user, header)
    claims = service.ip_protocols or service.port
    if not service.example and (claims or not service.counter_example):
        yield Problem("", "no example", 'add [[service.example]] with flow = "tcp/…"')


def _flags(path: str, flags: Sequence[str], header: Header) -> Iterator[Problem]:
    for flag in flags:
        if flag not in header.flags:
            yield unknown_word(path, "flag", flag, header.flags)


def _port(path: str, port: Port, header: Header) -> Iterator[Problem]:
    if not port.ports and not port.bands:
        yield Problem(path, "no ports", "add ports = [number], or bands = [id of a band]")
    yield from _ranges(f"{path}.ports", port.ports)
    yield from _flags(f"{path}.flags", port.flags, header)
    if port.era and port.era not in header.eras:
        yield unknown_word(f"{path}.era", "era", port.era, header.eras)
    if port.bands and port.classify:
        yield Problem(path, "a band names no service", "add classify = false")


def _user(path: str, user: UsedBy, header: Header) -> Iterator[Problem]:
    yield from _ranges(f"{path}.ports", user.ports)
    if not user.sources:
        yield _source(path)
    if user.era and user.era not in header.eras:
        yield unknown_word(f"{path}.era", "era", user.era, header.eras)
    ported = any(name in TRANSPORTS for name in user.transport)
    if ported and not user.ports and not user.bands and not user.condition:
        yield Problem(path, "no ports", "add ports or bands, or a condition that says why not")


def _ranges(path: str, ports: Sequence[int | str]) -> Iterator[Problem]:
    for entry in ports:
        low, high = bounds(entry)
        if low > high:
            yield Problem(path, f"range {entry} out of order", f'write "{high}-{low}"')
        elif low < 1 or high > 65535:  # noqa: PLR2004 - the highest port
            yield Problem(path, f"range {entry} out of bounds", "ports go from 1 to 65535")
