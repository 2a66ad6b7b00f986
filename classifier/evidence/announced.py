"""Endpoints that control traffic of this recording handed out.

The last thing that the flow's own client was told before it began the flow names it. Where several
interfaces fit equally well, because one port serves them all, the flow is RPC and the detail has
the set. What a host says of a third one is believed less: nobody checked it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier.evidence.interfaces import FAMILY, is_machinery, service_of, title_of
from classifier.evidence.rows import CONFIDENCES, Evidence
from classifier.grouping import group
from classifier.model import Basis, Confidence

if TYPE_CHECKING:
    from classifier.endpoints.matching import Claim, Matches
    from classifier.evidence.rows import Context
    from classifier.flows.columns import Array
    from classifier.flows.oriented import Flows

__all__ = ["evidence"]

_STEP = 2
"""Between the preferences of ranks: a set of equal claims stands one before them."""
_MACHINERY_BEHIND = 8
_SHOWN = 6


def evidence(_flows: Flows, context: Context) -> list[Evidence]:
    """A row for every flow and every claim on the endpoint that it uses."""
    matches = context.announced
    if matches is None or not len(matches):
        return []
    codes = _codes(matches, context)
    confidence = np.array(
        [CONFIDENCES.index(Confidence.LIKELY if claim.is_about_another else Confidence.ANNOUNCED)
         for claim in matches.claims], dtype=np.int8,
    )  # fmt: skip
    behind = np.array(
        [_MACHINERY_BEHIND * is_machinery(claim.first.interface) for claim in matches.claims]
    )
    names = codes[matches.claim] > 0
    preference = matches.rank * _STEP + 1 + behind[matches.claim]
    detail, first = group(matches.claim.astype(np.int32), matches.frame)
    details = [
        _words(matches.claims[claim], frame, context)
        for claim, frame in zip(
            matches.claim[first].tolist(), matches.frame[first].tolist(), strict=True
        )
    ]
    rows = Evidence.make(
        matches.flow,
        codes[matches.claim],
        np.where(names, confidence[matches.claim], CONFIDENCES.index(Confidence.UNKNOWN)),
        Basis.ANNOUNCEMENT,
        preference=preference,
        frame=matches.frame,
        detail=detail,
        details=details,
    )
    return [rows, *_sets(rows, matches, context)]


def _codes(matches: Matches, context: Context) -> Array:
    """The service of each claim; 0 where it only hands out a port."""
    return np.array(
        [
            service_of(claim.first.interface, claim.first.service, context.catalogue)
            for claim in matches.claims
        ],
        dtype=np.int32,
    )


def _words(claim: Claim, frame: int, context: Context) -> str:
    """Such as ``IWbemServices, handed out in frame 25``."""
    first = claim.first
    title = title_of(first.interface, context.catalogue) if first.interface else ""
    what = ", ".join(part for part in (title, first.detail) if part) or first.service
    by = f" by {first.speaker} for another host" if claim.is_about_another else ""
    return f"{what}, handed out in frame {frame}{by}"


def _sets(rows: Evidence, matches: Matches, context: Context) -> list[Evidence]:
    """For flows whose best claims are several interfaces: a row that it is RPC, with the set."""
    is_rpc = np.array([bool(claim.first.interface) for claim in matches.claims])
    best = np.full(int(rows.flow.max()) + 1, np.iinfo(np.int32).max, dtype=np.int64)
    weight = rows.confidence.astype(np.int64) * 1000 + rows.preference
    named = rows.service > 0
    np.minimum.at(best, rows.flow[named], weight[named])
    top = np.nonzero(named & (weight == best[rows.flow]))[0]
    flow, count = np.unique(rows.flow[top], return_counts=True)
    wanted: dict[int, list[int]] = {int(row): [] for row in flow[count > 1]}
    for row in top.tolist():
        if int(rows.flow[row]) in wanted:
            wanted[int(rows.flow[row])].append(row)
    made = []
    details = [""]
    known: dict[tuple[tuple[int, int], ...], int] = {}
    family = context.catalogue.codes.get(FAMILY, 0)
    for number, own in wanted.items():
        said = tuple(dict.fromkeys((int(matches.claim[row]), int(rows.frame[row])) for row in own))
        several = len({int(rows.service[row]) for row in own}) > 1
        if not several or not all(is_rpc[claim] for claim, _ in said):
            continue
        if said not in known:
            known[said] = len(details)
            titles = [title_of(matches.claims[claim].first.interface, context.catalogue)
                      for claim, _ in said]  # fmt: skip
            more = f" +{len(titles) - _SHOWN}" if len(titles) > _SHOWN else ""
            frames = min(frame for _, frame in said)
            details.append(
                f"one of {', '.join(titles[:_SHOWN])}{more}: all on this port, handed out in "
                f"frame {frames}"
            )
        place = own[0]
        made.append((number, int(rows.confidence[place]), int(rows.preference[place]) - 1,
                     int(rows.frame[place]), known[said]))  # fmt: skip
    if not made:
        return []
    flow_of, confidence, preference, frame, detail = np.array(made, dtype=np.int64).T
    return [
        Evidence.make(
            flow_of, family, confidence, Basis.ANNOUNCEMENT,
            preference=preference, frame=frame, detail=detail, details=details,
        )
    ]  # fmt: skip
