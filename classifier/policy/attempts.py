"""TCP connections that never came about: nobody answered, or the port refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier.model import Transport
from classifier.table import Values

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
    if rows is None:  # most connections came about, and need no look at the rest
        tried = _unanswered(flows, slice(None))
        tried[tried] = attempted(flows, np.flatnonzero(tried))
        return tried
    transport, flags = flows["transport"].take(rows), flows["client_flags"].take(rows)
    acknowledging = [label for label in flags.labels or () if "A" in label]
    silent = flows["server_packets"].data[rows] == 0
    tried = _unanswered(flows, rows) & transport.is_label(Transport.TCP.value)
    tried &= flows["client_payload"].data[rows] == 0
    tried &= ~(silent & flags.is_label(*acknowledging))
    return tried


def _unanswered(flows: Table, rows: npt.NDArray[np.integer] | slice) -> npt.NDArray[np.bool_]:
    """Whether nobody answered, or the port refused."""
    state = flows["state"]
    refused = Values(state.data[rows], state.labels).is_label(*UNANSWERED)
    return np.asarray(refused | (flows["server_packets"].data[rows] == 0))
