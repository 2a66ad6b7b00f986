"""Where frames went, counted into a health, with a bound on what strangers can make us remember."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from classifier.engine.contract import Health

__all__ = ["MOST_NUMBERED", "OTHER", "Tally"]

MOST_NUMBERED = 1_000
"""Details without a name that are told apart of one outcome. Real captures have a handful."""

OTHER = "other"
"""The detail of the frames beyond them."""

_NUMBERED = ("EtherType 0x", "PPP 0x", "address family ", "LINKTYPE_", "Wireshark's encapsulation ")
"""How details begin that are a number out of the frame: there can be as many as frames."""


class Tally:
    """Counts frames by outcome. Everything with a name has a counter of its own."""

    def __init__(self, health: Health) -> None:
        self._health = health
        self._numbered: Counter[str] = Counter()

    def add(self, outcome: str, detail: str, source: int, frame: int, frames: int = 1) -> None:
        """Count frames; they must come in the order of the recording.

        Args:
            outcome: One of ``contract.OUTCOMES``.
            detail: See there.
            source: Index of the file that holds the first of them.
            frame: Its number.
            frames: How many.
        """
        health = self._health
        key = outcome, detail
        if detail.startswith(_NUMBERED) and key not in health.outcomes:
            if self._numbered[outcome] == MOST_NUMBERED:
                key = outcome, OTHER
            else:
                self._numbered[outcome] += 1
        health.outcomes[key] += frames
        health.first_frames.setdefault(key, (source, frame))
