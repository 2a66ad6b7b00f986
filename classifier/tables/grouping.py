"""Keys as integers, and many texts folded into one: what every table needs to stay vectorised."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from classifier.flows.addresses import Addresses
from classifier.model import Confidence
from classifier.table import Values
from classifier.tables.folds import LEAST, MOST, SUM, Part, folds

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from classifier.table import Table

    Codes = npt.NDArray[np.integer[Any]]

__all__ = [
    "SILENT_STATES",
    "addresses",
    "begun",
    "codes",
    "confidence_rank",
    "different",
    "distinct",
    "earliest",
    "endings",
    "folded",
    "in_order",
    "latest",
    "no_answer",
    "numbers",
    "pairs",
    "ports",
    "sorted_pairs",
    "totals",
    "traffic",
]

SHORT = 31
"""Bits of a number that is sorted in half the time, and whose parts are not negative in as many."""

SILENT_STATES = ("S0", "REJ", "RSTOS0", "SH")
"""TCP states in which the server never agreed to talk (a refusal is no answer)."""


def codes(values: Values) -> tuple[Codes, Sequence[str]]:
    """Each row's text as an index into the distinct texts, and those; null reads as empty.

    The indices are those of the column itself where none is null: in few bits, and not to be
    changed.
    """
    assert values.labels is not None
    found, labels = values.data, values.labels
    if found.min(initial=0) < 0:
        found = np.where(found < 0, len(labels), found.astype(np.int64))
        labels = [*labels, ""]
    return found, labels


def addresses(flows: Table) -> tuple[Codes, Codes, Sequence[str]]:
    """Client and server addresses in one numbering, and the addresses by number."""
    client, server = flows["client_ip"], flows["server_ip"]
    if client.labels is server.labels and isinstance(client.labels, Addresses):
        return client.data, server.data, client.labels  # never null
    if client.labels is server.labels:
        found, labels = codes(Values(np.concatenate([client.data, server.data]), client.labels))
        return found[: len(client.data)], found[len(client.data) :], labels
    clients, labels = codes(client)
    servers, others = codes(server)
    number = {label: place for place, label in enumerate(labels)}
    places = [number.setdefault(label, len(number)) for label in others]
    return clients, np.array(places, dtype=np.int64)[servers], list(number)


def in_order(texts: Sequence[str]) -> Codes:
    """The numbers of texts in the order of the texts."""
    if isinstance(texts, Addresses):
        return texts.order()
    return np.array(sorted(range(len(texts)), key=texts.__getitem__), dtype=np.int64)


def ports(values: Values) -> Codes:
    """Ports as integers (int32), -1 where there is none."""
    found = values.data.astype(np.int32)
    if values.missing is not None:
        found[values.missing] = -1
    return found


def numbers(found: Codes) -> Values:
    """The reverse of :func:`ports`: -1 becomes null."""
    return Values(np.maximum(found, 0).astype(np.uint16), missing=found < 0)


def confidence_rank(values: Values) -> Codes:
    """0 for ``confirmed``, the surest, up to the last member of ``Confidence``."""
    order = {word.value: rank for rank, word in enumerate(Confidence)}
    if [*order] == list(values.labels or ()) and values.data.min(initial=0) >= 0:
        return values.data  # as the verdict says it
    found, labels = codes(values)
    ranks = np.array([order.get(label, len(order) - 1) for label in labels], dtype=np.int64)
    return ranks[found]


def no_answer(flows: Table) -> npt.NDArray[np.bool_]:
    """Flows in which the server sent nothing, or only a refusal."""
    refused = flows["state"].is_label(*SILENT_STATES)
    return np.asarray(refused | (flows["server_packets"].data == 0), dtype=np.bool_)


def traffic(flows: Table, what: str) -> Codes:
    """``packets`` or ``bytes`` of both sides."""
    both: Codes = flows[f"client_{what}"].data + flows[f"server_{what}"].data
    return both


def totals(group: Codes, amount: npt.NDArray[Any], size: int) -> Codes:
    """The sum of each group's amounts, exact; ``group`` counts from 0 to ``size - 1``."""
    return folds(size, {"sum": SUM}, Part(group, [("sum", amount)]))["sum"]


def earliest(group: Codes, time: Codes, size: int) -> Codes:
    """The smallest value in each group."""
    return folds(size, {"time": LEAST}, Part(group, [("time", time)]))["time"]


def latest(group: Codes, time: Codes, size: int) -> Codes:
    """The largest value in each group."""
    return folds(size, {"time": MOST}, Part(group, [("time", time)]))["time"]


def begun(group: Codes, first: Codes, time: Codes) -> Codes:
    """The smallest time in each group, of which ``first`` is the first row."""
    if (time[1:] >= time[:-1]).all():  # flows mostly stand in this order
        return np.asarray(time[first])
    return earliest(group, time, len(first))


def endings(flows: Table) -> tuple[Codes, list[str]]:
    """How flows ended: the TCP state and the ICMP error, as in ``S0 (port unreachable)``.

    Returns:
        For each flow an index into the texts; the text is empty where nothing is known.
    """
    ended = flows["state"]
    if flows["icmp_error"].data.max(initial=-1) < 0 <= ended.data.min(initial=0):
        return ended.data, list(ended.labels or ())  # no error at all
    states, state_labels = codes(ended)
    errors, error_labels = codes(flows["icmp_error"])
    found, both = folded(states.astype(np.int64) * len(error_labels) + errors)
    texts = []
    for number in both.tolist():
        state, error = divmod(number, len(error_labels))
        words = state_labels[state], error_labels[error]
        texts.append("{} ({})".format(*words) if all(words) else "".join(words))
    return found, texts


def folded(values: Codes) -> tuple[Codes, Codes]:
    """Numbers from 0 up as indices into those that occur, and these, ascending."""
    kinds = np.flatnonzero(np.bincount(values))
    place = np.zeros(int(values.max(initial=0)) + 1, dtype=np.int64)
    place[kinds] = np.arange(len(kinds))
    return place[values], kinds


def distinct(group: Codes, member: Codes, size: int) -> Codes:
    """How many different members each group has; ``group`` counts from 0 to ``size - 1``."""
    packed, bits = sorted_pairs(group, member)
    found = _chosen(packed, _is_new(packed))
    found >>= found.dtype.type(bits)
    return np.bincount(found, minlength=size)


def pairs(group: Codes, member: Codes) -> tuple[Codes, Codes, Codes]:
    """The different pairs of group and member, sorted, and how often each occurs."""
    packed, bits = sorted_pairs(group, member)
    begins = np.flatnonzero(_is_new(packed))
    found = packed if len(begins) == len(packed) else packed.take(begins)
    return *_split(found, bits), np.diff(begins, append=len(packed))


def different(group: Codes, member: Codes) -> tuple[Codes, Codes]:
    """The same pairs, not counted."""
    packed, bits = sorted_pairs(group, member)
    return _split(_chosen(packed, _is_new(packed)), bits)


def _chosen(values: npt.NDArray[Any], chosen: npt.NDArray[np.bool_]) -> npt.NDArray[Any]:
    """The values that are chosen, without a copy if all are."""
    return values if chosen.all() else values.take(np.flatnonzero(chosen))


def _split(packed: npt.NDArray[Any], bits: int) -> tuple[Codes, Codes]:
    """Group and member of pairs in one number each, which is not there any more then."""
    packed = packed.view(f"i{packed.itemsize}")
    member = packed & packed.dtype.type((1 << bits) - 1)
    packed >>= packed.dtype.type(bits)
    return packed, member


def sorted_pairs(group: Codes, member: Codes) -> tuple[npt.NDArray[Any], int]:
    """Group and member of each row in one number, sorted; and the bits of a member."""
    bits = int(member.max(initial=0)).bit_length()
    whole = bits + int(group.max(initial=0)).bit_length()
    # Numbers of half the bits are sorted in half the time.
    word = np.dtype(np.uint32 if whole <= SHORT else np.int64)
    packed: npt.NDArray[Any] = _as_words(group, word) << word.type(bits)
    packed |= _as_words(member, word)
    packed.sort()
    return packed, bits


def _as_words(values: Codes, word: np.dtype[Any]) -> npt.NDArray[Any]:
    """Numbers that are not negative as words, without a copy if they are as long."""
    if values.dtype.itemsize == word.itemsize:
        return values.view(word)
    return values.astype(word)


def _is_new(packed: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Where another number begins."""
    is_new = np.ones(len(packed), dtype=bool)
    np.not_equal(packed[1:], packed[:-1], out=is_new[1:])
    return is_new
