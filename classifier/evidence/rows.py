"""The form of evidence: columns, one row for a reason to believe something about a flow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct, field

from classifier.endpoints.listen import Heard
from classifier.model import Basis, Confidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classifier.catalogue import Catalogue
    from classifier.endpoints.learned import Learned
    from classifier.endpoints.matching import Matches
    from classifier.flows.columns import Array
    from classifier.hosts.bands import HostBands
    from classifier.payload import Recognised
    from classifier.table import Table

__all__ = ["BASES", "CONFIDENCES", "Context", "Evidence"]

CONFIDENCES: tuple[Confidence, ...] = tuple(Confidence)
"""Confidence by its number in ``Evidence.confidence``; 0 is the surest."""

BASES: tuple[Basis, ...] = tuple(Basis)
"""Basis by its number in ``Evidence.basis``."""


class Context(Struct, frozen=True):
    """What the sources know besides the flows.

    Attributes:
        catalogue: The knowledge.
        rpc_bands: Sets of (lowest, highest) port that RPC servers hand out; the first set is the
            usual one, the others are of servers for which the policy names a range.
        rpc_set: int, which of these sets holds for the server of each flow; None: the first.
        heard: What control traffic and the readers of payloads said.
        announced: The flows that use announced endpoints.
        learned: What other flows of the recording, or earlier recordings, tell of endpoints.
        remembered: The saved flow table that is named again; None: a recording is read.
        recognised: What the first payload bytes show; None where they are not known.
        host_bands: The range from which each host takes source ports; None: not known.
    """

    catalogue: Catalogue
    rpc_bands: tuple[tuple[tuple[int, int], ...], ...]
    rpc_set: Array | None = None
    heard: Heard = field(default_factory=Heard)
    announced: Matches | None = None
    learned: Sequence[Learned] = ()
    remembered: Table | None = None
    recognised: Recognised | None = None
    host_bands: HostBands | None = None


class Evidence(Struct, frozen=True, eq=False):
    """Rows of evidence. All arrays have one length.

    Attributes:
        flow: int64, row number of the flow; where there are kinds, number of the kind.
        service: int32, code in the catalogue; 0 names nothing and only leaves a note.
        confidence: int8, number in :data:`CONFIDENCES` that this alone would earn.
        preference: int16, smaller wins among rows of one confidence.
        width: int32, ports of the claim; among equals the narrower claim is shown first.
        basis: int8, number in :data:`BASES`.
        frame: int64, the frame that shows it; 0 is the flow's own first frame.
        detail: int32, index into ``details``.
        details: The specific thing, in words.
        kind: int32, for each flow the number that stands for it in ``flow``: flows of which the
            same is believed share one. None: each has its own, its row number.
    """

    flow: Array
    service: Array
    confidence: Array
    preference: Array
    width: Array
    basis: Array
    frame: Array
    detail: Array
    details: Sequence[str]
    kind: Array | None = None

    @classmethod
    def make(
        cls,
        flow: Array,
        service: Array | int,
        confidence: Array | Confidence,
        basis: Array | Basis,
        *,
        preference: Array | int = 0,
        width: Array | int = 1,
        frame: Array | int = 0,
        detail: Array | int = 0,
        details: Sequence[str] = ("",),
    ) -> Evidence:
        """Make a table; a scalar stands for the same value in every row."""
        rows = len(flow)
        if isinstance(confidence, Confidence):
            confidence = np.array(CONFIDENCES.index(confidence))
        if isinstance(basis, Basis):
            basis = np.array(BASES.index(basis))

        def column(value: Array | int, dtype: str) -> Array:
            return np.broadcast_to(np.asarray(value, dtype=dtype), (rows,))

        return cls(
            flow=np.asarray(flow, dtype=np.int64),
            service=column(service, "int32"),
            confidence=column(confidence, "int8"),
            preference=column(preference, "int16"),
            width=column(width, "int32"),
            basis=column(basis, "int8"),
            frame=column(frame, "int64"),
            detail=column(detail, "int32"),
            details=details,
        )

    @classmethod
    def none(cls) -> Evidence:
        """A table without rows."""
        return cls.make(np.zeros(0, dtype=np.int64), 0, Confidence.UNKNOWN, Basis.NONE)
