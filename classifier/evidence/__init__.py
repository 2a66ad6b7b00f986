"""Reasons to believe: each source is one file here, and yields rows about flows.

A row says what service a flow may be, how sure that alone would make us, and where it was seen.
:mod:`classifier.verdict` weighs the rows; no source knows of another.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

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
from classifier.evidence.refine import refine
from classifier.evidence.rows import BASES, CONFIDENCES, Context, Evidence

if TYPE_CHECKING:
    from collections.abc import Callable

    from classifier.flows.oriented import Flows

__all__ = ["BASES", "CONFIDENCES", "SOURCES", "Context", "Evidence", "collect"]

SOURCES: tuple[Callable[[Flows, Context], list[Evidence]], ...] = (
    # Strongest kinds first.
    identified.evidence,
    announced.evidence,
    learned.evidence,
    remembered.evidence,
    payload.evidence,
    ip_protocol.evidence,
    fixed_port.evidence,
    dynamic_band.evidence,
    host_role.evidence,
    iana_port.evidence,
)
"""Every source, in the order in which ``explain`` shows them. The verdict does not depend on it."""


def collect(flows: Flows, context: Context) -> Evidence:
    """All evidence about all flows, in one table."""
    jobs = [partial(source, flows, context) for source in SOURCES]
    found = side_by_side(jobs, flows=len(flows))
    parts = [part for some in found for part in some]
    if not parts:
        parts = [Evidence.none()]
    details: list[str] = []
    shifted = []
    for part in parts:
        shifted.append(part.detail + len(details))
        details.extend(part.details)
    together = Evidence(
        flow=np.concatenate([part.flow for part in parts]),
        service=np.concatenate([part.service for part in parts]),
        confidence=np.concatenate([part.confidence for part in parts]),
        preference=np.concatenate([part.preference for part in parts]),
        width=np.concatenate([part.width for part in parts]),
        basis=np.concatenate([part.basis for part in parts]),
        frame=np.concatenate([part.frame for part in parts]),
        detail=np.concatenate(shifted),
        details=details,
    )
    return refine(together, context.catalogue)
