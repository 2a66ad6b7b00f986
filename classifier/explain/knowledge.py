"""Where the catalogue has a candidate from: claims on the port, interfaces, sources."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from classifier.catalogue.lookup import system_service
from classifier.evidence.interfaces import service_of
from classifier.explain.explanation import Source
from classifier.model import Basis

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from classifier.catalogue import Catalogue, Claim, Interface
    from classifier.explain.ladder import Rung
    from classifier.explain.material import FlowRow, Material

__all__ = ["Knowledge"]

_PORTS = (Basis.PORT, Basis.PORT_INFERRED, Basis.PORT_RANGE)
_MOST_CANDIDATES = 8
_MOST_INTERFACES = 6


class Knowledge:
    """The catalogue, asked about candidates; the same port is looked up once."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._claims: Callable[[str, int], list[Claim]] = cache(catalogue.describe)

    def sources(
        self, flow: FlowRow, ordered: Sequence[Rung], material: Material
    ) -> tuple[Source, ...]:
        """What the catalogue has about the candidates of a flow, best first.

        Args:
            flow: The flow.
            ordered: Its evidence, best first.
            material: What was said of it.
        """
        found = []
        candidates = list(dict.fromkeys(rung.code for rung in ordered if rung.code))
        uuids = list(_interfaces(flow, material))
        for code in candidates[:_MOST_CANDIDATES]:
            identity = self._catalogue.ids[code]
            service = self._catalogue.get(identity)
            bases = {rung.basis for rung in ordered if rung.code == code}
            facts = list(self._interface_facts(code, uuids))
            if service.summary and f"specification: {service.summary}" not in facts:
                facts.insert(0, service.summary)
            facts.extend(self._pattern_facts(ordered, code))
            if bases.intersection(_PORTS):
                facts.extend(self._port_facts(flow, identity))
            elif service.sources:
                facts.append(f"source: {'; '.join(service.sources)}")
            found.append(Source(identity, service.name, tuple(facts)))
        return tuple(found)

    def title(self, identity: str) -> str:
        """The id of a service, with its name where that says more."""
        if identity not in self._catalogue.codes:
            return identity
        name = self._catalogue.get(identity).name
        is_same = name.lower() == identity.rpartition("/")[2]
        return identity if is_same else f"{identity}, {name}"

    def _port_facts(self, flow: FlowRow, identity: str) -> Iterator[str]:
        """The claims of an entry on the server's port."""
        transport, _, port = flow.server
        for claim in self._claims(transport, port):
            if claim.service.id != identity or not claim.names_flows:
                continue
            row = claim.port
            parts = [f"{row.strength} claim on {port}/{transport}"]
            parts += [f"one of {claim.width} ports"] * (claim.width > 1)
            parts += ["either end"] * (row.role == "peer")
            parts += [f"when: {row.condition}"] * bool(row.condition)
            parts += [f"era: {row.era}"] * bool(row.era)
            yield ", ".join(parts)
            if claim.sources:
                yield f"source: {'; '.join(claim.sources)}"

    def _pattern_facts(self, ordered: Sequence[Rung], code: int) -> Iterator[str]:
        """The patterns of first payload bytes that show a candidate."""
        told = {rung.detail for rung in ordered if rung.code == code and rung.detail}
        for entry in self._catalogue.payloads:
            if entry.shows in told:
                side = "either side" if entry.side == "either" else f"the {entry.side}"
                yield (
                    f"pattern {entry.id}: the first bytes of {side} show {entry.shows}; its "
                    f"source stands with it in signatures/"
                )

    def _interface_facts(self, code: int, uuids: Iterable[str]) -> Iterator[str]:
        """The interfaces that a candidate was named by."""
        own = [uuid for uuid in uuids if service_of(uuid, "", self._catalogue) == code]
        for uuid in own[:_MOST_INTERFACES]:
            row = self._catalogue.interface(uuid)
            if row is not None:
                yield from self._interface(row)
        if len(own) > _MOST_INTERFACES:
            yield f"and {len(own) - _MOST_INTERFACES} interfaces more"

    def _interface(self, row: Interface) -> Iterator[str]:
        version = f" version {row.version}" if row.version else ""
        yield f"interface {row.uuid}{version}, {row.name or 'without a public name'}"
        if row.specification:
            yield f"specification: {row.specification}"
        if row.binary:
            yield f"hosted by: {row.binary}"
        if row.system_service:
            system = system_service(self._catalogue, row.system_service)
            name = f"{system.name} ({row.system_service})" if system else row.system_service
            yield f"service of Windows: {name}"


def _interfaces(flow: FlowRow, material: Material) -> Iterator[str]:
    """UUIDs by which a flow may be named: bound to, announced, learned of its server."""
    found: dict[str, None] = {}
    for one in material.identified.get(flow.row, ()):
        if not one.carried:
            found[one.interface] = None
    matches = material.grounds.context.announced if material.grounds else None
    if matches is not None:
        for row in material.matched.get(flow.row, ()):
            found[matches.claims[int(matches.claim[row])].first.interface] = None
    for known in material.learned.get(flow.server, ()):
        found.update(dict.fromkeys(known.interfaces))
    return (uuid for uuid in found if uuid)
