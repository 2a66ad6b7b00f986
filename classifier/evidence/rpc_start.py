"""What a connection's first bytes say against RPC."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier.flows.direction import rung_of
from classifier.flows.oriented import Oriented
from classifier.model import DirectionBasis

if TYPE_CHECKING:
    from classifier.flows.columns import Array
    from classifier.flows.oriented import Flows

__all__ = ["begins_otherwise"]

_VERSION, _HIGHEST_MINOR = 5, 1
_LEAST = 2


def begins_otherwise(flows: Flows, rows: Array) -> Array:
    """Of these flows, which cannot be RPC: the client's first bytes are there, and not a PDU's.

    A PDU begins with the version, 5.0 or 5.1 (C706 12.6.3.1), a sealed one too. Without a SYN the
    first bytes may be from the middle of one; without kept bytes nothing is known.
    """
    result = np.zeros(len(rows), dtype=bool)
    if not isinstance(flows, Oriented) or not len(rows):
        return result
    heads = flows.heads(rows, client=True)
    data = np.frombuffer(heads.data, dtype=np.uint8)
    first = heads.offsets[:-1]
    length = np.diff(heads.offsets)
    begun = (flows.rung[rows] == rung_of(DirectionBasis.SYN)) & (length >= _LEAST)
    result[begun] = (data[first[begun]] != _VERSION) | (data[first[begun] + 1] > _HIGHEST_MINOR)
    return result
