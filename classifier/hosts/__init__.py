"""What each host is: the band that it asks from, its RPC range, its roles and its names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from classifier.endpoints.index import address_numbers
from classifier.flows.oriented import Oriented
from classifier.hosts import bands, names, ranges, roles
from classifier.table import Values

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from classifier.endpoints.listen import Heard
    from classifier.flows.columns import Array
    from classifier.flows.oriented import Flows
    from classifier.table import Table

__all__ = ["HostFacts", "describe"]


class HostFacts(Struct, frozen=True, eq=False):
    """What is known of hosts besides their flows. All columns have one row an address.

    Attributes:
        addresses: The addresses.
        columns: Of the hosts table: ``names`` (what it is called, ``;`` between: hostile text),
            ``name_basis`` (what said each name), ``ephemeral_band`` (a word of
            :data:`bands.BANDS`, with the era where it is a Windows host), ``band_ports`` (how many
            different source ports say so; 0 where none is named), ``dynamic_range`` (where it hands
            out RPC ports, and what shows it) and ``roles``.
    """

    addresses: Sequence[str]
    columns: Mapping[str, Values]


def describe(
    flows: Flows,
    table: Table,
    heard: Heard,
    own: bands.HostBands,
    given: Mapping[str, Sequence[tuple[int, int]]] | None = None,
) -> HostFacts:
    """What is known of the addresses of flows, in their order in ``flows.addresses``.

    Args:
        flows: With client and server; with first payload bytes, if they come from an engine.
        table: The flow table of these flows, with the verdict.
        heard: What control traffic told.
        own: The band that each host asks from.
        given: RPC ranges of single servers that the policy names.
    """
    given = given or {}
    called = names.collect(heard.names, flows if isinstance(flows, Oriented) else None)
    shown = ranges.announced(heard.announcements)
    said = {*called.by_host, *shown, *given, *(one.host for one in heard.roles)}
    numbers = address_numbers(flows, said)
    size = len(flows.addresses)
    found = {host: called.texts(host) for host in called.by_host}
    columns = {
        "names": _texts(size, numbers, {host: texts[0] for host, texts in found.items()}),
        "name_basis": _texts(size, numbers, {host: texts[1] for host, texts in found.items()}),
        "ephemeral_band": _band_words(own, _windows_hosts(flows)),
        "band_ports": Values(np.where(own.code >= 0, own.ports, 0)),
        "dynamic_range": _texts(
            size,
            numbers,
            {host: ranges.said(given.get(host, ()), shown.get(host)) for host in {*shown, *given}},
        ),
        "roles": roles.infer(
            flows,
            table["service"],
            table["confidence"],
            heard.roles,
            heard.identifications,
            numbers,
        ),
    }
    return HostFacts(flows.addresses, columns)


def _texts(size: int, numbers: Mapping[str, int], texts: Mapping[str, str]) -> Values:
    """A text for some addresses, by address; empty for the others."""
    codes = np.zeros(size, dtype=np.int32)
    labels = [""]
    for host, text in texts.items():
        if host in numbers:
            codes[numbers[host]] = len(labels)
            labels.append(text)
    return Values(codes, labels)


_ERAS = {"legacy": "windows-legacy", "dynamic": "windows-modern"}


def _band_words(own: bands.HostBands, is_windows: Array) -> Values:
    """The band of each address; of a Windows host with its era."""
    words = [word for word, _, _ in bands.BANDS]
    labels = ["", *words, *(_ERAS.get(word, word) for word in words)]
    named = own.code >= 0
    codes = np.where(named, own.code.astype(np.int32) + 1 + len(words) * is_windows, 0)
    return Values(codes.astype(np.int32), labels)


def _windows_hosts(flows: Flows) -> Array:
    """Which addresses are Windows hosts: they serve as such, or ask an endpoint mapper.

    Nothing but Windows asks 135/tcp of itself, and who plays Windows asks from a band of its own.
    """
    here = roles.windows_servers(flows)
    here[flows.client[roles.open_on(flows, roles.ENDPOINT_MAPPER)]] = True
    return here
