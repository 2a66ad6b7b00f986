"""First payload bytes of the flows that nothing names: what a person has to go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from classifier.engine.contract import Heads

if TYPE_CHECKING:
    import pandas as pd

    from classifier.flows.columns import Array

__all__ = ["UnnamedHeads"]


class UnnamedHeads(Struct, frozen=True, eq=False):
    """Heads by flow.

    Attributes:
        flow: int64, flow ids, ascending.
        client: First payload bytes from the client, one row a flow.
        server: The same from the server.
    """

    flow: Array
    client: Heads
    server: Heads

    @classmethod
    def none(cls, _rows: Array) -> UnnamedHeads:
        """No heads at all, of whichever flows."""
        empty = Heads(np.zeros(1, dtype=np.int64), b"")
        return cls(np.zeros(0, dtype=np.int64), empty, empty)

    def __len__(self) -> int:
        """Flows."""
        return len(self.flow)

    def of_flow(self, flow: int) -> tuple[bytes, bytes]:
        """Heads of client and server of one flow; empty where they were not kept."""
        row = int(np.searchsorted(self.flow, flow))
        if row == len(self.flow) or self.flow[row] != flow:
            return b"", b""
        return self.client[row], self.server[row]

    def lengths(self, *, client: bool) -> Array:
        """How many bytes every head of one side has."""
        return np.diff((self.client if client else self.server).offsets)

    def begins(self, rows: Array, size: int, *, client: bool) -> tuple[Array, Array]:
        """The first bytes of some heads of one side.

        Args:
            rows: Which, by number.
            size: How many bytes at most.
            client: Whose.

        Returns:
            uint8, ``size`` a row, filled up with 0; and how many of them are there.
        """
        heads = self.client if client else self.server
        begin = heads.offsets[rows]
        length = np.minimum(heads.offsets[rows + 1] - begin, size)
        data = np.frombuffer(heads.data, dtype=np.uint8)
        padded = np.concatenate([data, np.zeros(size, dtype=np.uint8)])
        result = np.lib.stride_tricks.sliding_window_view(padded, size)[begin]
        result *= np.tri(size + 1, size, -1, dtype=np.uint8)[length]  # nothing of the next head
        return result, length

    def frame(self) -> pd.DataFrame:
        """Columns ``client_head`` and ``server_head`` (bytes), indexed by flow id."""
        import pandas as pd

        rows = range(len(self))
        return pd.DataFrame(
            {
                "client_head": [self.client[row] for row in rows],
                "server_head": [self.server[row] for row in rows],
            },
            index=pd.Index(self.flow, name="flow", dtype="int64"),
            dtype="object",
        )

    @classmethod
    def of(cls, frame: pd.DataFrame) -> UnnamedHeads:
        """The heads that a DataFrame such as :meth:`frame` makes holds; what is no bytes is none.

        Args:
            frame: Has the columns ``client_head`` and ``server_head``.
        """
        order = np.argsort(frame.index.to_numpy(), kind="stable")

        def heads(name: str) -> Heads:
            texts = [bytes(text) if isinstance(text, bytes) else b"" for text in frame[name]]
            texts = [texts[row] for row in order.tolist()]
            ends = np.cumsum([0, *map(len, texts)], dtype=np.int64)
            return Heads(ends, b"".join(texts))

        flow = frame.index.to_numpy(dtype=np.int64)[order]
        return cls(flow, heads("client_head"), heads("server_head"))
