"""The verdict: from evidence to one service a flow, how sure, and why. Pure and vectorised.

The surest row wins; among equally sure rows the smaller preference; if two services are still
equal, the flow is only ``possible`` and both are shown. Unknown is a value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from classifier.evidence.rows import BASES, CONFIDENCES
from classifier.model import UNKNOWN, Basis, Confidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classifier.evidence.rows import Evidence
    from classifier.flows.columns import Array

__all__ = ["MAX_ALTERNATIVES", "Verdict", "decide", "unnamed"]

MAX_ALTERNATIVES = 8
"""How many losing candidates a flow lists."""

_UNKNOWN = CONFIDENCES.index(Confidence.UNKNOWN)
_POSSIBLE = CONFIDENCES.index(Confidence.POSSIBLE)


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """One row a flow.

    Attributes:
        service: int32, code in the catalogue, 0 is unknown.
        confidence: int8, number in ``CONFIDENCES``.
        basis: int8, number in ``BASES``.
        detail: The specific thing, as text.
        alternatives: Losing candidates, best first, ``;`` between.
    """

    service: Array
    confidence: Array
    basis: Array
    detail: Array
    alternatives: Array

    def columns(self, ids: Sequence[str]) -> dict[str, pd.Series]:
        """The verdict's columns of the flow table.

        Args:
            ids: Service ids by code.
        """

        def category(codes: Array, words: Sequence[str]) -> pd.Series:
            index = pd.Index(list(words), dtype="str")
            return pd.Series(pd.Categorical.from_codes(codes, categories=index))

        used, codes = np.unique(self.service, return_inverse=True)
        return {
            "service": category(codes, [ids[code] for code in used.tolist()]),
            "confidence": category(self.confidence, [word.value for word in CONFIDENCES]),
            "basis": category(self.basis, [word.value for word in BASES]),
            "detail": pd.Series(self.detail, dtype="str"),
            "alternatives": pd.Series(self.alternatives, dtype="str"),
        }


def decide(flows: int, evidence: Evidence, ids: Sequence[str]) -> Verdict:
    """Weigh the evidence.

    Args:
        flows: How many flows there are.
        evidence: Rows about them.
        ids: Service ids by code, for the alternatives.
    """
    service = np.zeros(flows, dtype=np.int32)
    confidence = np.full(flows, _UNKNOWN, dtype=np.int8)
    basis = np.full(flows, BASES.index(Basis.NONE), dtype=np.int8)
    detail = np.full(flows, "", dtype=object)
    details = np.array(list(evidence.details) or [""], dtype=object)
    words = _word_order(details)[evidence.detail]

    notes = np.nonzero(evidence.service == 0)[0]
    notes = notes[np.argsort(words[notes], kind="stable")]  # the last one stays, and never ""
    detail[evidence.flow[notes]] = details[evidence.detail[notes]]

    order, place = _ranked(evidence, words)
    best = order[place == 0]
    winners = evidence.flow[best]
    service[winners] = evidence.service[best]
    confidence[winners] = evidence.confidence[best]
    basis[winners] = evidence.basis[best]
    detail[winners] = details[evidence.detail[best]]

    second = order[place == 1]
    rival = np.full(flows, -1, dtype=np.int64)
    rival[evidence.flow[second]] = second
    contested = np.nonzero(rival[winners] >= 0)[0]
    mine, other = best[contested], rival[winners[contested]]
    tied = (evidence.confidence[mine] == evidence.confidence[other]) & (
        evidence.preference[mine] == evidence.preference[other]
    )
    flow = winners[contested][tied]
    confidence[flow] = np.maximum(confidence[flow], _POSSIBLE)
    return Verdict(
        service, confidence, basis, detail, _alternatives(flows, evidence, order, place, ids)
    )


def unnamed(flows: pd.DataFrame) -> Array:
    """Which flows of a flow table a person still has to name.

    Those that nothing names, and those of which only IANA's registry names the port: a program
    that hides behind somebody else's registered port must stay on the worklist.
    """
    return np.asarray((flows["service"] == UNKNOWN) | (flows["basis"] == Basis.IANA_PORT.value))


def _word_order(details: Array) -> Array:
    """The place of each detail in alphabetical order, so that equal rows are told by content."""
    return np.asarray(np.unique(details.astype(str), return_inverse=True)[1].ravel())


def _ranked(evidence: Evidence, words: Array) -> tuple[Array, Array]:
    """Rows that name something, best first within each flow, each service once; and their place.

    The last keys only make the order of equal rows one that does not depend on who wrote first.
    """
    rows = np.nonzero(evidence.service > 0)[0]
    keys = (
        words[rows],
        evidence.basis[rows],
        evidence.service[rows],
        evidence.width[rows],
        evidence.preference[rows],
        evidence.confidence[rows],
        evidence.flow[rows],
    )
    rows = rows[np.lexsort(keys)]
    pair = evidence.flow[rows] * (1 << 31) + evidence.service[rows]
    _, first = np.unique(pair, return_index=True)
    rows = rows[np.sort(first)]
    flow = evidence.flow[rows]
    starts = np.nonzero(np.diff(flow, prepend=-1))[0]
    lengths = np.diff(starts, append=len(rows))
    place = np.arange(len(rows)) - np.repeat(starts, lengths)
    return rows, place


def _alternatives(
    flows: int, evidence: Evidence, order: Array, place: Array, ids: Sequence[str]
) -> Array:
    """Losers as text; each different list is written once."""
    text = np.full(flows, "", dtype=object)
    losers = (place > 0) & (place <= MAX_ALTERNATIVES)
    if not losers.any():
        return text
    rows, flow = order[losers], evidence.flow[order[losers]]
    which, compact = np.unique(flow, return_inverse=True)
    codes = np.zeros((len(which), MAX_ALTERNATIVES), dtype=np.int32)
    codes[compact, place[losers] - 1] = evidence.service[rows]
    lists, index = np.unique(codes, axis=0, return_inverse=True)
    words = [";".join(ids[code] for code in row if code) for row in lists.tolist()]
    text[which] = np.array(words, dtype=object)[index.ravel()]
    return text
