"""Everything that a finding may look at, in one hand."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct

from classifier.lookup import PIECE
from classifier.model import FINDING_FLOWS
from classifier.policy import attempted

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from classifier.catalogue import Catalogue
    from classifier.engine.contract import Health
    from classifier.flows.unnamed import UnnamedHeads
    from classifier.policy.zones import Zone
    from classifier.table import Array, Table, Values

__all__ = ["Seen", "number_of", "text_of"]


class Seen(Struct, frozen=True, dict=True):
    """The results of a run, as :func:`classifier.findings.collect` is given them.

    Attributes:
        flows: Columns as in :data:`classifier.model.FLOW_COLUMNS`.
        heads: First payload bytes of the flows that nothing names.
        violations: Columns as in :data:`classifier.policy.VIOLATION_COLUMNS`.
        health: Where every frame went.
        catalogue: The knowledge that named the flows.
        internet: The addresses that are not one's own.
    """

    flows: Table
    heads: UnnamedHeads
    violations: Table
    health: Health
    catalogue: Catalogue
    internet: Zone

    @cached_property
    def attempted(self) -> npt.NDArray[np.bool_]:
        """For each flow, whether it is a TCP connection that was only tried."""
        return attempted(self.flows)

    @cached_property
    def bytes(self) -> Array:
        """IP bytes of each flow, both directions."""
        return self.flows["client_bytes"].data + self.flows["server_bytes"].data

    @cached_property
    def all_bytes(self) -> int:
        """IP bytes of all flows, both directions."""
        return int(self.bytes.sum())

    def total_bytes(self, rows: Array) -> int:
        """IP bytes of some flows, both directions."""
        pieces = (rows[begin : begin + PIECE] for begin in range(0, len(rows), PIECE))
        return sum(int(self.bytes.take(piece).sum()) for piece in pieces)

    def flow_ids(self, rows: Array) -> tuple[int, ...]:
        """The first ids of some flows, as many as a finding lists."""
        return tuple(self.flows["flow"].data[rows[:FINDING_FLOWS]].tolist())

    def address(self, side: str, row: int) -> str:
        """The address of the client or the server of a flow."""
        return text_of(self.flows[f"{side}_ip"], row)

    def port(self, row: int) -> int | None:
        """The server's port of a flow, None where there are no ports."""
        return number_of(self.flows["server_port"], row)


def text_of(values: Values, row: int) -> str:
    """The text of one row."""
    assert values.labels is not None
    return str(values.labels[values.data[row]])


def number_of(values: Values, row: int) -> int | None:
    """The number of one row, None where it is null."""
    if values.missing is not None and values.missing[row]:
        return None
    return int(values.data[row])
