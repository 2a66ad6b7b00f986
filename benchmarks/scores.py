"""The marks of flows as tables."""

from __future__ import annotations

from collections import Counter, defaultdict
from statistics import mean
from typing import TYPE_CHECKING

from marks import GOOD, MISSING, OXID, PLAIN, RIGHT, TUNNEL, UNMAPPED, UNNAMED, WRONG, Mark
from truth import APPS, LABELS, RPC

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = ["report"]

RPC_VERDICTS = (RIGHT, OXID, PLAIN, WRONG, UNNAMED, MISSING)
VERDICTS = (RIGHT, TUNNEL, UNNAMED, WRONG, MISSING)


def report(marks: Sequence[Mark], *, everything: bool) -> str:
    """All tables, one under the other.

    Args:
        marks: Of all captures, in the order of the truth files.
        everything: List every flow that is not right as well.
    """
    parts = []
    for source, own in grouped(marks, lambda mark: mark.truth.source).items():
        asked = grouped(own, lambda mark: mark.truth.question)
        parts += [
            TABLES[question](source, asked[question]) for question in TABLES if asked[question]
        ]
        misses = [mark for mark in own if mark.verdict not in (*GOOD, UNMAPPED)]
        if everything and misses and not asked[APPS]:  # those are listed in any case
            parts += [" every flow that is not right:", *(f"  {mark}" for mark in misses)]
    return "\n".join(parts)


def grouped(marks: Iterable[Mark], of: Callable[[Mark], str]) -> dict[str, list[Mark]]:
    """Marks by some word of theirs, in the order of first appearance."""
    groups = defaultdict(list)
    for mark in marks:
        groups[of(mark)].append(mark)
    return groups


def shares(marks: Sequence[Mark], verdicts: Sequence[str]) -> str:
    """The share of some verdicts: the mean over captures, and over all flows."""
    if not marks:
        return "no flows"
    each = grouped(marks, lambda mark: mark.truth.capture).values()
    macro = mean(share(own, verdicts) for own in each)
    return (
        f"macro {macro:7.2%}, pooled {share(marks, verdicts):7.2%}"
        f" ({count(marks, verdicts)} of {len(marks)} flows, {len(each)} captures)"
    )


def count(marks: Iterable[Mark], verdicts: Sequence[str]) -> int:
    """How many marks have one of these verdicts."""
    return sum(mark.verdict in verdicts for mark in marks)


def share(marks: Sequence[Mark], verdicts: Sequence[str]) -> float:
    """The part of marks that have one of these verdicts."""
    return count(marks, verdicts) / len(marks)


def lines(
    groups: dict[str, list[Mark]], verdicts: Sequence[str], *, misses_only: bool = False
) -> list[str]:
    """One line a group: how many marks of each verdict."""
    width = max(map(len, groups), default=0)
    title = f"  {'':{width}}  flows  " + "  ".join(f"{word:>5}" for word in verdicts)
    rows = [
        f"  {name:{width}}  {len(own):5}  "
        + "  ".join(f"{count(own, [word]) or '.':>{max(5, len(word))}}" for word in verdicts)
        for name, own in groups.items()
        if not misses_only or count(own, GOOD) < len(own)
    ]
    whole = len(groups) - len(rows)
    return [title, *rows, *([f"  {whole} more captures are right as a whole"] if whole else [])]


def rpc_table(source: str, marks: Sequence[Mark]) -> str:
    """Windows RPC: the dynamic ports, which are the point, then its well-known ones."""
    dynamic = [mark for mark in marks if mark.word == "dynamic"]
    captures = grouped(dynamic, lambda mark: mark.truth.capture)
    mapped = {mark.truth.capture for mark in marks if mark.truth.line.get("epm_mapped")}
    unmapped = [mark for mark in dynamic if mark.truth.capture not in mapped]
    others = grouped((m for m in marks if m.word != "dynamic"), lambda mark: mark.word)
    return "\n".join(
        [
            f"\n== {source}: Windows RPC on dynamic ports",
            *lines(captures, RPC_VERDICTS),
            f"  right interface, or by OXID   {shares(dynamic, GOOD)}",
            f"  wrong name                    {shares(dynamic, [WRONG])}",
            f"  in captures without ept_map   {shares(unmapped, GOOD)}",
            f"  ... port handed out by OXID   {sum(map(is_by_oxid, unmapped))} flows",
            *(f"  {kind:28}  {shares(own, GOOD)}" for kind, own in others.items()),
        ]
    )


def is_by_oxid(mark: Mark) -> bool:
    """Whether our flow's port was handed out though no mapper gave it: then DCOM did."""
    detail = (mark.ours or {}).get("detail") or ""
    return mark.verdict == OXID or "handed out" in detail


def label_table(source: str, marks: Sequence[Mark]) -> str:
    """Agreement with another tool, by its label, and the pairs that disagree."""
    known = [mark for mark in marks if mark.verdict != UNMAPPED]
    captures = grouped(known, lambda mark: mark.truth.capture)
    strange = Counter(mark.word for mark in marks if mark.verdict == UNMAPPED)
    return "\n".join(
        [
            f"\n== {source}: agreement by label",
            *lines(dict(sorted(grouped(known, lambda mark: mark.word).items())), VERDICTS),
            f"  agree      {shares(known, GOOD)}",
            f"  unnamed    {shares(known, [UNNAMED])}",
            f"  disagree   {shares(known, [WRONG])}",
            *pairs(known),
            " captures:",
            *lines(captures, VERDICTS, misses_only=True),
            f" not mapped: {sum(strange.values())} flows:",
            *(f"  {word} {number}" for word, number in strange.most_common()),
        ]
    )


def pairs(marks: Iterable[Mark]) -> list[str]:
    """What others say and what we say where that differs, most frequent first."""
    found = grouped(
        (mark for mark in marks if mark.verdict not in GOOD),
        lambda mark: f"{mark.word} -> {mark.named}",
    )
    ranked = sorted(found.items(), key=lambda pair: -len(pair[1]))
    return [
        " confusion, with an example:",
        *(f"  {len(own):5}  {pair}: {own[0].truth}" for pair, own in ranked),
    ]


def announced_table(source: str, marks: Sequence[Mark]) -> str:
    """What control traffic announces, and every flow of it that has not its name."""
    return "\n".join(
        [
            f"\n== {source}: announced by control traffic",
            *lines(dict(sorted(grouped(marks, lambda mark: mark.word).items())), VERDICTS),
            f"  named      {shares(marks, GOOD)}",
            f"  wrong      {shares(marks, [WRONG])}",
            *(f"  not: {mark}" for mark in marks if mark.verdict not in GOOD),
        ]
    )


TABLES = {RPC: rpc_table, LABELS: label_table, APPS: announced_table}
