"""Server ports of which nothing is known but the name in IANA's registry.

That somebody registered a port says little about who uses it, so such a name is never more than
possible, and it is given only where the server answered, on a port that Windows RPC does not hand
out there. Where the direction was only inferred, it must be a system port (below 1024, RFC 6335):
above, systems take client ports, and programs take what they like.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier.evidence.rows import Evidence
from classifier.flows.direction import RUNGS
from classifier.flows.state import STATES
from classifier.model import KNOWN_DIRECTION, Basis, Confidence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from classifier.evidence.rows import Context
    from classifier.flows.columns import Array
    from classifier.flows.oriented import Oriented

__all__ = ["evidence"]

_TRANSPORTS = {"tcp": 6, "udp": 17, "sctp": 132}
_BEHIND_ENTRIES = 6
"""The preference: any claim of an entry (0 to 5) beats an equally sure name of the registry."""

_REFUSED = tuple(STATES.index(word) for word in ("S0", "REJ", "RSTOS0", "SH"))
_SYSTEM_PORTS = 1024


def evidence(flows: Oriented, context: Context) -> list[Evidence]:
    """A possible name for flows to a port that no entry claims."""
    catalogue = context.catalogue
    port = flows.side("port", client=False)
    protocol = flows.column("ip_protocol")
    seen = np.array([basis in KNOWN_DIRECTION for basis, _ in RUNGS])[flows.rung]
    answered = (flows.side("packets", client=False) > 0) & ~np.isin(flows.state, _REFUSED)
    candidates = answered & ~_handed_out(port, context)
    parts = []
    for transport, number in _TRANSPORTS.items():
        rows = np.nonzero(candidates & (protocol == number))[0]
        named = catalogue.registered[transport][port[rows]]
        sure = (named > 0) & (seen[rows] | (port[rows] < _SYSTEM_PORTS))
        if sure.any():
            codes, detail = np.unique(named[sure], return_inverse=True)
            parts.append(
                Evidence.make(
                    rows[sure],
                    named[sure],
                    Confidence.POSSIBLE,
                    Basis.IANA_PORT,
                    preference=_BEHIND_ENTRIES,
                    detail=detail.ravel(),
                    details=[_detail(catalogue.ids[code]) for code in codes.tolist()],
                )
            )
    return parts


def _detail(service: str) -> str:
    return f"no more than IANA's name for the port: {service.removeprefix('iana/')}"


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
