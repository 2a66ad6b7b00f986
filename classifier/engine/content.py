"""What an engine is told to look for in payloads, and what it hands back of them.

An engine knows no service. Python, which does, hands it byte patterns and ports; the engine hands
back which patterns matched which head, and the payload of the flows that were selected, in order,
with the frame and time of every piece. docs/engine.md has the exact rules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt

    from classifier.engine.contract import Heads

__all__ = [
    "HeadRows",
    "Match",
    "Matches",
    "Pattern",
    "TranscriptOptions",
    "Transcripts",
    "no_matches",
    "no_transcripts",
]


class Pattern(Struct, frozen=True):
    """A byte pattern on the head of one direction of a flow. Equal when every field is equal.

    Attributes:
        number: What is handed back, 0 to 2**32 - 1; unique among the patterns of a reading.
        expression: A regular expression over bytes, in the syntax that Python's ``re`` and Rust's
            ``regex`` share: no look-around, no back-references. ``.`` is any byte, upper and
            lower case differ unless ``(?i)`` says otherwise, and ``^`` is the first payload byte;
            without it the pattern may begin anywhere in the head.
        ip_protocol: Only for flows of this protocol; None: of any.
        head_bytes: A match makes the heads of both directions this long; 0: as they are.
        transcript: A match selects the flow for a transcript.
    """

    number: int
    expression: bytes
    ip_protocol: int | None = None
    head_bytes: int = 0
    transcript: bool = False


class TranscriptOptions(Struct, frozen=True):
    """Which flows get a transcript by port, and how much is kept.

    Attributes:
        ports: (IP protocol number, port): flows with it on either side are selected.
        flow_bytes: Payload kept of one direction of one flow.
        total_bytes: Payload kept in the whole reading.
    """

    ports: tuple[tuple[int, int], ...] = ()
    flow_bytes: int = 65_536
    total_bytes: int = 268_435_456


class HeadRows(Protocol):
    """Byte strings by row, wherever they are kept."""

    def __len__(self) -> int:
        """Rows."""
        ...

    def __getitem__(self, row: int, /) -> bytes:
        """The head of one row."""
        ...


class Matches(Struct, frozen=True):
    """Pattern numbers of rows: row i has ``numbers[offsets[i]:offsets[i+1]]``, ascending.

    Attributes:
        offsets: int64, one more than there are rows.
        numbers: uint32.
    """

    offsets: npt.NDArray[np.int64]
    numbers: npt.NDArray[np.uint32]

    def __getitem__(self, row: int) -> tuple[int, ...]:
        """The numbers of one row."""
        found = self.numbers[int(self.offsets[row]) : int(self.offsets[row + 1])]
        return tuple(found.tolist())


class Transcripts(Struct, frozen=True):
    """Payload of the selected flows of one batch, in order, piece by piece.

    Transcript i belongs to row ``row[i]`` of the batch, and has the pieces
    ``first_piece[i]:first_piece[i+1]``, in the order in which the engine could give them: of one
    direction in the order of the stream, of both by the frame that made them readable.

    Attributes:
        row: uint32, ascending.
        a_start, b_start: uint32, sequence number of position 0 (TCP), else 0.
        a_dropped, b_dropped: int64, payload bytes of the direction that were seen and not kept.
        first_piece: int64, one more than there are transcripts.
        side: uint8 a piece: 0 was sent by a, 1 by b.
        source: uint32 a piece, index of the file.
        frame: int64 a piece, number of the frame in it, from 1.
        time: int64 a piece, ns since 1970 UTC.
        position: int64 a piece, payload bytes of that direction before it. A gap tells of bytes
            that were not recorded, not kept, or never came.
        data: The bytes of the pieces. A datagram is one piece, of which the recorder may have
            kept only a part; a TCP segment is at most one.
    """

    row: npt.NDArray[np.uint32]
    a_start: npt.NDArray[np.uint32]
    b_start: npt.NDArray[np.uint32]
    a_dropped: npt.NDArray[np.int64]
    b_dropped: npt.NDArray[np.int64]
    first_piece: npt.NDArray[np.int64]
    side: npt.NDArray[np.uint8]
    source: npt.NDArray[np.uint32]
    frame: npt.NDArray[np.int64]
    time: npt.NDArray[np.int64]
    position: npt.NDArray[np.int64]
    data: Heads


class Match(Protocol):
    """Holds the patterns that it was made of against heads."""

    def __call__(self, heads: Heads, ip_protocols: npt.NDArray[np.uint8]) -> Matches:
        """The numbers of the patterns that match each head; an empty head matches nothing."""
        ...

    def sets(
        self, parts: Sequence[HeadRows], ip_protocols: npt.NDArray[np.uint8], most: int
    ) -> tuple[npt.NDArray[np.unsignedinteger[Any]], list[tuple[int, ...]]]:
        """The same for many heads, of which few differ in what matches them.

        Args:
            parts: The heads, part by part.
            ip_protocols: Of each head, over all parts.
            most: So many numbers of each head are told, the lowest ones.

        Returns:
            For each head the index of its set of numbers, and the sets; the first is empty.
        """
        ...

    def beside(self) -> Match:
        """The same patterns for another thread: a matcher has a memory that it does not share."""
        ...


def no_matches(rows: int) -> Matches:
    """That no pattern matches any of so many rows."""
    import numpy as np

    return Matches(np.zeros(rows + 1, dtype=np.int64), np.zeros(0, dtype=np.uint32))


def no_transcripts() -> Transcripts:
    """That no flow was selected."""
    import numpy as np

    from classifier.engine.contract import Heads

    def none(dtype: str, length: int = 0) -> npt.NDArray[Any]:
        return np.zeros(length, dtype=dtype)

    return Transcripts(
        row=none("u4"),
        a_start=none("u4"),
        b_start=none("u4"),
        a_dropped=none("i8"),
        b_dropped=none("i8"),
        first_piece=none("i8", 1),
        side=none("u1"),
        source=none("u4"),
        frame=none("i8"),
        time=none("i8"),
        position=none("i8"),
        data=Heads(none("i8", 1), b""),
    )
