"""The first payload bytes of unnamed traffic, as a person can read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from classifier import compiled
from classifier.grouping import group as grouped
from classifier.table import Values

if TYPE_CHECKING:
    from classifier.tables.grouping import Codes

    Array = np.ndarray[Any, Any]

__all__ = ["Beginnings", "common", "sketch"]

SHOWN = 16
"""Bytes in a sketch."""

READABLE = bytes({*range(0x20, 0x7F), *b"\t\n\r"})
"""Printable ASCII, tab and line ends."""


class Beginnings(Protocol):
    """What a table needs of :class:`classifier.flows.unnamed.UnnamedHeads`."""

    @property
    def flow(self) -> Array:
        """Flow ids, ascending."""

    def lengths(self, *, client: bool) -> Array:
        """How many bytes every head of one side has."""

    def begins(self, rows: Array, size: int, *, client: bool) -> tuple[Array, Array]:
        """The first bytes of some heads of one side, and how many they are."""


def common(flow: Codes, heads: Beginnings, group: Codes, size: int) -> Values:
    """A sketch of the most common beginning of what the clients of each group sent.

    Where no client of a group sent anything, what its servers sent. Empty where nobody did; where
    two are as common, the one whose bytes sort first.

    Args:
        flow: Flow ids, one a row, each once.
        heads: First payloads by flow id.
        group: The group of each row, from 0 to ``size - 1``.
        size: Number of groups.
    """
    found = np.zeros(size, dtype=np.int32)
    labels = [""]
    group, row = _held(flow, heads, group)
    for client in (True, False):
        lengths = heads.lengths(client=client)
        said = np.flatnonzero(lengths if row is None else lengths.take(row))
        said = said[found.take(group.take(said)) == 0]  # the client's, where there is one, wins
        chosen = said if row is None else row.take(said)
        begins, length = heads.begins(chosen, SHOWN, client=client)
        owner, best = _most_common(group.take(said), begins, length)
        code, first = grouped(begins.take(best, axis=0), length.take(best))
        found[owner] = code + len(labels)
        shown = best.take(first)
        labels += _sketches(begins.take(shown, axis=0), length.take(shown))
    return Values(found, labels)


def _held(flow: Codes, heads: Beginnings, group: Codes) -> tuple[Codes, Array | None]:
    """The groups of the flows that have heads, and the numbers of these; None: all, in order."""
    if np.array_equal(heads.flow, flow):
        return group, None
    row = np.searchsorted(heads.flow, flow)
    held = np.zeros(len(flow), dtype=bool)
    inside = row < len(heads.flow)
    held[inside] = heads.flow[row[inside]] == flow[inside]
    return group[held], row[held]


def _most_common(group: Codes, begins: Array, length: Codes) -> tuple[Codes, Codes]:
    """Groups, and for each the row that holds the most common bytes of the group.

    Most groups have said one thing only, and are not sorted.
    """
    pair, first = grouped(group, begins, length)
    owner = group.take(first)
    is_alone = np.bincount(owner).take(owner) == 1
    alone, several = np.flatnonzero(is_alone), np.flatnonzero(~is_alone)
    held = first.take(several)
    halves = begins.take(held, axis=0).view(">u8")
    order = np.lexsort(
        (
            length.take(held),
            halves[:, 1],
            halves[:, 0],
            -np.bincount(pair).take(several),
            owner.take(several),
        )
    )
    several = several.take(order)
    best = several.take(np.flatnonzero(np.diff(owner.take(several), prepend=-1)))
    best = np.concatenate([alone, best])
    return owner.take(best), first.take(best)


def sketch(head: bytes) -> str:
    r"""Bytes as text, ASCII only: quoted where they are mostly printable, else in hexadecimal.

    ``b"PING\r\n"`` gives ``"PING\r\n"``, ``b"\x16\x03\x01"`` gives ``16 03 01``.
    """
    head = head[:SHOWN]
    printable = len(head) - len(head.translate(None, READABLE))
    if head and _is_readable(printable, len(head)):
        text = head.decode("latin-1").encode("unicode_escape").decode("ascii")
        return '"' + text.replace('"', '\\"') + '"'
    return head.hex(" ")


def _sketches(begins: Array, length: Array) -> list[str]:
    """The sketch of each of many beginnings, which are filled up with 0."""
    if compiled.native is not None:
        rows = np.ascontiguousarray(begins).reshape(-1)
        told: list[str] = compiled.native.sketches(rows, begins.shape[1], length)
        return told
    readable = np.zeros(256, dtype=np.uint8)
    readable[list(READABLE)] = 1
    is_text = _is_readable(readable[begins].sum(axis=1), length)
    digits = begins.tobytes().hex(" ")  # three characters a byte
    width = 3 * begins.shape[1]
    ends = (np.arange(len(begins)) * width + 3 * length - 1).tolist()
    told = [digits[row * width : end] for row, end in enumerate(ends)]
    # Most texts have nothing in them that is escaped.
    plain = np.zeros(256, dtype=np.uint8)
    plain[[byte for byte in range(0x20, 0x7F) if byte not in b'"\\']] = 1
    is_plain = is_text & (length > 0) & (plain[begins].sum(axis=1) == length)
    texts, width = begins.tobytes().decode("latin-1"), begins.shape[1]
    ends = (np.arange(len(begins)) * width + length).tolist()
    for row in np.flatnonzero(is_plain).tolist():
        told[row] = f'"{texts[row * width : ends[row]]}"'
    for row in np.flatnonzero(is_text & ~is_plain).tolist():
        told[row] = sketch(begins[row].tobytes()[: length[row]])
    return told


def _is_readable(printable: Any, length: Any) -> Any:
    """Whether so many of the bytes are printable that they are shown as text."""
    return printable * 4 >= length * 3
