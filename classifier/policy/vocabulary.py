"""What a policy asks the catalogue: which services and which ports carry a family or a flag."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classifier.catalogue import Catalogue

__all__ = ["flagged_ports", "flagged_services", "services_of_family"]


def services_of_family(catalogue: Catalogue, family: str) -> set[str]:
    """The ids of the services of a family."""
    return catalogue.family_ids(family)


def flagged_services(catalogue: Catalogue, flag: str) -> set[str]:
    """The ids of the services that carry a flag."""
    return set(catalogue.marked.flags.get(flag, ()))


def flagged_ports(catalogue: Catalogue, flag: str) -> Sequence[tuple[str, int, int]]:
    """Transport, first and last number of the server ports that carry a flag of their own."""
    return catalogue.marked.ports.get(flag, ())
