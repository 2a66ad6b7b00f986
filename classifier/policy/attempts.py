"""TCP connections that never came about: nobody answered, or the port refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.model import Transport

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

__all__ = ["attempted"]

UNANSWERED = ("S0", "REJ")
"""States of a connection without an answer, and of one that was refused."""


def attempted(flows: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """For each flow, whether it is a TCP connection that was only tried.

    A client that sends payload, or acknowledges a server that is not to be seen, has a
    connection: the capture just holds one side of it.
    """
    silent = (flows["server_packets"] == 0).to_numpy()
    tcp = (flows["transport"] == Transport.TCP.value).to_numpy()
    tried = tcp & (silent | flows["state"].isin(UNANSWERED).to_numpy())
    tried &= (flows["client_payload"] == 0).to_numpy()
    one_sided = tried & silent
    acknowledges = flows["client_flags"].to_numpy()[one_sided]
    tried[one_sided] = ["A" not in flags for flags in acknowledges]
    return tried
