"""One flow of a notebook: its row, and why it has its name."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from classifier.explain.explain import conversation, explain
from classifier.explain.material import Material
from classifier.visible import visible

if TYPE_CHECKING:
    import pandas as pd

    from classifier.explain.explanation import Explanation
    from classifier.grounds import Explained

__all__ = ["Flow"]


class Flow(Struct, frozen=True, eq=False):
    """One flow.

    Attributes:
        analysis: The run that it is of.
        id: As in the column ``flow`` of the flow table.
    """

    analysis: Explained
    id: int

    @property
    def row(self) -> pd.Series:
        """The flow's row of the flow table."""
        return self.analysis.flow_table.frame(rows=self._rows).iloc[0]

    def explain(self) -> Explanation:
        """Why it has its name; a notebook shows it as text."""
        return explain(self.analysis, self.id)

    @property
    def _rows(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return np.nonzero(self.analysis.flow_table["flow"].data == self.id)[0][:1]

    def __repr__(self) -> str:
        """One line: id, endpoints, verdict."""
        (flow,) = Material(self.analysis, self._rows).rows
        return visible(
            f"flow {self.id}: {conversation(flow)} {flow.text('service')} "
            f"({flow.text('confidence')})"
        )

    def _repr_html_(self) -> str:
        """The same line for a notebook, escaped."""
        return f"<code>{escape(repr(self))}</code>"
