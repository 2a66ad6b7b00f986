"""The members of groups as one text a group."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier import compiled
from classifier.grouping import group as grouped
from classifier.grouping import order
from classifier.table import Values
from classifier.tables.grouping import folded, pairs, sorted_pairs

if TYPE_CHECKING:
    from collections.abc import Callable

    from classifier.tables.grouping import Codes

__all__ = ["joined", "listed"]

LISTED = 6
"""How many texts are shown before the rest is counted."""


def listed(
    group: Codes, member: Codes, size: int, text: Callable[[int], str], *, last: int = -1
) -> Values:
    """One text a group: its different members, those of most rows first; see :func:`joined`.

    Args:
        group: Which of ``size`` groups each row belongs to.
        member: The number of each row's member.
        size: Number of groups.
        text: The text of a member.
        last: This member comes behind all others.
    """
    if compiled.native is not None:
        packed, bits = sorted_pairs(group, member)
        codes, labels = compiled.native.listed(packed, bits, size, LISTED, last, text)
        return Values(np.frombuffer(codes, dtype=np.int32), labels)
    kinds, place = np.unique(member, return_inverse=True)  # members may be large numbers
    owner, found, count = pairs(group, place)
    count = np.where(kinds[found] == last, 0, count)
    return joined(owner, found, count, size, lambda number: text(int(kinds[number])))


def joined(
    group: Codes,
    member: Codes,
    weight: Codes,
    size: int,
    text: Callable[[int], str],
    limit: int = LISTED,
) -> Values:
    """One text a group: its members by weight, heaviest first, then how many more there are.

    Args:
        group: Which of ``size`` groups each member belongs to, ascending.
        member: The members as numbers, distinct within their group; where weights are equal, they
            stay in this order.
        weight: What orders them.
        size: Number of groups; those without members get an empty text.
        text: The text of a member; asked for those only that are written out.
        limit: How many are written out.
    """
    if compiled.native is not None:
        codes, labels = compiled.native.joined((group, member, weight), size, limit, text)
        return Values(np.frombuffer(codes, dtype=np.int32), labels)
    count = np.bincount(group, minlength=size)
    is_alone = count[group] == 1
    alone, shown = folded(member[is_alone])
    whole = [text(code) for code in shown.tolist()]
    result = np.full(size, len(whole), dtype=np.int64)
    result[group[is_alone]] = alone
    several = np.flatnonzero(count > 1)
    if not len(several):
        return Values(result, [*whole, ""])
    place = np.zeros(size, dtype=np.int64)
    place[several] = np.arange(len(several))
    rest = ~is_alone
    codes, labels = _lists(
        place[group[rest]], member[rest], weight[rest], count[several], text, limit
    )
    result[several] = codes + len(whole) + 1
    return Values(result, [*whole, "", *labels])


def _lists(
    group: Codes, member: Codes, weight: Codes, count: Codes, text: Callable[[int], str], limit: int
) -> tuple[Codes, list[str]]:
    """What :func:`joined` says of groups with several members; ``count`` is how many."""
    by_weight = order(group, -weight)
    group, member = group[by_weight], member[by_weight]
    begins = np.cumsum(count) - count
    place = np.arange(len(group)) - begins[group]
    kept = place < limit
    shown = np.full((min(limit, int(count.max())), len(count)), -1, dtype=np.int32)
    shown[place[kept], group[kept]] = member[kept]
    rest = np.maximum(count - limit, 0)
    found, first = grouped(*shown, rest)
    listed = shown[:, first].T.tolist(), np.minimum(count, limit)[first].tolist()
    labels = [", ".join(map(text, row[:size])) for row, size in zip(*listed, strict=True)]
    more = rest[first].tolist()
    for row in np.flatnonzero(more).tolist():
        labels[row] += f" +{more[row]}"
    return found, labels
