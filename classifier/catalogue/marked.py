"""Which services and ports a family or a flag stands for, without opening every entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable

    from classifier.catalogue.schema import Service

__all__ = ["Marked"]


class Marked(Struct, frozen=True, array_like=True):
    """What bears which word of the catalogue.

    Attributes:
        families: Ids of the curated entries of a family.
        flags: Ids of those that carry a flag.
        ports: Transport, first and last number of the server ports that carry a flag of their
            own, ascending. A flag of a whole service is not handed down to its ports: that an
            obsolete program once listened on 8888 does not make every server there obsolete.
    """

    families: dict[str, list[str]]
    flags: dict[str, list[str]]
    ports: dict[str, list[tuple[str, int, int]]]

    @classmethod
    def of(cls, services: Iterable[Service]) -> Marked:
        """Sort curated entries by their words."""
        from classifier.catalogue.check import bounds

        families: dict[str, list[str]] = {}
        flags: dict[str, list[str]] = {}
        ports: dict[str, set[tuple[str, int, int]]] = {}
        for service in services:
            families.setdefault(service.family, []).append(service.id)
            for flag in service.flags:
                flags.setdefault(flag, []).append(service.id)
            for claim in service.port:
                if not claim.flags or claim.role == "client":
                    continue
                places = [
                    (transport, *bounds(entry))
                    for entry in claim.ports
                    for transport in claim.transport
                ]
                for flag in claim.flags:
                    ports.setdefault(flag, set()).update(places)
        return cls(families, flags, {flag: sorted(found) for flag, found in ports.items()})
