"""What a policy asks the catalogue: which services and which ports carry a family or a flag."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from classifier.model import UNKNOWN
from classifier.policy.selectors import Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from classifier.catalogue import Catalogue, Service
    from classifier.policy.rules import Policy
    from classifier.policy.selectors import Selector

__all__ = ["Meaning", "flagged_ports", "meanings"]


class Meaning(Struct, frozen=True):
    """What a selector is about, besides everything and IP protocols.

    Attributes:
        services: Ids of services.
        ports: Transport, first and last number of server ports.
    """

    services: frozenset[str] = frozenset()
    ports: tuple[tuple[str, int, int], ...] = ()


def meanings(
    policy: Policy, names: Collection[str], catalogue: Catalogue
) -> dict[Selector, Meaning]:
    """What each selector of a policy is about.

    Args:
        policy: From :func:`classifier.policy.load`.
        names: Ids of the services that matter: a recording has few, the catalogue many.
        catalogue: Says which services and ports have a family or flag.
    """
    selectors = {selector for rule in policy.rules for selector in rule.selectors}
    return {selector: _meaning(selector, names, catalogue) for selector in selectors}


def _meaning(selector: Selector, names: Collection[str], catalogue: Catalogue) -> Meaning:
    match selector.kind:
        case Kind.PORT:
            return Meaning(ports=((selector.name, selector.low, selector.high),))
        case Kind.FLAG:
            flagged = tuple(catalogue.flagged(selector.name))
            own = {service.id for service in flagged if selector.name in service.flags}
            return Meaning(
                frozenset(own.intersection(names)), tuple(flagged_ports(flagged, selector.name))
            )
        case Kind.FAMILY:
            known = [name for name in names if name in catalogue.codes]
            own = {name for name in known if catalogue.get(name).family == selector.name}
            return Meaning(frozenset(own))
        case Kind.UNKNOWN:
            return Meaning(frozenset([UNKNOWN]))
        case Kind.SERVICE:
            return Meaning(frozenset(name for name in names if selector.names(name)))
        case _:
            return Meaning()


def flagged_ports(services: Iterable[Service], flag: str) -> Iterator[tuple[str, int, int]]:
    """Transport, first and last number of the server ports that carry a flag of their own.

    A flag of a whole service is not handed down to its ports: that an obsolete program once
    listened on 8888 does not make every server there obsolete.
    """
    for service in services:
        for claim in service.port:
            if flag not in claim.flags or claim.role == "client":
                continue
            for entry in claim.ports:
                low, _, high = str(entry).partition("-")
                for transport in claim.transport:
                    yield transport, int(low), int(high or low)
