"""Keys as integers, and many texts folded into one: what every table needs to stay vectorised."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from classifier.model import Confidence

if TYPE_CHECKING:
    import numpy.typing as npt

    Codes = npt.NDArray[np.integer[Any]]
    Texts = npt.NDArray[np.object_]

__all__ = [
    "SILENT_STATES",
    "addresses",
    "codes",
    "confidence_rank",
    "distinct",
    "endings",
    "joined",
    "no_answer",
    "numbers",
    "ports",
]

LISTED = 6
"""How many texts :func:`joined` shows before it counts the rest."""

SILENT_STATES = ("S0", "REJ", "RSTOS0", "SH")
"""TCP states in which the server never agreed to talk (a refusal is no answer)."""


def codes(series: pd.Series[Any]) -> tuple[Codes, Texts]:
    """Each row's value as an index into the distinct values, and those values as text."""
    if isinstance(series.dtype, pd.CategoricalDtype):
        labels = series.cat.categories.to_numpy(dtype=object)
        found = series.cat.codes.to_numpy().astype(np.int64)
        if (found < 0).any():  # a null category reads as empty text
            labels = np.append(labels, "")
            found[found < 0] = len(labels) - 1
        return found, labels
    found, unique = pd.factorize(series.fillna(""))
    return found.astype(np.int64), np.asarray(unique, dtype=object)


def addresses(flows: pd.DataFrame) -> tuple[Codes, Codes, Texts]:
    """Client and server addresses in one numbering, and the addresses by number."""
    both = pd.concat([flows["client_ip"], flows["server_ip"]], ignore_index=True)
    found, unique = codes(both)
    return found[: len(flows)], found[len(flows) :], unique


def ports(series: pd.Series[Any]) -> Codes:
    """Ports as integers, -1 where there is none."""
    return series.to_numpy(dtype=np.int64, na_value=-1)


def numbers(found: Codes) -> pd.Series[Any]:
    """The reverse of :func:`ports`: -1 becomes null."""
    return pd.Series(found).mask(pd.Series(found) < 0).astype("UInt16")


def confidence_rank(series: pd.Series[Any]) -> Codes:
    """0 for ``confirmed``, the surest, up to the last member of ``Confidence``."""
    order = {word.value: rank for rank, word in enumerate(Confidence)}
    found, labels = codes(series)
    ranks = np.array([order.get(label, len(order) - 1) for label in labels], dtype=np.int64)
    return ranks[found]


def no_answer(flows: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Flows in which the server sent nothing, or only a refusal."""
    found, labels = codes(flows["state"])
    refused = np.isin(labels, SILENT_STATES)[found]
    unheard = flows["server_packets"].to_numpy() == 0
    return np.asarray(refused | unheard, dtype=np.bool_)


def endings(flows: pd.DataFrame) -> tuple[Codes, Texts]:
    """How flows ended: the TCP state and the ICMP error, as in ``S0 (port unreachable)``.

    Returns:
        For each flow an index into the texts; the text is empty where nothing is known.
    """
    states, state_labels = codes(flows["state"])
    errors, error_labels = codes(flows["icmp_error"])
    both, found = np.unique(states * len(error_labels) + errors, return_inverse=True)
    texts = []
    for number in both.tolist():
        state, error = divmod(number, len(error_labels))
        words = state_labels[state], error_labels[error]
        texts.append("{} ({})".format(*words) if all(words) else "".join(words))
    return found, np.array(texts, dtype=object)


def distinct(group: Codes, member: Codes, size: int) -> Codes:
    """How many different members each group has; ``group`` counts from 0 to ``size - 1``."""
    if not len(group):
        return np.zeros(size, dtype=np.int64)
    width = int(member.max()) + 1
    pairs = pd.unique(pd.Series(group * width + member))
    return np.bincount(np.asarray(pairs) // width, minlength=size).astype(np.int64)


def joined(group: Codes, text: Texts, weight: Codes, size: int, limit: int = LISTED) -> Texts:
    """One text a group: its members by weight, heaviest first, then how many more there are.

    Args:
        group: Which of ``size`` groups each member belongs to.
        text: The members, already distinct within their group.
        weight: What orders them.
        size: Number of groups; those without members get an empty text.
        limit: How many are written out.
    """
    result = np.full(size, "", dtype=object)
    if not len(group):
        return result
    order = np.lexsort((-weight, group))
    group, text = group[order], text[order]
    count = np.bincount(group, minlength=size)
    start = np.cumsum(count) - count
    place = np.arange(len(group)) - start[group]
    for rank in range(min(limit, int(count.max()))):
        here = place == rank
        result[group[here]] += (", " if rank else "") + text[here]
    more = np.flatnonzero(count > limit)
    result[more] += np.array([f" +{rest}" for rest in count[more] - limit], dtype=object)
    return result
