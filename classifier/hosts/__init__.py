"""What each host is: the band that it asks from, its RPC range, its roles and its names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classifier.endpoints.index import address_numbers
from classifier.flows.oriented import Oriented
from classifier.hosts import bands, names, ranges, roles

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from classifier.endpoints.listen import Heard
    from classifier.flows.oriented import Flows
    from classifier.table import Table

__all__ = ["HostFacts", "describe"]


@dataclass(frozen=True, slots=True)
class HostFacts:
    """What is known of one address. Equal when every field is equal; texts may be empty.

    Attributes:
        names: What it is called, ``;`` between. Hostile text.
        name_basis: What said each name, in the same order.
        band: From which range it takes source ports: a word of :data:`bands.BANDS`, with the
            era where it is a Windows host.
        band_ports: How many different source ports say so; 0 where none is named.
        dynamic_range: From which range it hands out RPC ports, and what shows it.
        roles: What it is for, with what shows it.
    """

    names: str = ""
    name_basis: str = ""
    band: str = ""
    band_ports: int = 0
    dynamic_range: str = ""
    roles: str = ""


_WINDOWS_BANDS = {"legacy": "windows-legacy", "dynamic": "windows-modern"}


def describe(
    flows: Flows,
    table: Table,
    heard: Heard,
    given: Mapping[str, Sequence[tuple[int, int]]] | None = None,
) -> dict[str, HostFacts]:
    """What is known of hosts, by address; hosts of which nothing is known are left out.

    Args:
        flows: With client and server; with first payload bytes, if they come from an engine.
        table: The flow table of these flows, with the verdict.
        heard: What control traffic told.
        given: RPC ranges of single servers that the policy names.
    """
    given = given or {}
    called = names.collect(heard.names, flows if isinstance(flows, Oriented) else None)
    shown = ranges.announced(heard.announcements)
    said = [*called.by_host, *shown, *given, *(one.host for one in heard.roles)]
    numbers = address_numbers(flows, said)
    what_for = roles.infer(
        flows, table["service"], table["confidence"], heard.roles, heard.identifications, numbers
    )
    own = bands.infer(flows)
    windows = _windows_hosts(flows)
    by_number = {number: text for text, number in numbers.items()}
    found: dict[str, HostFacts] = {}
    for number in sorted({*by_number, *what_for, *np.nonzero(own.code >= 0)[0].tolist()}):
        text = by_number.get(number) or flows.addresses[number]
        band = own.word(number)
        found[text] = HostFacts(
            *called.texts(text),
            band=_WINDOWS_BANDS.get(band, band) if windows[number] else band,
            band_ports=int(own.ports[number]) if band else 0,
            dynamic_range=ranges.said(given.get(text, ()), shown.get(text)),
            roles=what_for.get(number, ""),
        )
    return found


def _windows_hosts(flows: Flows) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which addresses are Windows hosts: they serve as such, or ask an endpoint mapper.

    Nothing but Windows asks 135/tcp of itself, and who plays Windows asks from a band of its own.
    """
    here = np.zeros(len(flows.addresses), dtype=bool)
    here[flows.server[roles.is_windows_server(flows)]] = True
    port = flows.side("port", client=False)
    mapper = (port == roles.ENDPOINT_MAPPER) & (flows.column("ip_protocol") == roles.TCP)
    here[flows.client[mapper & roles.answered(flows)]] = True
    return here
