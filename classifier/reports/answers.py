"""What a lookup found, as lines for a person: the claim first, then its conditions and sources."""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING

from classifier.catalogue.answers import (
    BandAnswer,
    EtherTypeAnswer,
    InterfaceAnswer,
    PortAnswer,
    ProtocolAnswer,
    Rider,
    ServiceAnswer,
    SystemServiceAnswer,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from classifier.catalogue import Band, Claim, Interface, Port, Service
    from classifier.catalogue.answers import Answer
    from classifier.catalogue.registry import Registration
    from classifier.catalogue.schema import Dependency

__all__ = ["lines"]

MOST = 12
"""Rows of one kind that are listed; how many more there are is said."""

WIDE = 512
"""A hint on more ports than this is no more than a word."""


def lines(answer: Answer) -> list[str]:
    """The answer as lines, indented by what belongs to what; not yet safe for a terminal."""
    return list(_lines(answer))


@singledispatch
def _lines(answer: object) -> Iterator[str]:
    raise TypeError(f"no such kind of answer: {answer!r}")


@_lines.register(PortAnswer)
def _port(answer: PortAnswer) -> Iterator[str]:
    ports = f"{answer.low}" if answer.low == answer.high else f"{answer.low}-{answer.high}"
    yield f"{ports}/{answer.transport}: {answer.best or 'names no flow by itself'}"
    wide = [claim for claim in answer.claims if claim.width > WIDE and not claim.names_flows]
    narrow = [claim for claim in answer.claims if claim not in wide]
    for claim in narrow[:MOST]:
        yield f"  {claim.service.name} ({claim.service.id}), {_weight(claim)}"
        yield from _about(claim)
    yield from _more(narrow)
    names = [f"{claim.service.id} (one of {claim.width} ports)" for claim in wide]
    yield from _words("in ranges too wide to tell anything", names)
    for overlap in answer.overlaps:
        yield f"  preferred: {', then '.join(overlap.services)}: {overlap.why}"
    yield from _riders("used by", answer.riders)
    if answer.registered:
        yield "  registered with IANA:"
        for row in answer.registered[:MOST]:
            yield f"    {_registration(row)}"
        yield from _more(answer.registered, "    ")
    for band in answer.bands:
        if band.use:  # the others only keep how a document writes the range
            yield f"  in a dynamic band: {_band(band)}"
    if not (answer.claims or answer.registered or answer.riders or answer.bands):
        yield "  nothing is known about it"


@_lines.register(ServiceAnswer)
def _service(answer: ServiceAnswer) -> Iterator[str]:
    service = answer.service
    yield f"{service.id}: {service.name}" + (f" (by {answer.matched})" * (answer.matched != "id"))
    yield from _facts(service)
    for port in service.port:
        yield f"  {_numbers(port)}: {_strength(port)}"
        yield from _port_facts(port)
    if service.ip_protocols:
        yield "  IP protocol: " + ", ".join(map(str, service.ip_protocols))
    if answer.registered and service.family != "registered":
        yield "  registered with IANA: " + ", ".join(
            f"{row.port}/{row.transport}" for row in answer.registered[:MOST]
        )
    yield from _interfaces(answer.interfaces)
    yield from _riders("used by", [Rider(service.id, row) for row in service.used_by])
    yield from _words("needed by", answer.riders)
    yield from _words("beside it", answer.siblings)


@_lines.register(InterfaceAnswer)
def _interface(answer: InterfaceAnswer) -> Iterator[str]:
    interface = answer.interface
    yield f"{interface.uuid}: {interface.name or 'no public name'} ({answer.service.id})"
    for label, value in (
        ("version", interface.version),
        ("specification", interface.specification),
        ("hosted by", interface.binary),
    ):
        if value:
            yield f"  {label}: {value}"
    for system in answer.system_services:
        yield f"  service of Windows: {system.name} ({system.system_service or system.id})"
    yield "  its port is handed out on demand by the endpoint mapper (135/tcp)"
    others = [row.name or row.uuid for row in answer.siblings]
    yield from _words("beside it", others)


@_lines.register(ProtocolAnswer)
def _protocol(answer: ProtocolAnswer) -> Iterator[str]:
    yield f"ip/{answer.number}: {answer.name}"
    if answer.entry:
        if answer.entry.title:
            yield f"  {answer.entry.title}"
        yield f"  source: {'; '.join(answer.entry.sources)}"
    else:
        yield "  not assigned by IANA"
    if answer.service:
        yield f"  service: {answer.service.id}, {answer.service.name}"
        yield from _facts(answer.service)
    yield from _riders("used by", answer.riders)


@_lines.register(SystemServiceAnswer)
def _system_service(answer: SystemServiceAnswer) -> Iterator[str]:
    system = answer.system_service
    short = f" ({system.system_service})" if system.system_service else ""
    yield f"{system.id}: {system.name}{short}, a service of Windows"
    if system.summary:
        yield f"  {system.summary}"
    if system.condition:
        yield f"  when: {system.condition}"
    yield f"  source: {'; '.join(system.sources)}"
    yield from _riders("uses", answer.uses, shown="carrier", most=len(answer.uses))
    yield from _interfaces(answer.interfaces)
    yield from _dependencies("depends on", [(row.on, row) for row in answer.depends_on])
    yield from _dependencies("needed by", [(row.service, row) for row in answer.needed_by])
    for tunnel in answer.tunnels:
        yield f"  instead of open ports: {tunnel.name}"
    yield f"  what must be open: classify services requirements {system.id}"


@_lines.register(BandAnswer)
def _band_answer(answer: BandAnswer) -> Iterator[str]:
    band = answer.band
    yield f"{band.id}: {_band(band)}"
    if band.when:
        yield f"  when: {band.when}"
    yield f"  source: {'; '.join(band.sources)}"


@_lines.register(EtherTypeAnswer)
def _ethertype(answer: EtherTypeAnswer) -> Iterator[str]:
    row = answer.ethertype
    yield f"EtherType 0x{row.number:04x}: {row.name}" + (f", {row.title}" if row.title else "")
    yield f"  source: {row.source}"


def _facts(service: Service) -> Iterator[str]:
    if service.summary:
        yield f"  {service.summary}"
    for label, values in (
        ("family", (service.family,)),
        ("rides on", service.rides_on),
        ("needs", service.needs),
        ("flags", service.flags),
        ("also called", service.aliases),
        ("source", service.sources),
    ):
        if values:
            yield f"  {label}: {('; ' if label == 'source' else ', ').join(values)}"


def _weight(claim: Claim) -> str:
    """How good a claim is, in words."""
    width = f", one of {claim.width} ports" if claim.width > 1 else ""
    return _strength(claim.port) + width


def _strength(port: Port) -> str:
    if port.role == "client":
        return "the client's port, which never names a flow"
    if not port.classify:
        return "a hint, which never names a flow"
    role = "" if port.role == "server" else ", either end"
    return f"{port.strength} claim{role}"


def _about(claim: Claim) -> Iterator[str]:
    yield from _port_facts(claim.port)
    yield f"    source: {'; '.join(claim.sources)}"


def _port_facts(port: Port) -> Iterator[str]:
    for label, value in (
        ("when", port.condition),
        ("era", port.era),
        ("flags", ", ".join(port.flags)),
    ):
        if value:
            yield f"    {label}: {value}"


def _numbers(port: Port) -> str:
    where = [*map(str, port.ports), *(f"band {name}" for name in port.bands)]
    return f"{', '.join(where)} {'+'.join(port.transport)}"


def _riders(
    label: str, riders: Sequence[Rider], *, shown: str = "service", most: int = MOST
) -> Iterator[str]:
    if not riders:
        return
    yield f"  {label}:"
    for rider in riders[:most]:
        row = rider.row
        who = rider.carrier if shown == "carrier" else row.service
        where = [*map(str, row.ports), *(f"band {name}" for name in row.bands)]
        text = f"{who}: {row.protocol}, {'+'.join(row.transport)} {', '.join(where)}".rstrip()
        notes = [note for note in (row.era, row.condition) if note]
        yield f"    {text}" + (f" ({'; '.join(notes)})" if notes else "")
    yield from _more(riders, "    ", most)


def _interfaces(interfaces: Sequence[Interface]) -> Iterator[str]:
    if interfaces:
        yield "  DCE/RPC interfaces:"
        for row in interfaces[:MOST]:
            yield f"    {row.uuid} {row.name}".rstrip()
        yield from _more(interfaces, "    ")


def _dependencies(label: str, rows: Iterable[tuple[str, Dependency]]) -> Iterator[str]:
    names = [name + (f" ({row.condition})" if row.condition else "") for name, row in rows]
    yield from _words(label, names, most=len(names))


def _words(label: str, words: Sequence[str], *, most: int = MOST) -> Iterator[str]:
    if words:
        rest = f" and {len(words) - most} more" if len(words) > most else ""
        yield f"  {label}: {', '.join(words[:most])}{rest}"


def _registration(row: Registration) -> str:
    text = f"{row.port}/{row.transport} {row.name}"
    return f"{text}, {row.description}" if row.description else text


def _band(band: Band) -> str:
    use = f", {' and '.join(band.use)} ports" if band.use else ""
    return f"{band.low}-{band.high} {'+'.join(band.transport)}{use}: {band.who} ({band.name})"


def _more(rows: Sequence[object], indent: str = "  ", most: int = MOST) -> Iterator[str]:
    if len(rows) > most:
        yield f"{indent}and {len(rows) - most} more; --json lists them all"
