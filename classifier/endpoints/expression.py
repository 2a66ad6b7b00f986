"""Regular expressions that are compiled when they are first used.

Protocols are imported before a capture is read, whether or not it holds anything for them, and to
compile an expression takes longer than to import a module.
"""

from __future__ import annotations

import re
from functools import cache

__all__ = ["expression"]


@cache
def expression(text: bytes) -> re.Pattern[bytes]:
    """The compiled form; flags stand in the text."""
    return re.compile(text)
