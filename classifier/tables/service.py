"""What ran: one row a service, and how sure the names are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from classifier.model import Confidence
from classifier.table import Values
from classifier.tables.columns import listed, shape
from classifier.tables.grouping import (
    addresses,
    codes,
    confidence_rank,
    distinct,
    earliest,
    folded,
    joined,
    latest,
    no_answer,
    pairs,
    ports,
    totals,
    traffic,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from classifier.table import Table
    from classifier.tables.grouping import Codes

__all__ = ["certainty", "services"]

RANKS = list(Confidence)


class Entry(Protocol):
    """What a table needs of a catalogue entry."""

    @property
    def name(self) -> str:
        """The service's name, for people."""

    @property
    def family(self) -> str:
        """The group of services it belongs to."""

    @property
    def flags(self) -> Iterable[object]:
        """Words such as ``obsolete`` and ``cleartext``."""


class Knowledge(Protocol):
    """What a table needs of the catalogue."""

    def get(self, service: str, /) -> Entry | None:
        """The entry of a service id, or None."""


def services(flows: Table, catalogue: Knowledge) -> Table:
    """One row a service, ``unknown`` included, most bytes first.

    Args:
        flows: The flow table.
        catalogue: Names, families and flags; a service that it lacks goes by its id.
    """
    if not len(flows):
        return listed("services", [])
    found, labels = codes(flows["service"])
    seen = np.flatnonzero(np.bincount(found, minlength=len(labels)))
    place = np.zeros(len(labels), dtype=np.int64)
    place[seen] = np.arange(len(seen))
    group, size = place[found], len(seen)
    ids = [labels[code] for code in seen.tolist()]
    client, server, _ = addresses(flows)
    rank = confidence_rank(flows["confidence"])
    amount = totals(group, traffic(flows, "bytes"), size)
    described = [_describe(service, catalogue) for service in ids]
    counted = {
        "flows": np.bincount(group),
        "answered": totals(group, ~no_answer(flows), size),
        "sure": totals(group, rank <= RANKS.index(Confidence.ASSIGNED), size),
        "likely": totals(group, rank == RANKS.index(Confidence.LIKELY), size),
        "possible": totals(group, rank == RANKS.index(Confidence.POSSIBLE), size),
        "clients": distinct(group, client, size),
        "servers": distinct(group, server, size),
        "packets": totals(group, traffic(flows, "packets"), size),
        "bytes": amount,
        "share": amount / max(int(amount.sum()), 1),
        "first_seen": earliest(group, flows["first_seen"].data, size),
        "last_seen": latest(group, flows["last_seen"].data, size),
    }
    values = {
        **{name: Values(data) for name, data in counted.items()},
        "service": Values(np.arange(size), ids),
        "ports": _ports(flows, group, size),
    }
    for column, name in enumerate(("name", "family", "flags")):
        texts = [each[column] for each in described]
        values[name] = Values(np.array([*texts, ""], dtype=object)[:-1])
    order = np.array(sorted(range(size), key=lambda row: (-amount[row], ids[row])))
    return shape("services", {name: column.take(order) for name, column in values.items()})


def certainty(flows: Table) -> Table:
    """How sure the names are: one row for each confidence that occurs, surest first."""
    rank = confidence_rank(flows["confidence"])
    count = np.bincount(rank, minlength=len(RANKS))
    amount = totals(rank, traffic(flows, "bytes"), len(RANKS))
    seen = np.flatnonzero(count)
    values = {
        "confidence": Values(seen, [word.value for word in RANKS]),
        "flows": Values(count[seen]),
        "bytes": Values(amount[seen]),
        "share": Values(amount[seen] / max(int(amount.sum()), 1)),
    }
    return shape("certainty", values)


def _ports(flows: Table, group: Codes, size: int) -> Values:
    """The most used server ports of each service, as text."""
    port = ports(flows["server_port"])
    carried, names = codes(flows["transport"])
    used = port >= 0
    member = (carried * 65_536 + port)[used]  # a port has 16 bits
    owner, found, count = pairs(group[used], member)
    place, kinds = folded(found)

    def text(member: int) -> str:
        kind = int(kinds[member])
        return f"{kind & 65_535}/{names[kind >> 16]}"

    return joined(owner, place, count, size, text)


def _describe(service: str, catalogue: Knowledge) -> tuple[str, str, str]:
    """Name, family and flags of a service; its id and nothing where the catalogue lacks it."""
    try:
        entry = catalogue.get(service)
    except KeyError:
        entry = None
    if entry is None:
        return service, "", ""
    flags = entry.flags
    text = flags if isinstance(flags, str) else ", ".join(str(flag) for flag in flags or ())
    return entry.name, entry.family, text
