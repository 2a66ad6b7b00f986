"""Why a flow has its name: the evidence with its frames, the losers, the sources, where to look.

Python a flow: made for the one that is asked for, or for the few that a report shows.
"""

from __future__ import annotations

from classifier.explain.choose import choose
from classifier.explain.explain import explain, explain_rows
from classifier.explain.explanation import Explanation, Reason, Source
from classifier.explain.flow import Flow

__all__ = [
    "Explanation",
    "Flow",
    "Reason",
    "Source",
    "choose",
    "explain",
    "explain_rows",
]
