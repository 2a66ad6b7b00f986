"""What the matches of both sides of one flow say together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classifier.catalogue.kinship import Kinship
    from classifier.catalogue.schema import Payload
    from classifier.payload.patterns import Patterns

__all__ = ["Candidate", "candidates"]


class Candidate(Struct, frozen=True):
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


class _Found(Struct):
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
    all_ = []
    for service, one in found.items():
        key = service, *one.client, -1, *one.server
        if key not in patterns.candidates:  # what matches differs, but less so of one service
            patterns.candidates[key] = _candidate(service, one, patterns)
        all_.append(patterns.candidates[key])
    proved = [one.service for one in all_ if one.proves]
    carriers = {above for service in proved for above in kinship.above(service)}
    kept = [one for one in all_ if one.service not in carriers]
    return [one for one in kept if one.proves or not proved]


def _candidate(service: int, found: _Found, patterns: Patterns) -> Candidate:
    entries = patterns.entries
    shown = min(
        (*found.client, *found.server),
        key=lambda number: (
            entries[number].strength != "strong",
            number in found.server,
            -len(entries[number].pattern),  # the longer one says more
            number,
        ),
    )
    every = _Fit.of(*([entries[n] for n in side] for side in found.sides))
    firm = _Fit.of(
        *([entries[n] for n in side if entries[n].strength != "weak"] for side in found.sides)
    )
    return Candidate(
        service,
        shown,
        proves=entries[shown].strength == "strong",
        both=firm.as_taken or firm.reverse,
        role=every.role,
    )


class _Fit(Struct, frozen=True):
    """Whether both sides fit, with the client as it was taken or the other way round."""

    as_taken: bool
    reverse: bool
    role: int

    @classmethod
    def of(cls, client: Sequence[Payload], server: Sequence[Payload]) -> _Fit:
        """What the patterns that match each side say about who is who."""
        speaks, answers = ({entry.side for entry in side} for side in (client, server))
        as_taken = bool(speaks - {"server"}) and bool(answers - {"client"})
        reverse = bool(speaks - {"client"}) and bool(answers - {"server"})
        plus = "client" in speaks or "server" in answers
        minus = "server" in speaks or "client" in answers
        if as_taken != reverse:  # two sides tell more than one
            plus, minus = plus and as_taken, minus and reverse
        return cls(as_taken, reverse, int(plus) - int(minus))
