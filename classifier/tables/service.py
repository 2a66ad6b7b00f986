"""What ran: one row a service, and how sure the names are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from classifier.model import Confidence
from classifier.table import Values
from classifier.tables.columns import listed, shape
from classifier.tables.folds import LEAST, MOST, SUM, Part, both_sides, folds
from classifier.tables.grouping import (
    addresses,
    codes,
    confidence_rank,
    distinct,
    no_answer,
    ports,
)
from classifier.tables.members import listed as listed_members

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

    def brief(self, service: str, /) -> Entry | None:
        """What is known of a service id, or None."""


def services(flows: Table, catalogue: Knowledge) -> Table:
    """One row a service, ``unknown`` included, most bytes first.

    Args:
        flows: The flow table.
        catalogue: Names, families and flags; a service that it lacks goes by its id.
    """
    if not len(flows):
        return listed("services", [])
    group, labels = codes(flows["service"])
    size = len(labels)
    client, server, _ = addresses(flows)
    rank = confidence_rank(flows["confidence"])
    counted = folds(
        size,
        _COUNTED,
        Part(
            group,
            [
                ("flows", 1),
                ("answered", ~no_answer(flows)),
                ("sure", rank <= RANKS.index(Confidence.ASSIGNED)),
                ("likely", rank == RANKS.index(Confidence.LIKELY)),
                ("possible", rank == RANKS.index(Confidence.POSSIBLE)),
                *both_sides(flows, "packets", "bytes"),
                ("first_seen", flows["first_seen"].data),
                ("last_seen", flows["last_seen"].data),
            ],
        ),
    )
    amount = counted["bytes"]
    values = {
        **{name: Values(data) for name, data in counted.items()},
        "clients": Values(distinct(group, client, size)),
        "servers": Values(distinct(group, server, size)),
        "share": Values(amount / max(int(amount.sum()), 1)),
        "service": Values(np.arange(size), labels),
        "ports": _ports(flows, group, size),
    }
    seen = np.flatnonzero(counted["flows"]).tolist()
    order = sorted(seen, key=lambda code: (-amount[code], labels[code]))
    values = {name: column.take(np.array(order)) for name, column in values.items()}
    described = [_describe(labels[code], catalogue) for code in order]
    for column, name in enumerate(("name", "family", "flags")):
        texts = [each[column] for each in described]
        values[name] = Values(np.array([*texts, ""], dtype=object)[:-1])
    return shape("services", values)


_COUNTED = {
    **dict.fromkeys(("flows", "answered", "sure", "likely", "possible", "packets", "bytes"), SUM),
    "first_seen": LEAST,
    "last_seen": MOST,
}


def certainty(flows: Table) -> Table:
    """How sure the names are: one row for each confidence that occurs, surest first."""
    rank = confidence_rank(flows["confidence"])
    sides = both_sides(flows, "bytes")
    kinds = {"flows": SUM, "bytes": SUM}
    counted = folds(len(RANKS), kinds, Part(rank, [("flows", 1), *sides]))
    count, amount = counted["flows"], counted["bytes"]
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
    member = carried.astype(port.dtype) << 16  # a port has 16 bits
    member |= port
    if not used.all():
        rows = np.flatnonzero(used)
        group, member = group.take(rows), member.take(rows)

    def text(member: int) -> str:
        return f"{member & 65_535}/{names[member >> 16]}"

    return listed_members(group, member, size, text)


def _describe(service: str, catalogue: Knowledge) -> tuple[str, str, str]:
    """Name, family and flags of a service; its id and nothing where the catalogue lacks it."""
    try:
        entry = catalogue.brief(service)
    except KeyError:
        entry = None
    if entry is None:
        return service, "", ""
    flags = entry.flags
    text = flags if isinstance(flags, str) else ", ".join(str(flag) for flag in flags or ())
    return entry.name, entry.family, text
