"""Who asked, where the first bytes say it and nothing better was seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier.flows.direction import was_seen
from classifier.model import DirectionBasis

if TYPE_CHECKING:
    from classifier.flows.oriented import Oriented
    from classifier.payload.recognise import Recognised

__all__ = ["settle"]


def settle(flows: Oriented, recognised: Recognised) -> None:
    """Let what was proved say who is the client, where that was only inferred.

    Two services that were proved of one flow and see it in opposite ways change nothing.
    """
    told = np.zeros(len(flows), dtype=np.int8)
    both = np.zeros(len(flows), dtype=bool)
    for role in (1, -1):
        rows = recognised.flow[recognised.strong & (recognised.role == role)]
        both[rows] |= told[rows] != 0
        told[rows] = role
    known = was_seen(flows.rung)
    rows = np.flatnonzero((told != 0) & ~both & ~known)
    flows.settle(rows, told[rows] < 0, DirectionBasis.PAYLOAD_ROLE)
