"""From the first payload bytes of all flows to the services that they show."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from classifier import beside, compiled
from classifier.catalogue.schema import STRENGTHS, TRANSPORTS
from classifier.flows.direction import was_seen
from classifier.grouping import group
from classifier.lookup import PIECE, look_up
from classifier.payload.patterns import IP_PROTOCOLS, Patterns
from classifier.payload.reading import candidates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classifier.catalogue import Catalogue
    from classifier.flows.columns import Array
    from classifier.flows.oriented import Oriented
    from classifier.payload.reading import Candidate

__all__ = ["Recognised", "recognise"]

_MOST = 4
"""How many matching patterns of one side are looked at; entries are written to match alone."""
_PORTS = 65536
_WEAK = STRENGTHS.index("weak")
_PAIRS = 1 << 20
"""So many different pairs of sets are counted in a table; a sort would take longer."""


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
    if not len(patterns) or not len(flows):
        return np.zeros(len(flows), dtype=np.uint8), [((), ())] * bool(len(flows))
    rows = flows.unordered
    protocols = rows["ip_protocol"]
    is_large = len(flows) >= beside.MANY_FLOWS and compiled.native is not None
    match = patterns.match
    other = match.beside() if is_large else match
    (a, a_sets), (b, b_sets) = beside.both(
        partial(match.sets, rows.a_head.parts, protocols, _MOST),
        partial(other.sets, rows.b_head.parts, protocols, _MOST),
        flows=len(flows) if is_large else 0,
    )
    sets = list(dict.fromkeys((*a_sets, *b_sets)))
    place = {numbers: index for index, numbers in enumerate(sets)}
    size = np.min_scalar_type(len(sets))
    client, server = flows.sides(
        *(
            look_up(np.array([place[numbers] for numbers in own], dtype=size), code)
            for code, own in ((a, a_sets), (b, b_sets))
        )
    )
    both = client.astype(np.min_scalar_type(len(sets) ** 2))
    both *= both.dtype.type(len(sets))
    both += server
    code, which = _numbered(both, len(sets) ** 2)
    pairs = (divmod(pair, len(sets)) for pair in which.tolist())
    return code, [(sets[client], sets[server]) for client, server in pairs]


def _numbered(values: Array, limit: int) -> tuple[Array, Array]:
    """Which of the different values each is, and these values; all are below a limit."""
    if limit > _PAIRS:
        code, first = group(values)
        return code, values[first]
    count = np.zeros(limit, dtype=np.int64)
    piece = max(PIECE, limit)
    for begin in range(0, len(values), piece):  # what is counted is widened: not all at once
        count += np.bincount(values[begin : begin + piece], minlength=limit)
    which = np.flatnonzero(count)
    place = np.zeros(int(which[-1]) + 1, dtype=np.min_scalar_type(len(which)))
    place[which] = np.arange(len(which))
    return look_up(place, values), which


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
    told = np.flatnonzero(look_up(count > 0, combination))
    own = combination.take(told)
    if count.max() > 1:
        each = count.take(own)
        flow = np.repeat(told, each)
        index = np.repeat(start.take(own) - np.cumsum(each) + each, each)
        index += np.arange(len(flow))
    else:
        flow, index = told, start.take(own)

    def column(values: Sequence[int], dtype: str) -> Array:
        return np.asarray(np.array(values, dtype=dtype).take(index))

    service = column([one.service for one in flat], "i4")
    proves = column([one.proves for one in flat], "?")
    both = column([one.both for one in flat], "?")
    role = column([one.role for one in flat], "i1")
    known = was_seen(flows.rung.take(flow))
    strong = proves | both
    for reverse in (False, True):  # where nothing tells who is the server, either may be
        fits = (role <= 0) & ~known if reverse else role >= 0
        rest = np.flatnonzero(fits & ~strong)
        agrees = _port_agrees(
            flows, catalogue, flow.take(rest), service.take(rest), reverse=reverse
        )
        strong[rest[agrees]] = True
        if reverse:
            role[rest[agrees]] = -1
    wrong_way = known & (role < 0)
    role[wrong_way] = 0
    # What is weak must at least fit to who asked.
    kept = np.flatnonzero(proves | ~wrong_way)
    columns = {"flow": flow, "service": service, "strong": strong, "role": role}
    columns["pattern"] = column([one.pattern for one in flat], "i4")
    if len(kept) < len(flow):
        columns = {name: each.take(kept) for name, each in columns.items()}
    return Recognised(**columns, texts=texts)


def _port_agrees(
    flows: Oriented, catalogue: Catalogue, flow: Array, service: Array, *, reverse: bool
) -> Array:
    """Whether the catalogue gives the server's port to the service, or to one that speaks it.

    A weak claim is no agreement: two guesses are no proof. With ``reverse``, the server is the
    side that was taken for the client.
    """
    port = flows.side("port", client=reverse).take(flow)
    protocol = flows.column("ip_protocol").take(flow)
    agrees = np.zeros(len(flow), dtype=bool)
    wanted = np.flatnonzero(np.bincount(service, minlength=1))
    place = np.zeros(int(wanted.max(initial=0)) + 1, dtype=np.int64)
    place[wanted] = np.arange(len(wanted))
    speakers: dict[int, list[int]] = {code: [code] for code in wanted.tolist()}
    for speaker, spoken in catalogue.kinship.spoken.items():
        for code in spoken & speakers.keys():
            speakers[code].append(speaker)
    for transport in TRANSPORTS:
        here = np.flatnonzero(protocol == IP_PROTOCOLS[transport])
        if not len(here):
            continue
        offsets = catalogue.ports.offsets[transport]
        good = catalogue.ports.strength[transport] < _WEAK
        claimed = np.repeat(np.arange(_PORTS), np.diff(offsets))[good]
        claimants = catalogue.ports.service[transport][good]
        table = np.zeros((len(wanted), _PORTS), dtype=bool)
        for row, claiming in enumerate(speakers.values()):
            for claimant in claiming:
                table[row, claimed[claimants == claimant]] = True
        agrees[here] = table[place[service[here]], port[here]]
    return agrees
