"""The names in TLS ClientHellos (RFC 8446 4.1.2, RFC 6066 3), as far as their bytes were kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from classifier.engine.contract import Heads
    from classifier.flows.columns import Array

__all__ = ["server_names"]

_HANDSHAKE, _TLS, _CLIENT_HELLO = 22, 3, 1
_RANDOM_END = 43
"""Record header (5), handshake header (4), version (2) and random (32) stand before."""
_SERVER_NAME = 0
_MOST_EXTENSIONS = 64


def server_names(heads: Heads) -> dict[int, str]:
    """The host names that clients ask for.

    Args:
        heads: First payload bytes of flows; all of them are read side by side.

    Returns:
        The name by row, ascending, of those rows that have one which was not cut off.
    """
    data = np.frombuffer(heads.data, dtype=np.uint8)
    begin, end = heads.offsets[:-1], heads.offsets[1:]
    rows = np.flatnonzero(end - begin >= _RANDOM_END)
    at, end = begin[rows], end[rows]
    hello = (data[at] == _HANDSHAKE) & (data[at + 1] == _TLS) & (data[at + 5] == _CLIENT_HELLO)
    rows, at, end = rows[hello], at[hello] + _RANDOM_END, end[hello]
    for size in (1, 2, 1):  # session id, cipher suites, compression methods
        rows, at, end = _with_room(rows, at, end, size)
        at = at + size + _number(data, at, size)
    at = at + 2
    found: dict[int, str] = {}
    for _ in range(_MOST_EXTENSIONS):
        rows, at, end = _with_room(rows, at, end, 4)
        if not len(rows):
            break
        kind, length = _number(data, at, 2), _number(data, at + 2, 2)
        at = at + 4
        here = kind == _SERVER_NAME
        ends = np.minimum(at + length, end)[here]
        for row, low, high in zip(
            rows[here].tolist(), at[here].tolist(), ends.tolist(), strict=True
        ):
            found[row] = _name(data[low:high].tobytes())
        rows, at, end = rows[~here], (at + length)[~here], end[~here]
    return {row: found[row] for row in sorted(found) if found[row]}


def _with_room(rows: Array, at: Array, end: Array, size: int) -> tuple[Array, Array, Array]:
    """Those rows of which so many bytes were kept from there on."""
    room = at + size <= end
    return rows[room], at[room], end[room]


def _number(data: Array, at: Array, size: int) -> Array:
    """Numbers of one or two bytes."""
    high = data[at].astype(np.int64)
    return high if size == 1 else high << 8 | data[at + 1]


def _name(data: bytes) -> str:
    """The first name of a list, if it is a host's (type 0) and whole."""
    length = int.from_bytes(data[3:5])
    if len(data) < 5 or data[2] or not length or 5 + length > len(data):  # noqa: PLR2004
        return ""
    return data[5 : 5 + length].decode("ascii", "backslashreplace")
