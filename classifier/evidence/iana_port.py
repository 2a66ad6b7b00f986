"""Server ports of which nothing is known but the name in IANA's registry.

That somebody registered a port says little about who uses it. System ports (below 1024) are given
out after review, user ports to whoever asks first (RFC 6335, 8.1): the name of the one is possible,
never more; the name of the other is only noted, and the flow stays unknown. Neither is said where
the server did not answer, on a port that Windows RPC hands out there, or of a user port where the
direction was only inferred, as systems take client ports there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier.evidence.rows import Evidence
from classifier.flows.direction import was_seen
from classifier.hosts.roles import answered
from classifier.model import Basis, Confidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from classifier.evidence.rows import Context
    from classifier.flows.columns import Array
    from classifier.flows.oriented import Flows

__all__ = ["evidence"]

_TRANSPORTS = {"tcp": 6, "udp": 17, "sctp": 132}
_BEHIND_ENTRIES = 6
"""The preference: any claim of an entry (0 to 5) beats an equally sure name of the registry."""

_SYSTEM_PORTS = 1024


def evidence(flows: Flows, context: Context) -> list[Evidence]:
    """Names and notes for flows to a port that no entry claims."""
    catalogue = context.catalogue
    port = flows.side("port", client=False)
    protocol = flows.column("ip_protocol")
    seen = was_seen(flows.rung)
    candidates = answered(flows) & ~_handed_out(port, context)
    parts = []
    for transport, number in _TRANSPORTS.items():
        rows = np.nonzero(candidates & (protocol == number))[0]
        named = catalogue.registered[transport].take(port.take(rows))
        few = transport == "sctp"  # 88 names, each asked for on purpose
        system = (named > 0) & (few | (port[rows] < _SYSTEM_PORTS))
        noted = (named > 0) & ~system & seen[rows]
        parts += [
            _rows(rows[system], named[system], Confidence.POSSIBLE, catalogue.ids),
            _rows(rows[noted], named[noted], Confidence.UNKNOWN, catalogue.ids),
        ]
    return parts


def _rows(rows: Array, named: Array, sure: Confidence, ids: Sequence[str]) -> Evidence:
    """Names for flows, or, where nothing can be sure, notes that name nothing."""
    codes, detail = np.unique(named, return_inverse=True)
    names = sure is not Confidence.UNKNOWN
    return Evidence.make(
        rows,
        named if names else 0,
        sure,
        Basis.IANA_PORT if names else Basis.NONE,
        preference=_BEHIND_ENTRIES,
        detail=detail.ravel(),
        details=[f"IANA's name only: {ids[code].removeprefix('iana/')}" for code in codes.tolist()]
        or ("",),
    )


def _within(port: Array, ranges: Iterable[tuple[int, int]]) -> Array:
    inside = np.zeros(len(port), dtype=np.bool_)
    for low, high in ranges:
        inside |= (port >= low) & (port <= high)
    return inside


def _handed_out(port: Array, context: Context) -> Array:
    """Whether each server port lies in a range that Windows RPC uses on that server."""
    if context.rpc_set is None:
        return _within(port, context.rpc_bands[0])
    inside = np.zeros(len(port), dtype=np.bool_)
    for number, bands in enumerate(context.rpc_bands):
        inside |= (context.rpc_set == number) & _within(port, bands)
    return inside
