"""What ran: one row a service, and how sure the names are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd

from classifier.model import Confidence
from classifier.tables.columns import shape
from classifier.tables.grouping import (
    addresses,
    codes,
    confidence_rank,
    distinct,
    joined,
    no_answer,
    ports,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

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


def services(flows: pd.DataFrame, catalogue: Knowledge) -> pd.DataFrame:
    """One row a service, ``unknown`` included, most bytes first.

    Args:
        flows: The flow table.
        catalogue: Names, families and flags; a service that it lacks goes by its id.
    """
    if flows.empty:
        return shape("services", [])
    found, labels = codes(flows["service"])
    client, server, _ = addresses(flows)
    rank = confidence_rank(flows["confidence"])
    size = len(labels)
    frame = pd.DataFrame(
        {
            "group": found,
            "answered": ~no_answer(flows),
            "sure": rank <= RANKS.index(Confidence.ASSIGNED),
            "likely": rank == RANKS.index(Confidence.LIKELY),
            "possible": rank == RANKS.index(Confidence.POSSIBLE),
            "packets": flows["client_packets"].to_numpy() + flows["server_packets"].to_numpy(),
            "bytes": flows["client_bytes"].to_numpy() + flows["server_bytes"].to_numpy(),
            "first_seen": flows["first_seen"].array,
            "last_seen": flows["last_seen"].array,
        }
    )
    grouped = frame.groupby("group")
    table = grouped[["answered", "sure", "likely", "possible", "packets", "bytes"]].sum()
    table["flows"] = grouped.size()
    table["first_seen"] = grouped["first_seen"].min()
    table["last_seen"] = grouped["last_seen"].max()
    seen = table.index.to_numpy()
    table["service"] = labels[seen]
    table["clients"] = distinct(found, client, size)[seen]
    table["servers"] = distinct(found, server, size)[seen]
    table["ports"] = _ports(flows, found, size)[seen]
    table["share"] = table["bytes"] / max(int(table["bytes"].sum()), 1)
    described = [_describe(str(service), catalogue) for service in table["service"]]
    table["name"], table["family"], table["flags"] = zip(*described, strict=True)
    table = table.sort_values(["bytes", "service"], ascending=[False, True])
    return shape("services", table)


def certainty(flows: pd.DataFrame) -> pd.DataFrame:
    """How sure the names are: one row for each confidence that occurs, surest first."""
    rank = confidence_rank(flows["confidence"])
    sent = flows["client_bytes"].to_numpy() + flows["server_bytes"].to_numpy()
    count = np.bincount(rank, minlength=len(RANKS))
    amount = pd.Series(sent).groupby(rank).sum().reindex(range(len(RANKS)), fill_value=0)
    table = pd.DataFrame(
        {
            "confidence": [word.value for word in RANKS],
            "flows": count,
            "bytes": amount.to_numpy(),
            "share": amount.to_numpy() / max(int(sent.sum()), 1),
        }
    )
    return shape("certainty", table[table["flows"] > 0])


def _ports(flows: pd.DataFrame, found: np.ndarray, size: int) -> np.ndarray:
    """The most used server ports of each service, as text."""
    transport, names = codes(flows["transport"])
    keys = {"group": found, "transport": transport, "port": ports(flows["server_port"])}
    used = pd.DataFrame(keys).groupby(list(keys)).size().reset_index(name="flows")
    used = used[used["port"] >= 0]
    text = (
        used["port"].astype(str).astype(object)
        + "/"
        + pd.Series(names[used["transport"].to_numpy()], index=used.index, dtype=object)
    )
    return joined(
        used["group"].to_numpy(), text.to_numpy(dtype=object), used["flows"].to_numpy(), size
    )


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
