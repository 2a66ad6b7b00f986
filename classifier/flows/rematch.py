"""Rows that were joined have other heads: what matches them, how long they are, who is selected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec.structs import replace

from classifier.engine.contract import Heads
from classifier.flows.columns import Payloads
from classifier.flows.matched import MatchParts
from classifier.flows.ragged import gather

if TYPE_CHECKING:
    import numpy.typing as npt

    from classifier.engine.content import Match, Matches
    from classifier.engine.contract import EngineOptions
    from classifier.flows.columns import Columns
    from classifier.flows.continued import ContinuedTranscripts

__all__ = ["match_again"]


def match_again(
    columns: Columns,
    rows: npt.NDArray[np.int64],
    transcripts: ContinuedTranscripts,
    options: EngineOptions,
    match: Match | None,
) -> Columns:
    """Apply the patterns to joined rows as an engine would have done.

    Args:
        columns: All rows; the heads of joined ones as long as any pattern might ask for.
        rows: Numbers of the joined rows, ascending.
        transcripts: The transcripts of all rows, the joined ones among them.
        options: The ones with which the rows were read.
        match: Holds ``options.patterns`` against heads; None where there are none.
    """
    if match is None:
        return replace(columns, transcripts=transcripts.whole(unwanted=set()))
    heads = columns.a_head.take(rows).gathered(), columns.b_head.take(rows).gathered()
    protocols = columns["ip_protocol"][rows]
    usual = np.full(len(rows), options.head_bytes, dtype=np.int64)
    # As while a head grows: what matches its beginning, on either side, raises both.
    begin = [match(_cut(head, usual), protocols) for head in heads]
    raised = {p.number: p.head_bytes for p in options.patterns}
    selecting = {p.number for p in options.patterns if p.transcript}
    found = [{*begin[0][row], *begin[1][row]} for row in range(len(rows))]
    limits = usual.copy()
    for row, numbers in enumerate(found):
        limits[row] = max((raised[number] for number in numbers), default=0)
    limits = np.maximum(limits, usual)
    unwanted = {
        row
        for row, numbers in zip(rows.tolist(), found, strict=True)
        if not numbers & selecting and not transcripts.by_port(row)
    }
    a_head, b_head = (_cut(head, limits) for head in heads)
    return replace(
        columns,
        a_head=_with(columns.a_head, rows, a_head),
        b_head=_with(columns.b_head, rows, b_head),
        a_matches=_matches(columns.a_matches, rows, match(a_head, protocols)),
        b_matches=_matches(columns.b_matches, rows, match(b_head, protocols)),
        transcripts=transcripts.whole(unwanted),
    )


def _cut(strings: Heads, limits: npt.NDArray[np.int64]) -> Heads:
    """The beginnings of byte strings, of these lengths at most."""
    lengths = np.minimum(np.diff(strings.offsets), limits)
    # Each string as two: what stays, and what goes.
    bounds = np.zeros(2 * len(limits) + 1, dtype=np.int64)
    bounds[1::2] = strings.offsets[:-1] + lengths
    bounds[2::2] = strings.offsets[1:]
    offsets, index = gather(bounds, 2 * np.arange(len(limits)))
    return Heads(offsets, np.frombuffer(strings.data, dtype=np.uint8)[index].tobytes())


def _replaced(rows: npt.NDArray[np.int64], size: int) -> npt.NDArray[np.int64]:
    """For all rows the number of the old one or, behind those, of the new one."""
    number = np.arange(size)
    number[rows] = len(number) + np.arange(len(rows))
    return number


def _with(heads: Payloads, rows: npt.NDArray[np.int64], changed: Heads) -> Payloads:
    return heads.beside(Payloads([changed])).take(_replaced(rows, len(heads)))


def _matches(matches: MatchParts, rows: npt.NDArray[np.int64], changed: Matches) -> MatchParts:
    both = MatchParts([matches.joined(), changed])
    return MatchParts([both.take(_replaced(rows, len(matches)))])
