"""Ports from the range that Windows RPC servers hand out on demand (KB 832017; MS-RPCE 2.1).

A port in the band says nothing by itself. It is likely RPC if the client spoke to the endpoint
mapper (135/tcp) of that server before: that is how a client learns such a port; unless what it sent
first is seen, and is no RPC. The range that counts is the server's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier.evidence.rows import Evidence
from classifier.evidence.rpc_start import begins_otherwise
from classifier.flows.state import REFUSED
from classifier.model import Basis, Confidence

if TYPE_CHECKING:
    from classifier.evidence.rows import Context
    from classifier.flows.columns import Array
    from classifier.flows.oriented import Flows

__all__ = ["ENDPOINT_MAPPER_PORT", "SERVICE", "evidence", "holding_band"]

SERVICE = "windows-rpc"
ENDPOINT_MAPPER_PORT = 135
_TCP = 6
_BEHIND_FIXED_PORTS = 3
"""The preference of a range: an equally sure fixed entry (0 to 2) beats it."""


def evidence(flows: Flows, context: Context) -> list[Evidence]:
    """Rows for TCP flows to a port in the band: likely RPC, or a note that names nothing."""
    bands, band = holding_band(flows.side("port", client=False), context)
    rows = np.nonzero((band >= 0) & (flows.column("ip_protocol") == _TCP))[0]
    if not len(rows):
        return []
    words = [f"in the dynamic band {low}-{high}" for low, high in bands]
    notes = Evidence.make(rows, 0, Confidence.UNKNOWN, Basis.NONE, detail=band[rows], details=words)
    asked = _asked_before(flows, rows)
    taken = ~np.isin(flows.state[rows], REFUSED)
    supported = np.nonzero((asked >= 0) & taken & ~begins_otherwise(flows, rows))[0]
    if not len(supported):
        return [notes]
    first_frame = flows.column("first_frame")
    contact = asked[supported]
    pairs, detail = np.unique(
        np.column_stack([band[rows][supported], first_frame[contact]]), axis=0, return_inverse=True
    )
    details = [
        f"{words[which]}; its endpoint mapper (135/tcp) was asked from frame {frame} on"
        for which, frame in pairs.tolist()
    ]
    likely = Evidence.make(
        rows[supported],
        context.catalogue.code(SERVICE),
        Confidence.LIKELY,
        Basis.DYNAMIC_BAND,
        preference=_BEHIND_FIXED_PORTS,
        frame=first_frame[contact],
        detail=detail.ravel(),
        details=details,
    )
    return [notes, likely]


def holding_band(port: Array, context: Context) -> tuple[list[tuple[int, int]], Array]:
    """All bands, and for each server port the index of the one that holds it, -1 for none."""
    bands = sorted({band for bands in context.rpc_bands for band in bands})
    index = np.full(len(port), -1, dtype=np.int64)
    for number, own in enumerate(context.rpc_bands):
        here = np.ones(len(port), bool) if context.rpc_set is None else context.rpc_set == number
        for low, high in reversed(own):
            index[here & (port >= low) & (port <= high)] = bands.index((low, high))
        if context.rpc_set is None:
            break
    return bands, index


def _asked_before(flows: Flows, rows: Array) -> Array:
    """For each row: the flow in which its client first spoke to its server's endpoint mapper.

    The mapper must have taken the connection: a refused or unanswered attempt teaches nobody a
    port. -1 where there is no such flow before the row.
    """
    is_mapper = (
        (flows.side("port", client=False) == ENDPOINT_MAPPER_PORT)
        & (flows.column("ip_protocol") == _TCP)
        & ~np.isin(flows.state, REFUSED)
    )
    contacts = np.nonzero(is_mapper)[0]
    result = np.full(len(rows), -1, dtype=np.int64)
    if not len(contacts):
        return result
    pair = flows.client.astype(np.int64) * len(flows.addresses.packed) + flows.server
    # Rows are in order of first frame; the first contact is the one that was seen first.
    seen = flows.column("first_seen")
    contacts = contacts[np.argsort(seen[contacts], kind="stable")]
    known, first = np.unique(pair[contacts], return_index=True)
    place = np.minimum(np.searchsorted(known, pair[rows]), len(known) - 1)
    contact = contacts[first[place]]
    before = (known[place] == pair[rows]) & (seen[contact] <= seen[rows])
    return np.where(before, contact, -1)
