"""Partial rows of one flow, joined into the row that one reader would have made.

Rows come from several files or workers, or from a live table that had to evict. The join is a
fold in time order over the rows of one key, because only what came before tells whether a
connection was closed and which sequence numbers it had. Putting two sets of rows together is
concatenation, which is associative; the fold is done once, at the end.

A row without packets is word of a flow that its reader did not know: an ICMP error. It goes to the
row before it, if that flow was not over yet, and into nothing if there is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec.structs import replace

from classifier import engine
from classifier.engine.contract import (
    EVENT_FIN,
    EVENT_ISN,
    EVENT_RST,
    EVENT_SEQ,
    EVENT_SYN,
    EVENT_SYN_ACK,
    Heads,
)
from classifier.flows.columns import Payloads
from classifier.flows.continued import ContinuedTranscripts
from classifier.flows.joined import Joined
from classifier.flows.rematch import match_again
from classifier.grouping import group

if TYPE_CHECKING:
    from classifier.engine.content import Match
    from classifier.engine.contract import EngineOptions, Timeouts
    from classifier.flows.columns import Array, Columns

__all__ = ["join"]

_KEY = (
    "a_address", "b_address", "ip_version", "ip_protocol", "has_ports", "a_port", "b_port",
    "icmp_type", "icmp_code", "key_id", "vlan", "outer_vlan", "tunnel",
)  # fmt: skip
_SUMS = ("packets", "bytes", "payload")
_TCP, _UDP, _ICMP, _ICMP6 = 6, 17, 1, 58
_MASK, _HALF = 0xFFFF_FFFF, 0x8000_0000


def join(columns: Columns, options: EngineOptions, match: Match | None = None) -> Columns:
    """Join rows that belong to one flow; rows that are flows of their own stay.

    Args:
        columns: Rows from any number of readers of parts of one recording.
        options: The ones with which the rows were read.
        match: Holds ``options.patterns`` against heads; None: the fastest that runs here.

    Raises:
        EngineError: A pattern cannot be used.
    """
    groups = _same_key(columns)
    gone = columns["a_packets"] + columns["b_packets"] == 0
    if not groups:
        return columns.take(np.nonzero(~gone)[0]) if gone.any() else columns
    if options.patterns and match is None:
        match = engine.matcher(options.patterns, checked=options.patterns_checked)
    data = {name: column.copy() for name, column in columns.data.items()}
    heads = {"a": _Pieces(columns.a_head), "b": _Pieces(columns.b_head)}
    transcripts = ContinuedTranscripts(columns, options.transcripts)
    longest = max((p.head_bytes for p in options.patterns), default=0)
    joined = set()
    for rows in groups:
        ordered = rows[np.lexsort((columns["first_frame"][rows], columns["first_seen"][rows]))]
        kept = -1
        for row in ordered.tolist():
            if kept >= 0 and _continues(data, kept, row, options.timeouts):
                if gone[row]:
                    _absorb_errors(data, kept, row)
                else:
                    transcripts.absorb(data, kept, row)
                    _absorb(data, heads, kept, row, max(longest, options.head_bytes))
                    gone[row] = True
                    joined.add(kept)
            elif not gone[row]:
                kept = row
    sides = {f"{side}_head": pieces.whole() for side, pieces in heads.items()}
    whole = replace(columns, data=Joined.of(data), **sides)
    if joined:
        rows = np.array(sorted(joined), dtype=np.int64)
        whole = match_again(whole, rows, transcripts, options, match)
    return whole.take(np.nonzero(~gone)[0])


def _same_key(columns: Columns) -> list[Array]:
    """Row numbers of each key that stands in more than one row."""
    if not len(columns):
        return []
    codes, first = group(*(columns[name] for name in _KEY))
    counts = np.bincount(codes, minlength=len(first))
    several = np.nonzero(counts[codes] > 1)[0]
    if not len(several):
        return []
    by_code = several[np.argsort(codes[several], kind="stable")]
    cuts = np.nonzero(np.diff(codes[by_code]))[0] + 1
    return list(np.split(by_code, cuts))


class _Pieces:
    """Heads with some rows replaced.

    Attributes:
        begins: Sequence number of the first head byte of rows that others were joined to.
    """

    def __init__(self, heads: Payloads) -> None:
        self._heads = heads
        self._changed: dict[int, bytes] = {}
        self.begins: dict[int, int] = {}

    def __getitem__(self, row: int) -> bytes:
        return self._changed[row] if row in self._changed else self._heads[row]

    def __setitem__(self, row: int, head: bytes) -> None:
        self._changed[row] = head

    def whole(self) -> Payloads:
        """All heads, the replaced ones among them."""
        if not self._changed:
            return self._heads
        pieces = [self[row] for row in range(len(self._heads))]
        offsets = np.zeros(len(pieces) + 1, dtype=np.int64)
        np.cumsum([len(piece) for piece in pieces], out=offsets[1:])
        return Payloads([Heads(offsets, b"".join(pieces))])


def _closed(data: dict[str, Array], row: int) -> bool:
    a, b = int(data["a_events"][row]), int(data["b_events"][row])
    if (a | b) & EVENT_RST:
        return True
    if not (a | b) & EVENT_FIN:
        return False
    return all(
        events & EVENT_FIN or not data[f"{side}_packets"][row]
        for side, events in (("a", a), ("b", b))
    )


def _continues(data: dict[str, Array], kept: int, row: int, timeouts: Timeouts) -> bool:
    """Whether ``row`` is the same conversation as ``kept``, which came before it."""
    protocol = int(data["ip_protocol"][kept])
    closed = protocol == _TCP and _closed(data, kept)
    seconds = {_TCP: timeouts.tcp, _UDP: timeouts.udp, _ICMP: timeouts.icmp, _ICMP6: timeouts.icmp}
    limit = timeouts.closed if closed else seconds.get(protocol, timeouts.other)
    first_seen = int(data["first_seen"][row])
    if first_seen - int(data["last_seen"][kept]) > int(limit * 1e9):
        return False
    if timeouts.active and first_seen - int(data["first_seen"][kept]) > int(timeouts.active * 1e9):
        return False
    return protocol != _TCP or not _is_reuse(data, kept, row, closed=closed)


def _is_reuse(  # noqa: PLR0911  one return a case, as in the engine
    data: dict[str, Array], kept: int, row: int, *, closed: bool
) -> bool:
    """Whether ``row`` opens a new connection on the key; the engine's rule, on rows.

    A row that begins with a SYN or SYN-ACK is known by the events of its first sender: a SYN
    that comes later in a row would have begun a row of its own.
    """
    side, other = ("a", "b") if data["first_sender"][row] == 0 else ("b", "a")
    events = int(data[f"{side}_events"][row])
    if not events & (EVENT_SYN | EVENT_SYN_ACK):
        return False
    known, others = int(data[f"{side}_events"][kept]), int(data[f"{other}_events"][kept])
    isn = int(data[f"{side}_isn"][row])
    if not events & EVENT_SYN:  # a SYN-ACK: told by the SYN that it acknowledges
        if others & EVENT_ISN:
            return closed and int(data[f"{other}_isn"][kept]) != int(data[f"{other}_isn"][row])
        if known & EVENT_ISN:
            return closed and int(data[f"{side}_isn"][kept]) != isn
    elif known & EVENT_ISN:
        return int(data[f"{side}_isn"][kept]) != isn
    if closed:
        return True
    if known & EVENT_SEQ:
        return int(data[f"{side}_seq"][kept]) != (isn + 1) & _MASK
    return False


def _absorb(
    data: dict[str, Array], heads: dict[str, _Pieces], kept: int, row: int, limit: int
) -> None:
    """Add ``row`` to ``kept``."""
    for side in "ab":
        for name in _SUMS:
            data[f"{side}_{name}"][kept] += data[f"{side}_{name}"][row]
        data[f"{side}_flags"][kept] |= data[f"{side}_flags"][row]
        _join_head(data, heads[side], side, kept, row, limit)
        _join_sequence(data, side, kept, row)
        events = int(data[f"{side}_events"][row])
        if events & EVENT_ISN and not int(data[f"{side}_events"][kept]) & EVENT_ISN:
            data[f"{side}_isn"][kept] = data[f"{side}_isn"][row]
        data[f"{side}_events"][kept] |= events
    if not data["first_reset"][kept]:
        data["first_reset"][kept] = data["first_reset"][row]
    data["first_seen"][kept] = min(data["first_seen"][kept], data["first_seen"][row])
    data["last_seen"][kept] = max(data["last_seen"][kept], data["last_seen"][row])
    _absorb_errors(data, kept, row)


def _absorb_errors(data: dict[str, Array], kept: int, row: int) -> None:
    """Add the ICMP errors of ``row``, which came later, to ``kept``."""
    if data["icmp_error"][kept] < 0:
        data["icmp_error"][kept] = data["icmp_error"][row]
    data["icmp_errors"][kept] += data["icmp_errors"][row]


def _join_head(
    data: dict[str, Array], heads: _Pieces, side: str, kept: int, row: int, limit: int
) -> None:
    """Put two heads together where their bytes are known to follow each other.

    A head begins behind the SYN, or without one at the lowest sequence number of its row. Bytes
    behind a hole are left out, as one reader leaves them out until the hole is filled.
    """
    head, more = heads[kept], heads[row]
    if data["ip_protocol"][kept] != _TCP:
        heads[kept] = head or more
        return
    begin = heads.begins.get(kept, _head_begin(data, side, kept))
    if int(data[f"{side}_events"][kept]) & EVENT_SEQ:
        heads.begins[kept] = begin  # a SYN that comes to light later does not move it
    if not int(data[f"{side}_events"][row]) & EVENT_SEQ:
        return
    other_begin = _head_begin(data, side, row)
    if begin < 0:
        heads[kept], heads.begins[kept] = more[:limit], other_begin
        return
    heads.begins[kept] = begin
    offset = (other_begin - begin) & _MASK
    offset -= (1 << 32) * (offset >= _HALF)
    if offset >= 0 or _is_behind_syn(data, side, kept, begin):
        if offset <= len(head) < limit:
            heads[kept] = (head + more[len(head) - offset :])[:limit]
        return
    heads.begins[kept] = other_begin
    heads[kept] = (more + head[len(more) + offset :])[:limit] if -offset <= len(more) else more


def _is_behind_syn(data: dict[str, Array], side: str, row: int, begin: int) -> bool:
    """Whether the SYN of this side was seen, and ``begin`` is the number behind it."""
    known = int(data[f"{side}_events"][row]) & EVENT_ISN
    return bool(known) and begin == (int(data[f"{side}_isn"][row]) + 1) & _MASK


def _head_begin(data: dict[str, Array], side: str, row: int) -> int:
    """Sequence number of the first head byte of a row that was read, -1 if not known."""
    events = int(data[f"{side}_events"][row])
    if events & EVENT_ISN:
        return (int(data[f"{side}_isn"][row]) + 1) & _MASK
    return int(data[f"{side}_seq"][row]) if events & EVENT_SEQ else -1


def _join_sequence(data: dict[str, Array], side: str, kept: int, row: int) -> None:
    """The sequence space that both rows span; numbers wrap at 2^32, spans do not."""
    if not int(data[f"{side}_events"][row]) & EVENT_SEQ:
        return
    if not int(data[f"{side}_events"][kept]) & EVENT_SEQ:
        data[f"{side}_seq"][kept] = data[f"{side}_seq"][row]
        data[f"{side}_span"][kept] = data[f"{side}_span"][row]
        return
    begin, span = int(data[f"{side}_seq"][kept]), int(data[f"{side}_span"][kept])
    other_begin, other_span = int(data[f"{side}_seq"][row]), int(data[f"{side}_span"][row])
    shift = (other_begin - begin - span) & _MASK  # from our end to its begin, modulo 2^32
    start = shift + span - (1 << 32) if shift >= _HALF else shift + span
    first, last = min(0, start), max(span, start + other_span)
    data[f"{side}_seq"][kept] = (begin + first) & _MASK
    data[f"{side}_span"][kept] = last - first
