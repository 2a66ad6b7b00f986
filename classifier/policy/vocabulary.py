"""What a policy asks the catalogue: which services and which ports carry a family or a flag."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from classifier.catalogue import Catalogue

__all__ = ["flagged_ports", "flagged_services", "services_of_family"]


def services_of_family(catalogue: Catalogue, family: str) -> set[str]:
    """The ids of the services of a family."""
    return catalogue.family_ids(family)


def flagged_services(catalogue: Catalogue, flag: str) -> set[str]:
    """The ids of the services that carry a flag."""
    return {service.id for service in catalogue.services if flag in service.flags}


def flagged_ports(catalogue: Catalogue, flag: str) -> Iterable[tuple[str, int, int]]:
    """Transport, first and last number of the server ports that carry a flag of their own.

    A flag of a whole service is not handed down to its ports: that an obsolete program once
    listened on 8888 does not make every server there obsolete.
    """
    return sorted(set(_flagged_ports(catalogue, flag)))


def _flagged_ports(catalogue: Catalogue, flag: str) -> Iterator[tuple[str, int, int]]:
    for service in catalogue.services:
        for claim in service.port:
            if flag not in claim.flags or claim.role == "client":
                continue
            for entry in claim.ports:
                low, _, high = str(entry).partition("-")
                for transport in claim.transport:
                    yield transport, int(low), int(high or low)
