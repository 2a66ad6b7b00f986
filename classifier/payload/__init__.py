"""Stage 4's look into the flows: which service the first payload bytes of each side show.

The patterns are data (``signatures/payload/``); an engine's matcher holds them against heads, and
:func:`recognise` joins what the two sides of a flow say.
"""

from __future__ import annotations

from classifier.payload.patterns import Patterns
from classifier.payload.recognise import Recognised, recognise
from classifier.payload.roles import settle

__all__ = ["Patterns", "Recognised", "recognise", "settle"]
