"""Names in a signature file that must stand somewhere in the whole catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from classifier.catalogue.check import Problem, unknown_word

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from classifier.catalogue.schema import Document

__all__ = ["Known", "reference_problems"]


class Known(Struct, frozen=True):
    """The ids that a reference may name, by the kind of what they stand for."""

    services: Collection[str]
    bands: Collection[str]
    system_services: Collection[str]
    tunnels: Collection[str]


def reference_problems(document: Document, known: Known) -> Iterator[Problem]:
    """Names of services, bands and system services in one file that the catalogue lacks."""
    for path, name, kind in _references(document):
        if name in getattr(known, kind):
            continue
        field = path.rpartition(".")[2]
        noun = {"services": "entry", "bands": "band"}.get(kind, f"[[{kind.removesuffix('s')}]]")
        if kind == "bands":
            yield unknown_word(f"$.{path}", "band", name, known.bands)
        else:
            yield Problem(
                f"$.{path}",
                f"{field} {name}, which is no {noun}",
                f"use the id of {'an' if noun[0] == 'e' else 'a'} {noun}, or add the {noun}",
            )


def _references(document: Document) -> Iterator[tuple[str, str, str]]:
    """Every name of something else: where it stands, the name, and what kind it must be."""
    for n, service in enumerate(document.service):
        here = f"service[{n}]"
        yield from ((f"{here}.needs", name, "services") for name in _either(service.needs))
        yield from ((f"{here}.rides_on", name, "services") for name in service.rides_on)
        yield from ((f"{here}.speaks", name, "services") for name in service.speaks)
        used = [(f"port[{m}]", row.bands) for m, row in enumerate(service.port)]
        used += [(f"used_by[{m}]", row.bands) for m, row in enumerate(service.used_by)]
        yield from ((f"{here}.{place}.bands", b, "bands") for place, bands in used for b in bands)
        through = ((m, row.tunnel) for m, row in enumerate(service.used_by) if row.tunnel)
        yield from ((f"{here}.used_by[{m}].tunnel", name, "tunnels") for m, name in through)
    for n, system in enumerate(document.system_service):
        here = f"system_service[{n}].needs"
        yield from ((here, name, "services") for name in _either(system.needs))
    for n, dependency in enumerate(document.dependency):
        yield f"dependency[{n}].service", dependency.service, "system_services"
        yield f"dependency[{n}].on", dependency.on, "system_services"
    for n, tunnel in enumerate(document.tunnel):
        replaced = (name for name in tunnel.replaces if name != "*")
        yield from ((f"tunnel[{n}].replaces", name, "system_services") for name in replaced)
        for m, opening in enumerate(tunnel.open):
            yield f"tunnel[{n}].open[{m}].service", opening.service, "services"
    for n, payload in enumerate(document.payload):
        yield f"payload[{n}].service", payload.service, "services"
        yield from ((f"payload[{n}].also", name, "services") for name in payload.also)
    for n, overlap in enumerate(document.overlap):
        yield from ((f"overlap[{n}].services", name, "services") for name in overlap.services)


def _either(needs: Iterable[str]) -> Iterator[str]:
    """The ids of ``needs``, where ``a|b`` means either."""
    return (name for need in needs for name in need.split("|"))
