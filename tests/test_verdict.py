"""The verdict is a pure function of the evidence, whatever its order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from classifier.evidence import BASES, CONFIDENCES, Evidence
from classifier.model import Basis, Confidence
from classifier.verdict import MAX_ALTERNATIVES, Verdict, decide

IDS = ("unknown", *(f"service-{number}" for number in range(1, 15)))


@dataclass(frozen=True)
class Reason:
    """One row of evidence."""

    flow: int = 0
    service: int = 1
    confidence: Confidence = Confidence.ASSIGNED
    preference: int = 0
    width: int = 1
    basis: Basis = Basis.PORT
    detail: str = ""


def table(*reasons: Reason) -> Evidence:
    return Evidence.make(
        np.array([reason.flow for reason in reasons], dtype=np.int64),
        np.array([reason.service for reason in reasons], dtype=np.int32),
        np.array([CONFIDENCES.index(reason.confidence) for reason in reasons], dtype=np.int8),
        np.array([BASES.index(reason.basis) for reason in reasons], dtype=np.int8),
        preference=np.array([reason.preference for reason in reasons], dtype=np.int16),
        width=np.array([reason.width for reason in reasons], dtype=np.int32),
        detail=np.arange(len(reasons), dtype=np.int32),
        details=[reason.detail for reason in reasons],
    )


def row(verdict: Verdict, flow: int = 0) -> tuple[str, str, str, str, str]:
    return (
        IDS[verdict.service[flow]],
        CONFIDENCES[verdict.confidence[flow]].value,
        BASES[verdict.basis[flow]].value,
        verdict.detail.texts()[flow],
        verdict.alternatives.texts()[flow],
    )


def only(*reasons: Reason) -> tuple[str, str, str, str, str]:
    return row(decide(1, table(*reasons), IDS))


def test_without_evidence_a_flow_is_unknown() -> None:
    verdict = decide(2, Evidence.none(), IDS)
    assert row(verdict, 1) == ("unknown", "unknown", "none", "", "")
    assert len(decide(0, Evidence.none(), IDS).service) == 0


def test_the_surest_reason_wins_whatever_its_preference() -> None:
    sure = Reason(service=2, confidence=Confidence.CONFIRMED, preference=9, basis=Basis.PAYLOAD)
    assert only(Reason(service=1, preference=0), sure) == (
        "service-2", "confirmed", "payload", "", "service-1",
    )  # fmt: skip


def test_among_equally_sure_reasons_the_smaller_preference_wins() -> None:
    reasons = [Reason(service=n, preference=p) for n, p in ((1, 3), (2, 1), (3, 2))]
    assert only(*reasons) == ("service-2", "assigned", "port", "", "service-3;service-1")


def test_a_tie_is_only_possible() -> None:
    tie = [Reason(service=5), Reason(service=4)]
    assert only(*tie) == ("service-4", "possible", "port", "", "service-5")


def test_a_tie_behind_the_winner_changes_nothing() -> None:
    behind = [Reason(service=n, preference=1) for n in (5, 6)]
    assert only(Reason(service=4), *behind)[:2] == ("service-4", "assigned")


def test_two_reasons_for_one_service_are_no_tie() -> None:
    assert only(Reason(detail="a"), Reason(basis=Basis.HOST_ROLE)) == (
        "service-1", "assigned", "port", "a", "",
    )  # fmt: skip


def test_a_tie_never_makes_a_verdict_surer() -> None:
    tie = [Reason(service=n, confidence=Confidence.UNKNOWN) for n in (1, 2)]
    assert only(*tie)[1] == "unknown"


def test_of_equal_claims_the_narrower_is_shown() -> None:
    assert only(Reason(service=1, width=9), Reason(service=2, width=1))[0] == "service-2"


def test_a_note_names_nothing_and_gives_way_to_a_reason() -> None:
    note = Reason(service=0, confidence=Confidence.UNKNOWN, basis=Basis.NONE, detail="a note")
    assert only(note) == ("unknown", "unknown", "none", "a note", "")
    assert only(note, Reason(detail="the reason"))[3] == "the reason"


def test_alternatives_are_bounded_and_best_first() -> None:
    reasons = [Reason(service=n, preference=20 - n) for n in range(1, 15)]
    alternatives = only(*reasons)[4].split(";")
    assert alternatives == [f"service-{n}" for n in range(13, 13 - MAX_ALTERNATIVES, -1)]


REASONS = st.builds(
    Reason,
    flow=st.integers(0, 3),
    service=st.integers(0, 5),
    confidence=st.sampled_from(CONFIDENCES),
    preference=st.integers(0, 2),
    width=st.sampled_from([1, 4]),
    basis=st.sampled_from(BASES),
    detail=st.sampled_from(["", "one", "two"]),
)


@given(reasons=st.lists(REASONS, max_size=12), shuffle=st.randoms())
def test_the_verdict_does_not_depend_on_the_order_of_the_evidence(
    reasons: list[Reason],
    shuffle,
) -> None:
    other = list(reasons)
    shuffle.shuffle(other)
    one, two = (decide(4, table(*rows), IDS) for rows in (reasons, other))
    for flow in range(4):
        assert row(one, flow) == row(two, flow)


@given(reasons=st.lists(REASONS, max_size=12))
def test_each_flow_is_decided_by_its_own_evidence_alone(reasons: list[Reason]) -> None:
    together = decide(4, table(*reasons), IDS)
    for flow in range(4):
        own = [reason for reason in reasons if reason.flow == flow]
        assert row(together, flow) == row(decide(4, table(*own), IDS), flow)


@given(reasons=st.lists(REASONS, max_size=12))
def test_the_winner_is_among_the_surest_and_is_no_alternative(reasons: list[Reason]) -> None:
    verdict = decide(4, table(*reasons), IDS)
    for flow in range(4):
        naming = [reason for reason in reasons if reason.flow == flow and reason.service]
        service, confidence, _, _, alternatives = row(verdict, flow)
        if not naming:
            assert (service, confidence) == ("unknown", "unknown")
            continue
        best = min((CONFIDENCES.index(reason.confidence), reason.preference) for reason in naming)
        winners = {
            IDS[reason.service]
            for reason in naming
            if (CONFIDENCES.index(reason.confidence), reason.preference) == best
        }
        assert service in winners
        losers = {IDS[reason.service] for reason in naming} - {service}
        assert set(filter(None, alternatives.split(";"))) == losers
        if len(winners) > 1:
            assert CONFIDENCES.index(Confidence(confidence)) >= CONFIDENCES.index(
                Confidence.POSSIBLE
            )


@given(reasons=st.lists(REASONS, max_size=8))
def test_the_evidence_is_not_changed(reasons: list[Reason]) -> None:
    evidence = table(*reasons)
    before = [np.array(getattr(evidence, name)) for name in ("flow", "service", "confidence")]
    decide(4, evidence, IDS)
    after = [getattr(evidence, name) for name in ("flow", "service", "confidence")]
    assert all((a == b).all() for a, b in zip(before, after, strict=True))
