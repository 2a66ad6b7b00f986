"""The first payload bytes of unnamed traffic, as a person can read them."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from classifier.grouping import group as grouped
from classifier.table import Values

if TYPE_CHECKING:
    from classifier.tables.grouping import Codes

    Array = np.ndarray[Any, Any]

__all__ = ["Beginnings", "common", "sketch"]

SHOWN = 16
"""Bytes in a sketch."""

READABLE = bytes(set(string.printable.encode("ascii")) - {0x0B, 0x0C})
"""Printable ASCII, tab and line ends."""


class Beginnings(Protocol):
    """What a table needs of :class:`classifier.flows.unnamed.UnnamedHeads`."""

    @property
    def flow(self) -> Array:
        """Flow ids, ascending."""

    def begins(self, size: int, *, client: bool) -> tuple[Array, Array]:
        """The first bytes of every head of one side, and how many they are."""


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
    found = np.zeros(size, dtype=np.int64)
    labels = [""]
    row = np.searchsorted(heads.flow, flow)
    held = np.zeros(len(flow), dtype=bool)
    inside = row < len(heads.flow)
    held[inside] = heads.flow[row[inside]] == flow[inside]
    group, row = group[held], row[held]
    for client in (True, False):
        begins, length = heads.begins(SHOWN, client=client)
        said = (length[row] > 0) & (found[group] == 0)  # the client's, where there is one, wins
        place = row[said]
        owner, best = _most_common(group[said], begins[place], length[place])
        code, first = grouped(begins[place][best], length[place][best])
        found[owner] = code + len(labels)
        shown = place[best][first]
        texts = zip(begins[shown], length[shown].tolist(), strict=True)
        labels += [sketch(begin.tobytes()[:count]) for begin, count in texts]
    return Values(found, labels)


def _most_common(group: Codes, begins: Array, length: Codes) -> tuple[Codes, Codes]:
    """Groups, and for each the row that holds the most common bytes of the group."""
    pair, first = grouped(group, begins, length)
    halves = begins[first].view(">u8")
    order = np.lexsort(
        (length[first], halves[:, 1], halves[:, 0], -np.bincount(pair), group[first])
    )
    owner = group[first][order]
    best = np.flatnonzero(np.diff(owner, prepend=-1))
    return owner[best], first[order][best]


def sketch(head: bytes) -> str:
    r"""Bytes as text, ASCII only: quoted where they are mostly printable, else in hexadecimal.

    ``b"PING\r\n"`` gives ``"PING\r\n"``, ``b"\x16\x03\x01"`` gives ``16 03 01``.
    """
    head = head[:SHOWN]
    printable = len(head) - len(head.translate(None, READABLE))
    if head and printable * 4 >= len(head) * 3:
        text = head.decode("latin-1").encode("unicode_escape").decode("ascii")
        return '"' + text.replace('"', '\\"') + '"'
    return head.hex(" ")
