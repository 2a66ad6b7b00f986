"""TCP connections that never came about: nobody answered, or the port refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.model import Transport

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from classifier.table import Table

__all__ = ["attempted"]

UNANSWERED = ("S0", "REJ")
"""States of a connection without an answer, and of one that was refused."""


def attempted(flows: Table) -> npt.NDArray[np.bool_]:
    """For each flow, whether it is a TCP connection that was only tried.

    A client that sends payload, or acknowledges a server that is not to be seen, has a
    connection: the capture just holds one side of it.
    """
    silent = flows["server_packets"].data == 0
    tried = flows["transport"].is_label(Transport.TCP.value)
    tried &= silent | flows["state"].is_label(*UNANSWERED)
    tried &= flows["client_payload"].data == 0
    flags = flows["client_flags"]
    acknowledging = [label for label in flags.labels or () if "A" in label]
    tried &= ~(silent & flags.is_label(*acknowledging))
    return tried
