"""The verdict: from evidence to one service a flow, how sure, and why. Pure and vectorised.

The surest row wins; among equally sure rows the smaller preference; if two services are still
equal, the flow is only ``possible`` and both are shown. Unknown is a value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from classifier.evidence.rows import BASES, CONFIDENCES
from classifier.grouping import group, order
from classifier.lookup import look_up
from classifier.model import UNKNOWN, Basis, Confidence
from classifier.table import Values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classifier.evidence.rows import Evidence
    from classifier.flows.columns import Array
    from classifier.table import Table

__all__ = ["MAX_ALTERNATIVES", "Verdict", "decide", "unnamed"]

MAX_ALTERNATIVES = 8
"""How many losing candidates a flow lists."""

_UNKNOWN = CONFIDENCES.index(Confidence.UNKNOWN)
_POSSIBLE = CONFIDENCES.index(Confidence.POSSIBLE)


class Verdict(Struct, frozen=True, eq=False):
    """One row a flow.

    Attributes:
        service: int32, code in the catalogue, 0 is unknown.
        confidence: int8, number in ``CONFIDENCES``.
        basis: int8, number in ``BASES``.
        detail: The specific thing, as text.
        alternatives: Losing candidates, best first, ``;`` between, as text.
        named: int32, every code of ``service`` at least once; None: the same.
    """

    service: Array
    confidence: Array
    basis: Array
    detail: Values
    alternatives: Values
    named: Array | None = None

    def columns(self, ids: Sequence[str]) -> dict[str, Values]:
        """The verdict's columns of the flow table.

        Args:
            ids: Service ids by code.
        """
        used = np.flatnonzero(np.bincount(self.service if self.named is None else self.named))
        codes = np.zeros(len(ids), dtype=np.int32)
        codes[used] = np.arange(len(used))
        return {
            "service": Values(look_up(codes, self.service), [ids[code] for code in used.tolist()]),
            "confidence": Values(self.confidence, [word.value for word in CONFIDENCES]),
            "basis": Values(self.basis, [word.value for word in BASES]),
            "detail": self.detail,
            "alternatives": self.alternatives,
        }


def decide(flows: int, evidence: Evidence, ids: Sequence[str]) -> Verdict:
    """Weigh the evidence.

    Args:
        flows: How many flows there are.
        evidence: Rows about them.
        ids: Service ids by code, for the alternatives.
    """
    kind = evidence.kind
    if kind is None:
        return _decided(flows, evidence, ids)
    each = _decided(int(kind.max(initial=-1)) + 1, evidence, ids)
    return Verdict(
        look_up(each.service, kind),
        look_up(each.confidence, kind),
        look_up(each.basis, kind),
        Values(look_up(each.detail.data, kind), each.detail.labels),
        Values(look_up(each.alternatives.data, kind), each.alternatives.labels),
        each.service,
    )


def _decided(flows: int, evidence: Evidence, ids: Sequence[str]) -> Verdict:
    """The verdict on each number that stands in ``evidence.flow``."""
    service = np.zeros(flows, dtype=np.int32)
    confidence = np.full(flows, _UNKNOWN, dtype=np.int8)
    basis = np.full(flows, BASES.index(Basis.NONE), dtype=np.int8)
    details, words = _distinct(evidence)
    detail = np.zeros(flows, dtype=np.int32)

    notes = np.nonzero(evidence.service == 0)[0]
    notes = notes[np.argsort(words[notes], kind="stable")]  # the last one stays, and never ""
    detail[evidence.flow[notes]] = words[notes]

    order, place = _ranked(evidence, words)
    best = order[place == 0]
    winners = evidence.flow[best]
    service[winners] = evidence.service[best]
    confidence[winners] = evidence.confidence[best]
    basis[winners] = evidence.basis[best]
    detail[winners] = words[best]

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
    alternatives = _alternatives(flows, evidence, order, place, ids)
    return Verdict(service, confidence, basis, Values(detail, details), alternatives)


def unnamed(flows: Table) -> Array:
    """Which flows of a flow table a person still has to name.

    Those that nothing names, and those of which only IANA's registry names the port: a program
    that hides behind somebody else's registered port must stay on the worklist.
    """
    nobodys = flows["service"].is_label(UNKNOWN)
    return np.asarray(nobodys | flows["basis"].is_label(Basis.IANA_PORT.value))


def _distinct(evidence: Evidence) -> tuple[list[str], Array]:
    """The different details in alphabetical order, and for each row the number of its own.

    The order tells equal rows apart by content, whoever wrote first; number 0 is no detail.
    """
    details = sorted({"", *evidence.details})
    number = {detail: place for place, detail in enumerate(details)}
    own = np.array([number[detail] for detail in evidence.details] or [0], dtype=np.int32)
    return details, own[evidence.detail]


def _ranked(evidence: Evidence, words: Array) -> tuple[Array, Array]:
    """Rows that name something, best first within each flow, each service once; and their place.

    The last keys only make the order of equal rows one that does not depend on who wrote first.
    """
    rows = np.nonzero(evidence.service > 0)[0]
    columns = [
        column[rows]
        for column in (
            words,
            evidence.basis,
            evidence.service,
            evidence.width,
            evidence.preference,
            evidence.confidence,
        )
    ]
    # Rows are many, different ones few: only these are sorted by all keys.
    code, first = group(*columns)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.lexsort([column[first] for column in columns])] = np.arange(len(first))
    rows = rows[order(evidence.flow[rows], rank[code])]
    flow = evidence.flow[rows]
    # Where a flow has several rows, one may name the service of another.
    same = flow[1:] == flow[:-1]
    several = np.flatnonzero(np.append(same, False) | np.append(False, same))
    again = np.ones(len(several), dtype=bool)
    again[group(flow[several], evidence.service[rows[several]])[1]] = False
    kept = np.ones(len(rows), dtype=bool)
    kept[several[again]] = False
    rows, flow = rows[kept], flow[kept]
    begins = np.diff(flow, prepend=-1) > 0
    place = np.arange(len(rows)) - np.flatnonzero(begins)[np.cumsum(begins) - 1]
    return rows, place


def _alternatives(
    flows: int, evidence: Evidence, order: Array, place: Array, ids: Sequence[str]
) -> Values:
    """Losers as text; each different list is written once."""
    losers = (place > 0) & (place <= MAX_ALTERNATIVES)
    rows = order[losers]
    flow = evidence.flow[rows]  # ascending
    starts = np.diff(flow, prepend=-1) > 0
    lists = np.zeros((int(starts.sum()), MAX_ALTERNATIVES), dtype=np.int32)
    lists[np.cumsum(starts) - 1, place[losers] - 1] = evidence.service[rows]
    number, first = group(lists)
    texts = [";".join(ids[code] for code in row if code) for row in lists[first].tolist()]
    codes = np.zeros(flows, dtype=np.int32)
    codes[flow[starts]] = number + 1
    return Values(codes, ["", *texts])
