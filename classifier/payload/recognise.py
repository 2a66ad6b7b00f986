"""From the first payload bytes of all flows to the services that they show."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from classifier import compiled
from classifier.beside import both
from classifier.catalogue.schema import STRENGTHS, TRANSPORTS
from classifier.flows.direction import RUNGS
from classifier.grouping import group
from classifier.model import KNOWN_DIRECTION
from classifier.payload.patterns import IP_PROTOCOLS, Patterns
from classifier.payload.reading import candidates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classifier.catalogue import Catalogue
    from classifier.engine.content import Match, Matches
    from classifier.flows.columns import Array
    from classifier.flows.oriented import Oriented
    from classifier.payload.reading import Candidate

__all__ = ["Recognised", "recognise"]

_MOST = 4
"""How many matching patterns of one side are looked at; entries are written to match alone."""
_PORTS = 65536
_WEAK = STRENGTHS.index("weak")
_WORTH_A_THREAD = 20_000
"""Flows from which on each side has a thread: a second matcher costs 25 ms."""
_AT_A_TIME = 1 << 14
"""Flows whose heads are copied out at a time: 4 MB a side at most. Each time costs milliseconds,
because the offsets of all flows in the engine are copied too."""


class Recognised(Struct, frozen=True, eq=False):
    """What payload shows, one row a flow and service. All arrays have one length.

    Attributes:
        flow: int64, row number of the flow, ascending.
        service: int32, code in the catalogue.
        pattern: int32, index into ``texts``: what was seen, in words.
        strong: bool, whether it is proved: by a strong pattern, by hints that match on both
            sides, or by any pattern on a port of the service. The other rows prove nothing.
        role: int8, +1 where the side that was taken for the client speaks as one; -1 where the
            server does so, and the direction was only inferred: then the two are to be swapped;
            0 where the bytes do not tell, or where the direction was seen.
        texts: What the patterns show.
    """

    flow: Array
    service: Array
    pattern: Array
    strong: Array
    role: Array
    texts: Sequence[str]

    def __len__(self) -> int:
        """Rows."""
        return len(self.flow)


def recognise(
    flows: Oriented, catalogue: Catalogue, patterns: Patterns | None = None
) -> Recognised:
    """Hold the catalogue's patterns against the first bytes of both sides of every flow.

    Args:
        flows: Before their rows were let go of.
        catalogue: Has the patterns.
        patterns: Those of the catalogue, where they were compiled before.

    Raises:
        EngineError: The patterns are too large together.
    """
    patterns = patterns or Patterns(catalogue)
    texts = [entry.shows for entry in patterns.entries]
    combination, which = _combinations(flows, patterns)
    kinship = catalogue.kinship
    said = [candidates(client, server, patterns, kinship) for client, server in which]
    return _rows(flows, catalogue, combination, said, texts)


def _combinations(
    flows: Oriented, patterns: Patterns
) -> tuple[Array, list[tuple[tuple[int, ...], tuple[int, ...]]]]:
    """For each flow the number of its combination of matches, and what each of them is.

    Flows are many, combinations are few: only these are looked at one by one.
    """
    empty = np.zeros((len(flows), 2 * _MOST), dtype=np.int32)
    if not len(patterns) or not len(flows):
        return np.zeros(len(flows), dtype=np.int64), [((), ())] * bool(len(flows))
    numbers = empty
    used = [1, 1]
    protocols = flows.column("ip_protocol")

    def side(match: Match, rows: Array, *, is_client: bool) -> int:
        found = match(flows.heads(rows, client=is_client), protocols[rows])
        place = 0 if is_client else _MOST
        return _spread(found, numbers[rows[0] : rows[-1] + 1, place:])

    is_large = len(flows) >= _WORTH_A_THREAD and compiled.native is not None
    beside = patterns.match_beside if is_large else patterns.match
    for begin in range(0, len(flows), _AT_A_TIME):
        rows = np.arange(begin, min(begin + _AT_A_TIME, len(flows)))
        own = partial(side, patterns.match, rows, is_client=True)
        others = partial(side, beside, rows, is_client=False)
        most = both(own, others, flows=len(flows) if is_large else 0)
        used = [max(pair) for pair in zip(used, most, strict=True)]
    columns = [
        numbers[:, place * _MOST + n] for place in (0, 1) for n in range(min(used[place], _MOST))
    ]
    code, first = group(*columns)
    which = []
    for row in numbers[first].tolist():
        client, server = (
            tuple(number - 1 for number in side if number) for side in (row[:_MOST], row[_MOST:])
        )
        which.append((client, server))
    return code, which


def _spread(matches: Matches, into: Array) -> int:
    """Write the pattern numbers, from 1, of each row into its columns; the most that one has."""
    count = np.diff(matches.offsets)
    most = int(count.max(initial=0))
    for n in range(min(most, _MOST)):
        rows = np.flatnonzero(count > n)
        into[rows, n] = matches.numbers[matches.offsets[:-1][rows] + n] + 1
    return most


def _rows(
    flows: Oriented,
    catalogue: Catalogue,
    combination: Array,
    said: Sequence[Sequence[Candidate]],
    texts: Sequence[str],
) -> Recognised:
    """What was said of each combination, for each flow that has it."""
    flat = [one for some in said for one in some]
    count = np.array([len(some) for some in said] or [0])
    start = np.cumsum(count) - count
    each = count[combination] if len(combination) else count[:0]
    flow = np.repeat(np.arange(len(flows)), each)
    within = np.arange(len(flow)) - np.repeat(np.cumsum(each) - each, each)
    index = np.repeat(start[combination], each) + within if len(flow) else within

    def column(values: Sequence[int], dtype: str) -> Array:
        return np.asarray(np.array(values, dtype=dtype)[index])

    service = column([one.service for one in flat], "i4")
    proves = column([one.proves for one in flat], "?")
    both = column([one.both for one in flat], "?")
    role = column([one.role for one in flat], "i1")
    known = np.array([basis in KNOWN_DIRECTION for basis, _ in RUNGS])[flows.rung[flow]]
    strong = proves | both
    for reverse in (False, True):  # where nothing tells who is the server, either may be
        fits = (role <= 0) & ~known if reverse else role >= 0
        rest = np.flatnonzero(fits & ~strong)
        agrees = _port_agrees(flows, catalogue, flow[rest], service[rest], reverse=reverse)
        strong[rest[agrees]] = True
        if reverse:
            role[rest[agrees]] = -1
    wrong_way = known & (role < 0)
    kept = proves | ~wrong_way  # what is weak must at least fit to who asked
    role[wrong_way] = 0
    return Recognised(
        flow=flow[kept],
        service=service[kept],
        pattern=column([one.pattern for one in flat], "i4")[kept],
        strong=strong[kept],
        role=role[kept],
        texts=texts,
    )


def _port_agrees(
    flows: Oriented, catalogue: Catalogue, flow: Array, service: Array, *, reverse: bool
) -> Array:
    """Whether the catalogue gives the server's port to the service, or to one that speaks it.

    A weak claim is no agreement: two guesses are no proof. With ``reverse``, the server is the
    side that was taken for the client.
    """
    port = flows.side("port", client=reverse)[flow]
    protocol = flows.column("ip_protocol")[flow]
    agrees = np.zeros(len(flow), dtype=bool)
    wanted, place = np.unique(service, return_inverse=True)
    speaks = catalogue.kinship.spoken
    for transport in TRANSPORTS:
        here = np.flatnonzero(protocol == IP_PROTOCOLS[transport])
        if not len(here):
            continue
        offsets = catalogue.ports.offsets[transport]
        good = catalogue.ports.strength[transport] < _WEAK
        claimed = np.repeat(np.arange(_PORTS), np.diff(offsets))[good]
        claimants = catalogue.ports.service[transport][good]
        table = np.zeros((len(wanted), _PORTS), dtype=bool)
        for row, code in enumerate(wanted.tolist()):
            for claimant in (code, *(other for other in speaks if code in speaks[other])):
                table[row, claimed[claimants == claimant]] = True
        agrees[here] = table[place[here], port[here]]
    return agrees
