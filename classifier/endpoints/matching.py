"""Which flows use the endpoints that were handed out. Pure; vectorised over flows.

An announcement matches in both time directions: a recording may hold the answer of the endpoint
mapper behind the flow that it explains. What was told to the flow's own client, and last before the
flow began, explains it best.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from msgspec import Struct, field

from classifier.distinct import among
from classifier.endpoints.index import PROTOCOLS, FlowIndex, address_numbers
from classifier.grouping import group

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from classifier.endpoints.announcement import Announcement
    from classifier.flows.columns import Array
    from classifier.flows.oriented import Oriented

__all__ = ["MOST_CLAIMS", "Claim", "Matches", "claims", "match"]

MOST_CLAIMS = 48
"""Different things that are believed of one endpoint: real servers hand out fewer."""

EARLY = 10 * 1_000_000_000
"""ns that a flow may lie before its announcement, if that has a lifetime: recorders on two taps
are not in step."""
_SECOND = 1_000_000_000

_Endpoint = tuple[str, str, int, bool]


class Claim(Struct):
    """One thing that was said of one endpoint, as often as it was said.

    Attributes:
        first: The announcement that said it first.
        times: ns of each time that it was said.
        frames: The frame of each.
        flows: The control flow of each (row).
    """

    first: Announcement
    times: list[int] = field(default_factory=list)
    frames: list[int] = field(default_factory=list)
    flows: list[int] = field(default_factory=list)

    @property
    def is_about_another(self) -> bool:
        """Whether a host spoke of a third one: less is believed."""
        return self.first.host != self.first.speaker


class Matches(Struct, frozen=True, eq=False):
    """Flows that use announced endpoints: one row for a flow and a claim.

    Attributes:
        flow: int64, row of the flow.
        claim: int32, index into ``claims``.
        frame: int64, where it was said: the last time before the flow began, else the first time.
        rank: int16, how well it fits: 0 was the last thing that this client was told before it
            began the flow, 1 was told to it, 2 was told to somebody else.
        at_client: bool, whether the announced endpoint is the flow's client, as it stands.
        claims: What was said.
    """

    flow: Array
    claim: Array
    frame: Array
    rank: Array
    at_client: Array
    claims: Sequence[Claim]

    def __len__(self) -> int:
        """Rows."""
        return len(self.flow)


def claims(announcements: Iterable[Announcement]) -> list[Claim]:
    """Put together what was said several times; what is too much of one endpoint is left out."""
    found: dict[tuple[object, ...], Claim] = {}
    count: dict[_Endpoint, int] = {}
    for one in announcements:
        endpoint = _endpoint(one)
        key = (endpoint, one.service, one.interface, one.detail, one.peer, one.lifetime,
               one.host == one.speaker)  # fmt: skip
        claim = found.get(key)
        if claim is None:
            if count.get(endpoint, 0) >= MOST_CLAIMS:
                continue
            count[endpoint] = count.get(endpoint, 0) + 1
            claim = found[key] = Claim(one)
        claim.times.append(one.place.time)
        claim.frames.append(one.place.frame)
        claim.flows.append(one.place.flow)
    return list(found.values())


def match(flows: Oriented, all_claims: Sequence[Claim]) -> Matches:
    """Find the flows that use announced endpoints.

    Args:
        flows: With the direction as it stands; an endpoint is looked for on both sides.
        all_claims: What was said, see :func:`claims`.
    """
    spoken_of = {text for claim in all_claims for text in (claim.first.host, claim.first.peer)}
    numbers = address_numbers(flows, spoken_of)
    index = FlowIndex(flows)
    parts: list[_Part] = []
    for number, claim in enumerate(all_claims):
        host = numbers.get(claim.first.host)
        if host is None:
            continue
        protocol = PROTOCOLS.get(claim.first.transport, -1)
        for at_client in (False, True):
            rows = index.rows(host, claim.first.port, protocol, client=at_client)
            # Most questions to all are asked from a port of their own: nothing else is there.
            is_alone = len(rows) == 1 and int(rows[0]) == claim.flows[0]
            if len(rows) and not is_alone:
                parts.append(_fitting(flows, numbers, (number, claim), rows, at_client=at_client))
    whole = _Part.joined(parts)
    flow, time, told = whole.flow, whole.time, whole.told
    before = time <= flows.column("first_seen")[flow]
    code, first = group(flow)
    last = np.full(len(first), np.iinfo(np.int64).min)
    np.maximum.at(last, code[told & before], time[told & before])
    rank = np.where(told & before & (time == last[code]), 0, np.where(told, 1, 2))
    return Matches(
        flow, whole.claim, whole.frame, rank.astype(np.int16), whole.at_client, all_claims
    )


class _Part(NamedTuple):
    """The flows that one claim fits, and for each of them when it was said, and whether to it."""

    flow: Array
    claim: Array
    frame: Array
    time: Array
    told: Array
    at_client: Array

    @classmethod
    def joined(cls, parts: Sequence[_Part]) -> _Part:
        """All of them."""
        none = np.zeros(0, dtype=np.int64)
        nothing = cls(none, none, none, none, none.astype(bool), none.astype(bool))
        return cls(*(np.concatenate(columns) for columns in zip(nothing, *parts, strict=True)))


def _endpoint(one: Announcement) -> _Endpoint:
    return one.transport, one.host, one.port, one.host_is_client


def _fitting(
    flows: Oriented,
    numbers: dict[str, int],
    one: tuple[int, Claim],
    rows: Array,
    *,
    at_client: bool,
) -> _Part:
    """Of the flows at an endpoint those that a claim fits."""
    number, claim = one
    first = claim.first
    other = flows.server[rows] if at_client else flows.client[rows]
    begun, ended = flows.column("first_seen")[rows], flows.column("last_seen")[rows]
    order = np.argsort(claim.times, kind="stable")
    times = np.array(claim.times, dtype=np.int64)[order]
    frames = np.array(claim.frames, dtype=np.int64)[order]
    said_in = np.array(claim.flows, dtype=np.int64)[order]
    # The last time before the flow began, else the first time.
    place = np.maximum(np.searchsorted(times, begun, side="right") - 1, 0)
    fits = ~among(rows, said_in)  # a control flow is not its own data
    if first.host_is_client:
        # Whoever answers speaks first on a flow of its own. Else all questions of a scanner from
        # one port would be named by one of them.
        asker_spoke_first = flows.first_is_client[rows] == at_client
        fits &= ~asker_spoke_first
    if first.peer:
        fits &= other == numbers.get(first.peer, -1)
    if first.lifetime:
        fits &= begun <= times[place] + first.lifetime * _SECOND
        fits &= ended >= times[place] - EARLY
    # Who was told: either side of the control flow, whichever is taken for its client.
    told = among(other, flows.client[said_in]) | among(other, flows.server[said_in])
    for host in set(other[told].tolist()) if len(times) > 1 else ():
        mine = np.nonzero((flows.client[said_in] == host) | (flows.server[said_in] == host))[0]
        here = told & (other == host)
        nearest = np.searchsorted(times[mine], begun[here], side="right") - 1
        place[here] = mine[np.maximum(nearest, 0)]
    rows, place, told = rows[fits], place[fits], told[fits]
    return _Part(
        rows,
        np.full(len(rows), number, dtype=np.int32),
        frames[place],
        times[place],
        told,
        np.full(len(rows), at_client),
    )
