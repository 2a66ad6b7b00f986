"""Reasons to believe: each source is one file here, and yields rows about flows.

A row says what service a flow may be, how sure that alone would make us, and where it was seen.
:mod:`classifier.verdict` weighs the rows; no source knows of another.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from msgspec.structs import replace

from classifier.beside import side_by_side
from classifier.evidence import (
    announced,
    dynamic_band,
    fixed_port,
    host_role,
    iana_port,
    identified,
    ip_protocol,
    learned,
    payload,
    remembered,
)
from classifier.evidence.kinds import kinds
from classifier.evidence.refine import refine
from classifier.evidence.rows import BASES, CONFIDENCES, Context, Evidence

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from classifier.flows.columns import Array
    from classifier.flows.oriented import Flows

    Source = Callable[[Flows, Context], list[Evidence]]

__all__ = ["BASES", "CONFIDENCES", "OF_FLOWS", "OF_KINDS", "Context", "Evidence", "collect"]

OF_FLOWS: tuple[Source, ...] = (
    # What was said in a flow, or what it has to do with others. Strongest first.
    identified.evidence,
    announced.evidence,
    learned.evidence,
    remembered.evidence,
    dynamic_band.evidence,
    host_role.evidence,
)
OF_KINDS: tuple[Source, ...] = (
    # What holds of every flow that looks the same: see :mod:`classifier.evidence.kinds`.
    payload.evidence,
    ip_protocol.evidence,
    fixed_port.evidence,
    dynamic_band.notes,
    iana_port.evidence,
)
"""Every source stands in one of both. The verdict does not depend on their order."""


def collect(flows: Flows, context: Context) -> Evidence:
    """All evidence about all flows, in one table."""
    jobs = [partial(source, flows, context) for source in OF_FLOWS]
    parts = [part for some in side_by_side(jobs, flows=len(flows)) for part in some]
    alone = np.zeros(len(flows), dtype=bool)
    for part in parts:
        alone[part.flow] = True
    found = kinds(flows, context, np.flatnonzero(alone))
    parts = [replace(part, flow=found.of[part.flow]) for part in parts]
    parts += [part for source in OF_KINDS for part in source(found.flows, found.context)]
    return refine(_joined(parts, found.of), context.catalogue)


def _joined(parts: Sequence[Evidence], kind: Array) -> Evidence:
    """Rows of evidence about kinds in one table."""
    parts = [Evidence.none(), *parts]
    details: list[str] = []
    shifted = []
    for part in parts:
        shifted.append(part.detail + len(details))
        details.extend(part.details)
    return Evidence(
        flow=np.concatenate([part.flow for part in parts]),
        service=np.concatenate([part.service for part in parts]),
        confidence=np.concatenate([part.confidence for part in parts]),
        preference=np.concatenate([part.preference for part in parts]),
        width=np.concatenate([part.width for part in parts]),
        basis=np.concatenate([part.basis for part in parts]),
        frame=np.concatenate([part.frame for part in parts]),
        detail=np.concatenate(shifted),
        details=details,
        kind=kind,
    )
