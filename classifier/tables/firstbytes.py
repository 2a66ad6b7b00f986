"""The first payload bytes of unnamed traffic, as a person can read them."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from classifier.tables.grouping import Codes, Texts

__all__ = ["common", "sketch"]

SHOWN = 16
"""Bytes in a sketch."""

READABLE = frozenset(string.printable.encode("ascii")) - {0x0B, 0x0C}
"""Printable ASCII, tab and line ends."""


def common(flow: pd.Series[Any], heads: pd.DataFrame, group: Codes, size: int) -> list[bytes]:
    """The most common beginning of what the clients of each group sent.

    Where no client of a group sent anything, what its servers sent. Empty where nobody did.

    Args:
        flow: Flow ids, one a row.
        heads: Columns ``client_head`` and ``server_head`` (bytes) by flow id.
        group: The group of each row, from 0 to ``size - 1``.
        size: Number of groups.
    """
    result = [b""] * size
    for side in ("server_head", "client_head"):  # the client's, where there is one, wins
        if side not in heads:
            continue
        held = heads[side].reindex(flow.to_numpy())
        present = held.notna().to_numpy()
        begins = [bytes(head)[:SHOWN] for head in held.to_numpy()[present]]
        found, unique = pd.factorize(np.array([*begins, b""], dtype=object)[:-1], sort=True)
        seen = pd.DataFrame({"group": group[present], "begin": found})
        seen = seen.groupby(["group", "begin"]).size().reset_index(name="flows")
        seen = seen.sort_values("flows", ascending=False, kind="stable")
        seen = seen[np.array([unique[code] != b"" for code in seen["begin"]], dtype=bool)]
        best = seen.drop_duplicates("group")
        for row, code in zip(best["group"], best["begin"], strict=True):
            result[row] = unique[code]
    return result


def sketch(heads: list[bytes]) -> Texts:
    r"""Bytes as text: quoted where they are mostly printable ASCII, else in hexadecimal.

    ``b"PING\r\n"`` gives ``"PING\r\n"``, ``b"\x16\x03\x01"`` gives ``16 03 01``.
    """
    return np.array([*map(_sketch, heads), ""], dtype=object)[:-1]


def _sketch(head: bytes) -> str:
    """One head as text, ASCII only."""
    head = head[:SHOWN]
    printable = sum(byte in READABLE for byte in head)
    if head and printable * 4 >= len(head) * 3:
        text = head.decode("latin-1").encode("unicode_escape").decode("ascii")
        return '"' + text.replace('"', '\\"') + '"'
    return head.hex(" ")
