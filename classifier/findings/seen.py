"""Everything that a finding may look at, in one hand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from classifier.model import FINDING_FLOWS
from classifier.policy import attempted

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    from classifier.catalogue import Catalogue
    from classifier.engine.contract import Health
    from classifier.policy.zones import Zone

__all__ = ["Seen", "flow_ids", "total_bytes"]


@dataclass(frozen=True)
class Seen:
    """The results of a run, as :func:`classifier.findings.collect` is given them.

    Attributes:
        flows: Columns as in :data:`classifier.model.FLOW_COLUMNS`.
        heads: First payload bytes, columns ``client_head`` and ``server_head``, by flow id.
        violations: Columns as in :data:`classifier.policy.VIOLATION_COLUMNS`.
        health: Where every frame went.
        catalogue: The knowledge that named the flows.
        internet: The addresses that are not one's own.
    """

    flows: pd.DataFrame
    heads: pd.DataFrame
    violations: pd.DataFrame
    health: Health
    catalogue: Catalogue
    internet: Zone

    @cached_property
    def attempted(self) -> npt.NDArray[np.bool_]:
        """For each flow, whether it is a TCP connection that was only tried."""
        return attempted(self.flows)

    @cached_property
    def all_bytes(self) -> int:
        """IP bytes of all flows, both directions."""
        return total_bytes(self.flows)


def total_bytes(flows: pd.DataFrame) -> int:
    """IP bytes of flows, both directions."""
    return int(flows["client_bytes"].sum() + flows["server_bytes"].sum())


def flow_ids(flows: Iterable[int]) -> tuple[int, ...]:
    """The first flow ids, as many as a finding lists."""
    return tuple(int(flow) for flow, _ in zip(flows, range(FINDING_FLOWS), strict=False))
