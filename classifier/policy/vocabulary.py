"""What a policy asks the catalogue: which services and which ports carry a family or a flag."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from classifier.model import UNKNOWN
from classifier.policy.selectors import Kind

if TYPE_CHECKING:
    from collections.abc import Collection

    from classifier.catalogue import Catalogue
    from classifier.policy.rules import Policy
    from classifier.policy.selectors import Selector

__all__ = ["Meaning", "meanings"]


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
            own = catalogue.marked.flags.get(selector.name, ())
            ports = tuple(catalogue.marked.ports.get(selector.name, ()))
            return Meaning(frozenset(own).intersection(names), ports)
        case Kind.FAMILY:
            return Meaning(frozenset(catalogue.family_ids(selector.name)).intersection(names))
        case Kind.UNKNOWN:
            return Meaning(frozenset([UNKNOWN]))
        case Kind.SERVICE:
            return Meaning(frozenset(name for name in names if selector.names(name)))
        case _:
            return Meaning()
