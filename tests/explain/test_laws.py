"""Laws of explanations: every word has words, every flow of every sample is explained."""

from __future__ import annotations

import json

import msgspec
import pytest
from sample_captures import READABLE, analysis_of

from classifier.explain import explain_rows, words
from classifier.flows.state import STATES
from classifier.model import UNKNOWN, Basis, Confidence, DirectionBasis
from classifier.visible import visible

OUTCOMES = {"names", "agrees", "loses", "note"}


def test_every_basis_direction_confidence_and_state_has_words():
    assert {*words.BASES} == {*Basis}
    assert {*words.DIRECTIONS} == {*DirectionBasis}
    assert {*words.CONFIDENCES} == {*Confidence}
    assert {*words.STATES} == {*STATES} - {""}


@pytest.mark.parametrize("name", READABLE)
def test_every_flow_of_every_sample_is_explained_as_it_was_decided(name):
    analysis = analysis_of(name)
    flows = analysis.flow_table
    rows = list(range(len(flows)))
    for flow in explain_rows(analysis, flows["flow"].data - 1):
        naming = [reason for reason in flow.ladder if reason.outcome == "names"]
        assert [reason.service for reason in naming] == [flow.service][: flow.service != UNKNOWN]
        losers = [reason.service for reason in flow.ladder if reason.outcome == "loses"]
        assert tuple(dict.fromkeys(losers))[:8] == flow.alternatives
        tie = any(reason.why.startswith("a tie") for reason in flow.ladder)
        for reason in naming:
            levels = list(Confidence)
            least = levels.index(Confidence.POSSIBLE) if tie else 0
            own = levels.index(Confidence(reason.confidence))
            assert levels[max(own, least)] == flow.confidence
            assert reason.basis == flow.basis
            assert reason.detail == flow.detail
        assert {reason.outcome for reason in flow.ladder} <= OUTCOMES
        assert all(reason.why for reason in flow.ladder if reason.outcome == "loses")
        assert {source.service for source in flow.catalogue} == {
            reason.service for reason in flow.ladder if reason.outcome != "note"
        }
        rows.remove(flow.flow - 1)
        text = flow.text()
        assert all(visible(line) == line for line in text.split("\n"))
        assert flow.surer
        assert json.loads(msgspec.json.encode(flow))["flow"] == flow.flow
    assert not rows
