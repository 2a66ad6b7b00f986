"""Ports from the range that Windows RPC servers hand out on demand (KB 832017; MS-RPCE 2.1).

A port in the band says nothing by itself. It is likely RPC if the client spoke to the endpoint
mapper (135/tcp) of that server before: that is how a client learns such a port; unless what it sent
first is seen, and is no RPC. The range that counts is the server's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier.distinct import among
from classifier.evidence.rows import Evidence
from classifier.evidence.rpc_start import begins_otherwise
from classifier.flows.state import REFUSED
from classifier.model import Basis, Confidence

if TYPE_CHECKING:
    from classifier.evidence.rows import Context
    from classifier.flows.columns import Array
    from classifier.flows.oriented import Flows

__all__ = ["ENDPOINT_MAPPER_PORT", "SERVICE", "evidence", "notes", "within"]

SERVICE = "windows-rpc"
ENDPOINT_MAPPER_PORT = 135
_TCP = 6
_BEHIND_FIXED_PORTS = 3
"""The preference of a range: an equally sure fixed entry (0 to 2) beats it."""


def notes(flows: Flows, context: Context) -> list[Evidence]:
    """A note that names nothing for each TCP flow to a port in the band."""
    bands, rows, band = within(flows, np.arange(len(flows)), context)
    details = [_words(one) for one in bands]
    return [Evidence.make(rows, 0, Confidence.UNKNOWN, Basis.NONE, detail=band, details=details)]


def evidence(flows: Flows, context: Context) -> list[Evidence]:
    """Rows for TCP flows to a port in the band whose client had asked the endpoint mapper."""
    contacts = _contacts(flows)
    if not len(contacts):
        return []
    is_asked = np.zeros(len(flows.addresses), dtype=bool)
    is_asked[flows.server[contacts]] = True
    bands, rows, band = within(flows, np.flatnonzero(is_asked.take(flows.server)), context)
    if not len(rows):
        return []
    asked = _asked_before(flows, contacts, rows)
    taken = ~among(flows.state[rows], REFUSED)
    supported = np.nonzero((asked >= 0) & taken & ~begins_otherwise(flows, rows))[0]
    if not len(supported):
        return []
    first_frame = flows.column("first_frame")
    contact = asked[supported]
    pairs, detail = np.unique(
        np.column_stack([band[supported], first_frame[contact]]), axis=0, return_inverse=True
    )
    details = [
        f"{_words(bands[which])}; its endpoint mapper (135/tcp) was asked from frame {frame} on"
        for which, frame in pairs.tolist()
    ]
    return [
        Evidence.make(
            rows[supported],
            context.catalogue.code(SERVICE),
            Confidence.LIKELY,
            Basis.DYNAMIC_BAND,
            preference=_BEHIND_FIXED_PORTS,
            frame=first_frame[contact],
            detail=detail.ravel(),
            details=details,
        )
    ]


def _words(band: tuple[int, int]) -> str:
    return f"in the dynamic band {band[0]}-{band[1]}"


def within(
    flows: Flows, rows: Array, context: Context
) -> tuple[list[tuple[int, int]], Array, Array]:
    """The TCP flows whose server port is in the dynamic band of their server.

    Args:
        flows: Of the recording.
        rows: Numbers of those that are looked at.
        context: Has the bands.

    Returns:
        All bands, the numbers of the flows, and for each of them the index of its band.
    """
    bands = sorted({band for bands in context.rpc_bands for band in bands})
    rows = rows[flows.column("ip_protocol").take(rows) == _TCP]
    port = flows.side("port", client=False).take(rows)
    own_set = np.zeros(len(rows), np.int8) if context.rpc_set is None else context.rpc_set[rows]
    index = np.full(len(rows), -1, dtype=np.int32)
    for number, own in enumerate(context.rpc_bands):
        for low, high in reversed(own):
            inside = (own_set == number) & (port >= low) & (port <= high)
            index[inside] = bands.index((low, high))
    kept = index >= 0
    return bands, rows[kept], index[kept]


def _contacts(flows: Flows) -> Array:
    """The flows to an endpoint mapper that it took.

    A refused or unanswered attempt teaches nobody a port.
    """
    rows = np.flatnonzero(flows.side("port", client=False) == ENDPOINT_MAPPER_PORT)
    is_tcp = flows.column("ip_protocol")[rows] == _TCP
    return np.asarray(rows[is_tcp & ~among(flows.state[rows], REFUSED)])


def _asked_before(flows: Flows, contacts: Array, rows: Array) -> Array:
    """For each row: the flow in which its client first spoke to its server's endpoint mapper.

    -1 where there is none of these contacts before the row.
    """

    def pair(which: Array) -> Array:
        return np.asarray(flows.client[which].astype(np.int64) << 32 | flows.server[which])

    # Rows are in order of first frame; the first contact is the one that was seen first.
    seen = flows.column("first_seen")
    contacts = contacts[np.argsort(seen[contacts], kind="stable")]
    known, first = np.unique(pair(contacts), return_index=True)
    own = pair(rows)
    place = np.minimum(np.searchsorted(known, own), len(known) - 1)
    contact = contacts[first[place]]
    before = (known[place] == own) & (seen[contact] <= seen[rows])
    return np.where(before, contact, -1)
