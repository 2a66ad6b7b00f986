"""The order of the ladder, and why each rung lost."""

from __future__ import annotations

import pytest

from classifier.evidence import Evidence
from classifier.explain.ladder import Rung, outcomes, rungs, tied
from classifier.model import Basis, Confidence

FAMILY, HTTP, OTHER = 1, 2, 3


def rung(code=HTTP, confidence=Confidence.ASSIGNED, basis=Basis.PORT, **others):
    values = {"preference": 0, "width": 1, "frame": 0, "detail": ""}
    return Rung(code, confidence, basis, **{**values, **others})


def why(loser: Rung, best: Rung) -> str:
    (_, first), (outcome, words) = outcomes([best, loser], FAMILY)
    assert first == ""
    assert outcome == "loses"
    return words


def test_the_surest_stands_first_and_notes_last():
    import numpy as np

    made = [
        Evidence.make(np.array([0]), 0, Confidence.UNKNOWN, Basis.NONE, detail=1,
                      details=("", "a note")),
        Evidence.make(np.array([0]), HTTP, Confidence.LIKELY, Basis.PORT_INFERRED),
        Evidence.make(np.array([0]), OTHER, Confidence.CONFIRMED, Basis.PAYLOAD, frame=7),
    ]  # fmt: skip
    found = [each for part in made for each in rungs(part, [0])]
    assert [each.code for each in found] == [0, HTTP, OTHER]
    table = Evidence(
        *(np.concatenate([getattr(part, name) for part in made])
          for name in ("flow", "service", "confidence", "preference", "width", "basis", "frame")),
        detail=np.array([1, 0, 0]), details=("", "a note"),
    )  # fmt: skip
    ordered = rungs(table, [0, 1, 2, 1])
    assert [each.code for each in ordered] == [OTHER, HTTP, 0]
    assert ordered[0].frame == 7
    assert [outcome for outcome, _ in outcomes(ordered, FAMILY)] == ["names", "loses", "note"]


def test_a_second_reason_for_the_same_service_agrees():
    ordered = [rung(), rung(confidence=Confidence.LIKELY, basis=Basis.LEARNED)]
    assert outcomes(ordered, FAMILY)[1] == ("agrees", "")


@pytest.mark.parametrize(
    ("loser", "best", "words"),
    [
        (rung(OTHER, Confidence.POSSIBLE), rung(), "less sure: possible gives way to assigned"),
        (rung(OTHER), rung(), "a tie"),
        (rung(OTHER, width=4), rung(), "the narrower claim stands first"),
        (rung(OTHER, preference=1), rung(), "as sure, but a weaker claim"),
        (rung(OTHER, basis=Basis.PORT_RANGE, preference=3), rung(), "no range ever beats"),
        (rung(FAMILY, basis=Basis.DYNAMIC_BAND, preference=3), rung(), "no range ever beats"),
        (rung(OTHER, basis=Basis.IANA_PORT, preference=6), rung(), "a name only IANA has"),
        (
            rung(FAMILY, Confidence.POSSIBLE, Basis.PAYLOAD),
            rung(OTHER, Confidence.ANNOUNCED, Basis.ANNOUNCEMENT),
            "announcement says which interface",
        ),
        (
            rung(OTHER, Confidence.CONFIRMED, Basis.PAYLOAD, preference=1),
            rung(HTTP, Confidence.CONFIRMED, Basis.PAYLOAD),
            "the flow does this as well",
        ),
        (
            rung(OTHER, Confidence.ANNOUNCED, Basis.ANNOUNCEMENT, preference=3),
            rung(HTTP, Confidence.ANNOUNCED, Basis.ANNOUNCEMENT, preference=1),
            "announced earlier, or to somebody else",
        ),
        (
            rung(OTHER, Confidence.ANNOUNCED, Basis.ANNOUNCEMENT, preference=9),
            rung(HTTP, Confidence.ANNOUNCED, Basis.ANNOUNCEMENT, preference=1),
            "RPC's own machinery",
        ),
        (
            rung(OTHER, Confidence.ANNOUNCED, Basis.ANNOUNCEMENT, preference=1),
            rung(FAMILY, Confidence.ANNOUNCED, Basis.ANNOUNCEMENT),
            "one of several that share this port",
        ),
    ],
)  # fmt: skip
def test_each_way_to_lose_has_its_words(loser, best, words):
    assert words in why(loser, best)


def test_a_tie_is_between_the_best_two_services():
    assert tied([rung(), rung(OTHER)])
    assert not tied([rung(), rung(OTHER, preference=1)])
    assert not tied([rung(), rung(detail="again")])
    assert not tied([rung(0, Confidence.UNKNOWN, Basis.NONE, detail="a note")])
    assert not tied([])
