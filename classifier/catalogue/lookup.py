"""Everything that the catalogue knows about a term, as people write it.

``135``, ``49670/tcp``, ``udp/53``, ``6881-6889``, ``ip/47``, ``ethertype/0x88cc``, a UUID, the id,
name or alias of a service, the name or short name of a system service, ``KB832017#Section``, or a
band. Where no word fits, entries that contain the term are found.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from classifier.catalogue import interfaces
from classifier.catalogue.answers import (
    Answer,
    BandAnswer,
    EtherTypeAnswer,
    InterfaceAnswer,
    PortAnswer,
    ProtocolAnswer,
    Rider,
    ServiceAnswer,
    SystemServiceAnswer,
)
from classifier.catalogue.bands import bands_of
from classifier.catalogue.check import bounds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.catalogue.catalogue import Catalogue
    from classifier.catalogue.schema import Service, SystemService

__all__ = ["find", "riders", "system_service"]

TRANSPORTS = ("tcp", "udp", "sctp", "dccp")
IP_TRANSPORTS = {1: "icmp", 47: "gre", 50: "esp", 51: "ah", 58: "icmp6"}
"""How ``used_by`` rows write the IP protocols that have no ports."""

MOST_PARTS = 50
"""How many entries that only contain the term are listed."""

_LAST_PORT = 65535
_SHORTEST_PART = 3
_UUID = re.compile(r"\{?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\}?(?:\s+v?([0-9.]+))?")
_PORTS = r"(\d{1,5})(?:-(\d{1,5}))?"
_PORT = re.compile(rf"(?:(tcp|udp|sctp|dccp)[/:])?{_PORTS}(?:[/:](tcp|udp|sctp|dccp))?")
_PROTOCOL = re.compile(r"(?:ip|proto)/(\d{1,3})|(\d{1,3})/ip")
_ETHERTYPE = re.compile(r"(?:ethertype/|eth/)?0x([0-9a-f]{1,4})")
_SECTION = re.compile(r"kb ?832017#(.+)")


def find(catalogue: Catalogue, term: str) -> tuple[Answer, ...]:
    """Everything that a term can mean, the most direct meaning first; empty where nothing fits.

    A port of which nothing is known is an answer too: an empty one, for each transport asked for.
    """
    word = " ".join(term.split()).lower()
    if found := _UUID.fullmatch(word):
        return tuple(_interface(catalogue, found[1], found[2]))
    if found := _PROTOCOL.fullmatch(word):
        number = int(found[1] or found[2])
        return (_protocol(catalogue, number),) if number <= 255 else ()  # noqa: PLR2004
    if found := _ETHERTYPE.fullmatch(word):
        return tuple(_ethertype(int(found[1], 16)))
    if found := _PORT.fullmatch(word):
        asked = {name for name in (found[1], found[4]) if name}
        low, high = int(found[2]), int(found[3] or found[2])
        if len(asked) > 1 or not low <= high <= _LAST_PORT:
            return ()
        return tuple(_ports(catalogue, low, high, asked.pop() if asked else None))
    if found := _SECTION.fullmatch(word):
        word = found[1]
    return tuple(_named(catalogue, word)) if word else ()


def riders(catalogue: Catalogue, name: str) -> Iterator[Rider]:
    """Rows of all carriers that bear the name of a system service."""
    for carrier in catalogue.services:
        for row in carrier.used_by:
            if row.service == name:
                yield Rider(carrier.id, row)


def system_service(catalogue: Catalogue, word: str) -> SystemService | None:
    """The system service of an id, heading, short name or alias, in any case; None if unknown."""
    for matches in (_is_system_id, _is_system_word):
        for system in catalogue.rest.system_services:
            if matches(system, word.lower()):
                return system
    return None


def _is_system_id(system: SystemService, word: str) -> bool:
    return system.id == word


def _is_system_word(system: SystemService, word: str) -> bool:
    short = [part.strip().lower() for part in system.system_service.split(",")]
    return word in {system.name.lower(), *short, *(alias.lower() for alias in system.aliases)}


def _ports(catalogue: Catalogue, low: int, high: int, asked: str | None) -> Iterator[PortAnswer]:
    """One answer for each transport that knows something, or that was asked for."""
    registered = catalogue.bulk.registry.on_ports(low, high)
    known = False
    for transport in TRANSPORTS:
        if asked not in {None, transport}:
            continue
        answer = PortAnswer(
            transport=transport,
            low=low,
            high=high,
            claims=tuple(catalogue.describe(transport, low, high)),
            riders=tuple(_riders_on(catalogue, transport, low, high)),
            registered=tuple(row for row in registered if row.transport == transport),
            bands=tuple(
                band for band in bands_of(catalogue.bands, transport, low) if high <= band.high
            ),
            overlaps=tuple(
                overlap
                for overlap in catalogue.rest.overlaps
                if transport in overlap.transport and _touch(overlap.ports, low, high)
            ),
        )
        if asked or answer.claims or answer.registered or answer.riders or answer.bands:
            known = True
            yield answer
    if not known:
        yield PortAnswer("tcp", low, high, (), (), (), (), ())


def _riders_on(catalogue: Catalogue, transport: str, low: int, high: int) -> Iterator[Rider]:
    for carrier in catalogue.services:
        for row in carrier.used_by:
            if transport in row.transport and _touch(row.ports, low, high):
                yield Rider(carrier.id, row)


def _touch(ports: tuple[int | str, ...], low: int, high: int) -> bool:
    """Whether any of the ports lies in the range."""
    return any(first <= high and low <= last for first, last in map(bounds, ports))


def _interface(catalogue: Catalogue, uuid: str, version: str | None) -> Iterator[InterfaceAnswer]:
    found = catalogue.interface(uuid, version)
    if found is None:
        return
    others = catalogue.bulk.interfaces.values()
    same = [row for row in others if found.system_service == row.system_service != ""]
    same = same or [row for row in others if found.binary.lower() == row.binary.lower() != ""]
    names = [system_service(catalogue, found.system_service)] if found.system_service else []
    yield InterfaceAnswer(
        interface=found,
        service=catalogue.get(found.service),
        system_services=tuple(system for system in names if system is not None),
        siblings=tuple(row for row in same if row is not found),
    )


def _protocol(catalogue: Catalogue, number: int) -> ProtocolAnswer:
    entry = next((row for row in catalogue.rest.ip_protocols if row.number == number), None)
    service = next((row for row in catalogue.services if number in row.ip_protocols), None)
    transport = IP_TRANSPORTS.get(number)
    return ProtocolAnswer(
        number=number,
        name=catalogue.ip_protocol_names[number],
        entry=entry,
        service=service,
        riders=tuple(
            Rider(carrier.id, row)
            for carrier in catalogue.services
            for row in carrier.used_by
            if transport in row.transport
        ),
    )


def _ethertype(number: int) -> Iterator[EtherTypeAnswer]:
    from classifier.catalogue.ethertypes import ethertypes

    if number in ethertypes():
        yield EtherTypeAnswer(ethertypes()[number])


def _named(catalogue: Catalogue, word: str) -> Iterator[Answer]:
    """Services, system services, interfaces, protocols and bands of a name."""
    found: list[Answer] = list(_services(catalogue, word))
    found.extend(_systems(catalogue, word))
    taken = {a.service.id for a in found if isinstance(a, ServiceAnswer)}
    for row in catalogue.bulk.interfaces.values():
        if row.name.lower() == word and row.service not in taken:
            found.extend(_interface(catalogue, row.uuid, None))
    for number, name in enumerate(catalogue.ip_protocol_names):
        if name.lower() == word:
            found.append(_protocol(catalogue, number))
    found.extend(
        BandAnswer(band) for band in catalogue.bands if word in {band.id, band.name.lower()}
    )
    yield from found or _parts(catalogue, word)


def _services(catalogue: Catalogue, word: str) -> Iterator[ServiceAnswer]:
    """Services of which the term is a whole name, ids before names before other words."""
    if word in catalogue.codes:
        yield _service(catalogue, catalogue.get(word), "id")
    for service in catalogue.services[1:]:
        if service.id != word and word == service.name.lower():
            yield _service(catalogue, service, "name")
        elif service.id != word and word in service.aliases:
            yield _service(catalogue, service, "alias")
    for name in dict.fromkeys(row.service for row in catalogue.bulk.registry.named(word)):
        if name.startswith("iana/"):
            yield _service(catalogue, catalogue.get(name), "registered name")


def _service(catalogue: Catalogue, service: Service, matched: str) -> ServiceAnswer:
    kin = service.id.partition("/")[0] + "/"
    ports = {
        (transport, entry)
        for row in service.port
        for transport in row.transport
        for entry in row.ports
        if isinstance(entry, int)
    }
    rivals = {
        claim.service.id
        for transport, port in ports
        for claim in catalogue.describe(transport, port)
        if claim.port.classify
    }
    if kin != interfaces.CARRIER + "/":  # hundreds; the system service shows those that belong
        rivals |= {
            name for name in catalogue.ids[: len(catalogue.services)] if name.startswith(kin)
        }
    rivals -= {service.id}
    needing = [
        other.id
        for other in catalogue.services
        if service.id in other.rides_on
        or service.id in {n for x in other.needs for n in x.split("|")}
    ]
    return ServiceAnswer(
        service=service,
        matched=matched,
        registered=tuple(catalogue.bulk.registry.of_service(service.id)),
        interfaces=tuple(catalogue.bulk.interfaces_of(service.id)),
        riders=tuple(needing),
        siblings=tuple(sorted(rivals)),
    )


def _systems(catalogue: Catalogue, word: str) -> Iterator[SystemServiceAnswer]:
    rest = catalogue.rest
    for system in rest.system_services:
        if not (_is_system_id(system, word) or _is_system_word(system, word)):
            continue
        short = {part.strip() for part in (*system.system_service.split(","), system.name)} - {""}
        yield SystemServiceAnswer(
            system_service=system,
            uses=tuple(riders(catalogue, system.name)),
            depends_on=tuple(row for row in rest.dependencies if row.service == system.id),
            needed_by=tuple(row for row in rest.dependencies if row.on == system.id),
            interfaces=tuple(
                row for row in catalogue.bulk.interfaces.values() if row.system_service in short
            ),
            tunnels=tuple(t for t in rest.tunnels if {system.id, "*"} & set(t.replaces)),
        )


def _parts(catalogue: Catalogue, word: str) -> Iterator[Answer]:
    """Services and system services with the term as a part of a name, where no whole name fits."""
    if len(word) < _SHORTEST_PART:
        return
    left = MOST_PARTS
    for service in catalogue.services[1:]:
        if left and any(
            word in name.lower() for name in (service.id, service.name, *service.aliases)
        ):
            left -= 1
            yield _service(catalogue, service, "part")
    for system in catalogue.rest.system_services:
        if left and word in system.name.lower():
            left -= 1
            yield from _systems(catalogue, system.id)
    for row in catalogue.bulk.interfaces.values():
        if left and word in f"{row.name} {row.binary}".lower():
            left -= 1
            yield from _interface(catalogue, row.uuid, None)
