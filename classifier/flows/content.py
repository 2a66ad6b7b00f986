"""Matches and transcripts of rows that are put together or taken out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from classifier.engine.content import Matches, Transcripts, no_matches, no_transcripts
from classifier.flows.ragged import gather, join_bytes, join_offsets, take_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

__all__ = [
    "choose_matches",
    "join_matches",
    "join_transcripts",
    "pick_transcripts",
    "take_matches",
    "take_transcripts",
]

_OF_A_FLOW = ("a_start", "b_start", "a_dropped", "b_dropped")
_OF_A_PIECE = ("side", "source", "frame", "time", "position")


def join_matches(parts: Sequence[Matches]) -> Matches:
    """The matches of all rows of all parts."""
    if not parts:
        return no_matches(0)
    return Matches(
        join_offsets([part.offsets for part in parts]),
        np.concatenate([part.numbers for part in parts]),
    )


def take_matches(matches: Matches, order: npt.NDArray[np.int64]) -> Matches:
    """The matches of the rows with these numbers, in this order."""
    if not len(matches.numbers):
        return no_matches(len(order))
    offsets, index = gather(matches.offsets, order)
    return Matches(offsets, matches.numbers[index])


def choose_matches(a: Matches, b: Matches, of_a: npt.NDArray[np.bool_]) -> Matches:
    """For each row the matches of a or of b."""
    rows = np.arange(len(of_a))
    return take_matches(join_matches([a, b]), np.where(of_a, rows, rows + len(of_a)))


def join_transcripts(parts: Sequence[tuple[int, Transcripts]]) -> Transcripts:
    """The transcripts of all parts, each with how many rows its part has."""
    filled, before = [], 0
    for rows, part in parts:
        if len(part.row):
            filled.append((before, part))
        before += rows
    if not filled:
        return no_transcripts()
    columns = {
        name: np.concatenate([getattr(part, name) for _, part in filled])
        for name in (*_OF_A_FLOW, *_OF_A_PIECE)
    }
    return Transcripts(
        row=np.concatenate([part.row + np.uint32(before) for before, part in filled]),
        first_piece=join_offsets([part.first_piece for _, part in filled]),
        data=join_bytes([part.data for _, part in filled]),
        **columns,
    )


def take_transcripts(
    transcripts: Transcripts, order: npt.NDArray[np.int64], rows: int
) -> Transcripts:
    """The transcripts of the rows with these numbers, in this order.

    Args:
        transcripts: Of all rows.
        order: Numbers of the rows that are wanted.
        rows: How many rows there are.
    """
    if not len(transcripts.row):
        return transcripts
    of_row = np.full(rows, -1, dtype=np.int64)
    of_row[transcripts.row] = np.arange(len(transcripts.row))
    wanted = of_row[order]
    row = np.nonzero(wanted >= 0)[0]
    return pick_transcripts(transcripts, wanted[row], row)


def pick_transcripts(
    transcripts: Transcripts, wanted: npt.NDArray[np.int64], row: npt.NDArray[np.integer[Any]]
) -> Transcripts:
    """Some transcripts.

    Args:
        transcripts: All of them.
        wanted: Numbers of transcripts, not of rows.
        row: The row of each of them, ascending.
    """
    first_piece, pieces = gather(transcripts.first_piece, wanted)
    columns = {name: getattr(transcripts, name)[wanted] for name in _OF_A_FLOW}
    columns |= {name: getattr(transcripts, name)[pieces] for name in _OF_A_PIECE}
    return Transcripts(
        row=row.astype(np.uint32),
        first_piece=first_piece,
        data=take_bytes(transcripts.data, pieces),
        **columns,
    )
