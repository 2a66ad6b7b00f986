"""TCP connections that never came about: nobody answered, or the port refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier.model import Transport

if TYPE_CHECKING:
    import numpy.typing as npt

    from classifier.table import Table

__all__ = ["attempted"]

UNANSWERED = ("S0", "REJ")
"""States of a connection without an answer, and of one that was refused."""


def attempted(flows: Table, rows: npt.NDArray[np.integer] | None = None) -> npt.NDArray[np.bool_]:
    """For each flow, whether it is a TCP connection that was only tried.

    A client that sends payload, or acknowledges a server that is not to be seen, has a
    connection: the capture just holds one side of it.

    Args:
        flows: Columns as in :data:`classifier.model.FLOW_COLUMNS`.
        rows: Of these flows alone, by number; None: of all.
    """
    transport, state = flows["transport"], flows["state"]
    packets, payload = flows["server_packets"].data, flows["client_payload"].data
    if rows is not None:
        transport, state = transport.take(rows), state.take(rows)
        packets, payload = packets.take(rows), payload.take(rows)
    silent = packets == 0
    tried: npt.NDArray[np.bool_] = (state.is_label(*UNANSWERED) | silent) & transport.is_label(
        Transport.TCP.value
    )
    tried &= payload == 0
    open_ = np.flatnonzero(silent & tried)
    flags = flows["client_flags"].take(open_ if rows is None else rows.take(open_))
    acknowledging = [label for label in flags.labels or () if "A" in label]
    tried[open_] = ~flags.is_label(*acknowledging)
    return tried
