"""The server's port in the catalogue. The client's port is no evidence: it is taken at random.

How sure a port makes us depends on the claim and on the direction. A direction that was seen
(SYN, SYN-ACK …) earns what the claim is worth; one that was inferred earns a step less, and no
more than possible if the server itself takes its source ports from there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier.evidence.rows import BASES, CONFIDENCES, Evidence
from classifier.flows.chosen import Chosen
from classifier.flows.direction import WIDE_RANGE, was_seen
from classifier.hosts.bands import is_client_band
from classifier.model import Basis, Confidence

if TYPE_CHECKING:
    from classifier.catalogue import PortTable
    from classifier.evidence.rows import Context
    from classifier.flows.columns import Array
    from classifier.flows.oriented import Flows

__all__ = ["EARNED", "evidence", "is_random"]

_TRANSPORTS = {"tcp": 6, "udp": 17, "sctp": 132}

EARNED = {
    # strength of the claim -> with a direction that was seen, and one that was inferred
    0: (Confidence.ASSIGNED, Confidence.LIKELY),  # primary
    1: (Confidence.LIKELY, Confidence.POSSIBLE),  # secondary: true, but another use is as good
    2: (Confidence.POSSIBLE, Confidence.POSSIBLE),  # weak: a hint
}
_WIDE = Confidence.POSSIBLE
_RANDOM = Confidence.POSSIBLE


def evidence(flows: Flows, context: Context) -> list[Evidence]:
    """One row for each claim of a service on the server port of each flow."""
    parts = []
    known = was_seen(flows.rung)
    server_port = flows.side("port", client=False)
    random = is_random(flows, known, context)
    for transport, number in _TRANSPORTS.items():
        rows = np.nonzero(flows.column("ip_protocol") == number)[0]
        if len(rows):
            claims = _claims(context.catalogue.ports, transport, rows, server_port[rows])
            parts.append(_table(context.catalogue.ports, transport, *claims, known, random))
    return parts


def is_random(flows: Flows, known: Array, context: Context) -> Array:
    """Whether the server's port may have been taken at random: the server may be the client.

    Args:
        flows: Of the recording.
        known: Whether it was seen who asked.
        context: Has the ranges from which hosts take source ports.
    """
    random = np.zeros(len(flows), dtype=bool)
    if context.host_bands is not None:
        rows = np.flatnonzero(~known.view(bool))
        random[rows] = is_client_band(Chosen(flows, rows), context.host_bands)
    return random


def _claims(ports: PortTable, transport: str, rows: Array, port: Array) -> tuple[Array, Array]:
    """Row of the flow and index of the claim, for every claim on every flow's port."""
    offsets = ports.offsets[transport]
    first = offsets[port]
    count = offsets[port.astype(np.int64) + 1] - first
    flow = np.repeat(rows, count)
    starts = np.cumsum(count) - count
    within = np.arange(len(flow)) - np.repeat(starts, count)
    return flow, np.repeat(first, count) + within


def _table(
    ports: PortTable, transport: str, flow: Array, claim: Array, known: Array, random: Array
) -> Evidence:
    strength = ports.strength[transport][claim]
    wide = ports.width[transport][claim] > WIDE_RANGE
    earned = np.array(
        [[CONFIDENCES.index(word) for word in EARNED[level]] for level in sorted(EARNED)]
    )
    confidence = earned[strength, np.where(known[flow], 0, 1)]
    confidence = np.where(wide, np.maximum(confidence, CONFIDENCES.index(_WIDE)), confidence)
    # The side taken for the server takes source ports there: it may as well be the client.
    confidence = np.where(
        random[flow], np.maximum(confidence, CONFIDENCES.index(_RANDOM)), confidence
    )
    fixed = np.where(known[flow], BASES.index(Basis.PORT), BASES.index(Basis.PORT_INFERRED))
    basis = np.where(wide, BASES.index(Basis.PORT_RANGE), fixed)
    return Evidence.make(
        flow,
        ports.service[transport][claim],
        confidence,
        basis,
        preference=strength + len(EARNED) * wide,  # no range ever beats a fixed entry
        width=ports.width[transport][claim],
    )
