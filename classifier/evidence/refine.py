"""Specific beats wide: that a flow is RPC gives way to which RPC it is.

Calls whose bind was not recorded prove RPC and name no interface. What was announced or learned of
the endpoint then says which; it contradicts nothing, so the payload must not outweigh it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec.structs import replace

from classifier.distinct import among
from classifier.evidence.interfaces import FAMILY
from classifier.evidence.rows import BASES, CONFIDENCES
from classifier.model import Basis, Confidence

if TYPE_CHECKING:
    from classifier.catalogue import Catalogue
    from classifier.evidence.rows import Evidence

__all__ = ["refine"]

_SAYS_WHICH = (BASES.index(Basis.ANNOUNCEMENT), BASES.index(Basis.LEARNED))


def refine(evidence: Evidence, catalogue: Catalogue) -> Evidence:
    """Make rows that only say RPC possible ones, where others say which interface it is."""
    family = catalogue.codes.get(FAMILY, 0)
    wide = (evidence.service == family) & (evidence.basis == BASES.index(Basis.PAYLOAD))
    if not family or not wide.any():
        return evidence
    says_which = among(evidence.basis, _SAYS_WHICH)
    if not says_which.any():
        return evidence
    # Not all of them are parts of the family: Exchange's and some others have entries of their own.
    members = catalogue.interface_ids - {FAMILY}
    codes = sorted({*evidence.service[says_which].tolist()})
    own = [code for code in codes if catalogue.ids[code] in members]
    specific = says_which & among(evidence.service, own)
    if not specific.any():
        return evidence
    flows = np.zeros(int(evidence.flow.max()) + 1, dtype=bool)
    flows[evidence.flow[specific]] = True
    confidence = evidence.confidence.copy()
    confidence[wide & flows[evidence.flow]] = CONFIDENCES.index(Confidence.POSSIBLE)
    return replace(evidence, confidence=confidence)
