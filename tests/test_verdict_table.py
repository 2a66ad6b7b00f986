"""docs/verdict.md says how evidence is weighed; every row of its table is a case."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from classifier.evidence import BASES, CONFIDENCES, Evidence
from classifier.model import Basis, Confidence
from classifier.verdict import decide

DOCS = (Path(__file__).parent.parent / "docs" / "verdict.md").read_text(encoding="utf-8")


def rows(first_heading: str) -> list[list[str]]:
    """The cells of the table whose first column has this heading."""
    lines = DOCS.splitlines()
    begin = next(n for n, line in enumerate(lines) if line.startswith(f"| {first_heading} |"))
    cells = []
    for line in lines[begin + 2 :]:
        if not line.startswith("|"):
            break
        cells.append([cell.strip() for cell in line.strip("|").split("|")])
    return cells


CASES = rows("case")
NAMES = sorted({reason.split()[0] for _, reasons, *_ in CASES for reason in reasons.split(";")
                if reason} - {"unknown"})  # fmt: skip
IDS = ("unknown", *NAMES)


def evidence(reasons: list[list[str]]) -> Evidence:
    return Evidence.make(
        np.zeros(len(reasons), dtype=np.int64),
        np.array([IDS.index(service) for service, *_ in reasons], dtype=np.int32),
        np.array([CONFIDENCES.index(Confidence(word)) for _, _, word, _ in reasons], np.int8),
        np.array([BASES.index(Basis(word)) for _, word, _, _ in reasons], dtype=np.int8),
        preference=np.array([int(number) for *_, number in reasons], dtype=np.int16),
    )


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_evidence_is_weighed_as_the_table_says(case: list[str]) -> None:
    _, text, *expected = case
    reasons = [reason.split() for reason in text.split(";") if reason]
    for order in permutations(reasons):
        made = decide(1, evidence(list(order)), IDS)
        assert [
            IDS[made.service[0]],
            CONFIDENCES[made.confidence[0]].value,
            BASES[made.basis[0]].value,
            made.alternatives.texts()[0],
        ] == expected


def test_every_basis_and_every_confidence_is_in_the_tables() -> None:
    earned = rows("basis")
    assert {row[0].strip("`") for row in earned} == {basis.value for basis in Basis}
    decided = {case[3] for case in CASES}
    assert decided == {confidence.value for confidence in Confidence}
    assert {case[4] for case in CASES} == {basis.value for basis in Basis}
