"""One piece of a transcript. Nothing here needs numpy: the readers of protocols start with it."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Piece"]


class Piece(NamedTuple):
    """Payload of one frame: a message, or what a TCP segment adds to the stream.

    Attributes:
        client: Whether the client sent it.
        frame: Number of the frame in its file, from 1.
        source: Index of the file.
        time: ns since 1970 UTC.
        position: Payload bytes of that side before it; a gap tells of bytes that are missing.
        data: At least one byte.
    """

    client: bool
    frame: int
    source: int
    time: int
    position: int
    data: bytes
