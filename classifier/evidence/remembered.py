"""What a saved flow table remembers of payload that is no longer there.

A name that came from content or from control traffic cannot be found again from ports; it is kept
as long as the catalogue still has the service. Everything else is weighed anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier.evidence.rows import BASES, CONFIDENCES, Evidence
from classifier.model import Basis

if TYPE_CHECKING:
    from classifier.evidence.rows import Context
    from classifier.flows.oriented import Flows

__all__ = ["KEPT", "evidence"]

KEPT = (Basis.PAYLOAD, Basis.ANNOUNCEMENT, Basis.LEARNED)
"""Bases that a flow table without payload cannot give again."""


def evidence(_flows: Flows, context: Context) -> list[Evidence]:
    """Rows for the flows of a saved table that were named by what was said."""
    table = context.remembered
    if table is None:
        return []
    rows = np.nonzero(table["basis"].is_label(*(basis.value for basis in KEPT)))[0]
    if not len(rows):
        return []
    columns = [table[name] for name in ("service", "confidence", "basis", "detail")]
    service, confidence, basis, detail = columns
    assert service.labels is not None
    assert confidence.labels is not None
    assert basis.labels is not None
    codes = np.array([context.catalogue.codes.get(word, 0) for word in service.labels])
    words = [word.value for word in CONFIDENCES]
    levels = np.array([words.index(word) for word in confidence.labels])
    known = [word.value for word in BASES]
    reasons = np.array([known.index(word) for word in basis.labels])
    details = ["", *(str(text) for text in detail.take(rows).texts())]
    return [
        Evidence.make(
            rows,
            codes[service.data[rows]],
            levels[confidence.data[rows]],
            reasons[basis.data[rows]],
            detail=np.arange(1, len(details)),
            details=details,
        )
    ]
