"""The catalogue's patterns in the form that an engine's matcher takes."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from classifier import engine
from classifier.engine.content import Pattern

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classifier.catalogue import Catalogue
    from classifier.catalogue.schema import Payload
    from classifier.engine.content import Match
    from classifier.payload.reading import Candidate

__all__ = ["Patterns"]

IP_PROTOCOLS = {"tcp": 6, "udp": 17, "sctp": 132}


class Patterns:
    """Every payload entry, once for each of its transports; the place is the pattern's number.

    Attributes:
        entries: The entry of each number.
        service: Its service's code.
        candidates: What was made of matches of one service before, by them.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._numbered = [
            (payload, IP_PROTOCOLS[transport])
            for payload in catalogue.payloads
            for transport in payload.transport
        ]
        self.entries: Sequence[Payload] = [payload for payload, _ in self._numbered]
        self.candidates: dict[tuple[int, ...], Candidate] = {}
        codes = catalogue.codes
        self.service: Sequence[int] = [codes[payload.service] for payload in self.entries]

    def __len__(self) -> int:
        """How many numbers there are."""
        return len(self.entries)

    @cached_property
    def match(self) -> Match:
        """Holds them against heads. The catalogue has checked their syntax.

        Raises:
            EngineError: All together they are too large.
        """
        return engine.matcher(
            [
                Pattern(number, payload.pattern.encode(), ip_protocol)
                for number, (payload, ip_protocol) in enumerate(self._numbered)
            ],
            checked=True,
        )
