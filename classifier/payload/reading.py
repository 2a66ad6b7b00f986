"""What the matches of both sides of one flow say together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from classifier.catalogue.kinship import Kinship
    from classifier.payload.patterns import Patterns

__all__ = ["Candidate", "candidates"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A service that the first bytes of a flow may show.

    Attributes:
        service: Its code.
        pattern: Number of the pattern that is shown to people.
        proves: Whether a strong pattern is among those that match.
        both: Whether patterns match both sides that prove together.
        role: +1 where the side taken for the client speaks as one, or the server as one; -1 where
            it is the other way round; 0 where nothing or both is so.
    """

    service: int
    pattern: int
    proves: bool
    both: bool
    role: int


@dataclass(slots=True)
class _Found:
    """The patterns of one service that match, by the side that was taken for client or server."""

    client: list[int]
    server: list[int]

    @property
    def sides(self) -> tuple[list[int], list[int]]:
        return self.client, self.server


def candidates(
    client: Sequence[int], server: Sequence[int], patterns: Patterns, kinship: Kinship
) -> list[Candidate]:
    """What a flow can be, given the numbers of the patterns that match each side.

    A service that only carries another one of them is left out, and so is what weak patterns say
    where a strong one says something else.
    """
    found: dict[int, _Found] = {}
    for number in client:
        found.setdefault(patterns.service[number], _Found([], [])).client.append(number)
    for number in server:
        found.setdefault(patterns.service[number], _Found([], [])).server.append(number)
    all_ = [_candidate(service, one, patterns) for service, one in found.items()]
    proved = [one.service for one in all_ if one.proves]
    carriers = {above for service in proved for above in kinship.above(service)}
    kept = [one for one in all_ if one.service not in carriers]
    return [one for one in kept if one.proves or not proved]


def _candidate(service: int, found: _Found, patterns: Patterns) -> Candidate:
    roles = set(_roles(found, patterns))
    entries = patterns.entries
    shown = min(
        (*found.client, *found.server),
        key=lambda number: (entries[number].strength != "strong", number in found.server, number),
    )
    together = [[n for n in side if entries[n].strength != "weak"] for side in found.sides]
    return Candidate(
        service,
        shown,
        proves=entries[shown].strength == "strong",
        both=all(together) and len(roles) < 2,  # noqa: PLR2004
        role=roles.pop() if len(roles) == 1 else 0,
    )


def _roles(found: _Found, patterns: Patterns) -> Iterator[int]:
    """Which of the two sides speaks as client: +1 the one that was taken for it, -1 the other."""
    for numbers, own, other in (
        (found.client, "client", "server"),
        (found.server, "server", "client"),
    ):
        for number in numbers:
            side = patterns.entries[number].side
            if side == own:
                yield 1
            elif side == other:
                yield -1
