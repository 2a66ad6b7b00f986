"""Which service speaks another one's protocol, and which only rides on it.

``https-alternates`` speaks ``https``, which is encrypted: a TLS handshake on one of its ports is
all that its traffic can ever show, so it proves the entry. ``elasticsearch`` rides on ``http``: an
HTTP request on its port is what one expects, but it shows no more than HTTP.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from classifier.catalogue.schema import Service

__all__ = ["ENCRYPTED", "Kinship", "kin"]

ENCRYPTED = ("tls", "dtls", "quic")
"""What an entry or a port with the flag ``tls`` speaks."""


class Kinship(Struct, frozen=True):
    """Relations between services, by code, over any number of steps.

    Attributes:
        spoken: The services whose protocol a service speaks, itself not among them.
        carried_by: The services that a service rides on, and those that they are; not ``spoken``.
        encrypted: Those of :data:`ENCRYPTED`: to share one of them makes nobody kin.
    """

    spoken: Mapping[int, frozenset[int]] = field(default_factory=dict)
    carried_by: Mapping[int, frozenset[int]] = field(default_factory=dict)
    encrypted: frozenset[int] = frozenset()

    def above(self, code: int) -> frozenset[int]:
        """Everything that a service speaks or rides on."""
        return self.spoken.get(code, frozenset()) | self.carried_by.get(code, frozenset())

    def akin(self, one: int, other: int) -> bool:
        """Whether the two are equal, or one speaks or rides on the other, or on what it speaks."""
        ours, theirs = self.above(one) | {one}, self.above(other) | {other}
        if one in theirs or other in ours:
            return True
        spoken = self.spoken.get(one, frozenset()), self.spoken.get(other, frozenset())
        return bool(((spoken[0] & theirs) | (spoken[1] & ours)) - self.encrypted)

    @classmethod
    def of(cls, rows: Sequence[tuple[int, int, bool]], codes: Mapping[str, int]) -> Kinship:
        """From rows of service, what it speaks or rides on, and whether it speaks it.

        Args:
            rows: As :func:`kin` makes them.
            codes: Of the services by id.
        """
        spoken: dict[int, set[int]] = {}
        carried: dict[int, set[int]] = {}
        for code, other, speaks in rows:
            (spoken if speaks else carried).setdefault(code, set()).add(other)
        return cls(
            {code: frozenset(others) for code, others in spoken.items()},
            {code: frozenset(others) for code, others in carried.items()},
            frozenset(codes[name] for name in ENCRYPTED if name in codes),
        )


def kin(services: Sequence[Service]) -> list[tuple[int, int, bool]]:
    """The rows that :meth:`Kinship.of` takes, of services whose index is their code."""
    codes = {service.id: code for code, service in enumerate(services)}
    speaks: dict[int, list[int]] = {}
    rides: dict[int, list[int]] = {}
    for code, service in enumerate(services):
        encrypted = "tls" in service.flags and service.id not in ENCRYPTED
        spoken = [*service.speaks, *(ENCRYPTED if encrypted else ())]
        speaks[code] = [codes[name] for name in spoken if name in codes]
        rides[code] = [codes[name] for name in service.rides_on if name in codes]
    return [row for code in speaks for row in _closed(code, speaks, rides)]


def _closed(
    code: int, speaks: Mapping[int, Sequence[int]], rides: Mapping[int, Sequence[int]]
) -> Iterator[tuple[int, int, bool]]:
    """What can be reached from one service: by speaking alone, or by riding somewhere."""
    if not speaks[code] and not rides[code]:
        return
    reached: dict[int, bool] = {}
    waiting = [(code, True)]
    while waiting:
        here, spoken = waiting.pop()
        if reached.get(here) or (here in reached and not spoken):
            continue
        reached[here] = spoken
        waiting.extend((other, spoken) for other in speaks[here])
        waiting.extend((other, False) for other in rides[here])
    yield from ((code, other, spoken) for other, spoken in reached.items() if other != code)
