"""No two entries claim a port silently: ``overlaps.toml`` says who is preferred, and why."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np
import pytest

from classifier.catalogue.check import bounds
from classifier.catalogue.locate import signature_folder
from classifier.catalogue.read import read_document
from classifier.catalogue.schema import TRANSPORTS

if TYPE_CHECKING:
    from classifier.catalogue import Catalogue

FILE = signature_folder() / "overlaps.toml"
OVERLAPS = read_document(FILE, FILE.read_bytes()).overlap
UNDECIDED = ("nobody can decide", "all are hints")

Claims = dict[tuple[str, int], list[tuple[str, int]]]


@pytest.fixture(scope="module")
def contested(catalogue: Catalogue) -> Claims:
    """Ports with several claimants: their ids and strengths, best first."""
    table = catalogue.ports
    found: Claims = {}
    for transport in TRANSPORTS:
        for port in np.flatnonzero(np.diff(table.offsets[transport]) > 1).tolist():
            row = table.row(transport, port)
            codes = table.service[transport][row].tolist()
            strengths = table.strength[transport][row].tolist()
            claims = [(catalogue.ids[c], s) for c, s in zip(codes, strengths, strict=True)]
            found[transport, port] = claims
    return found


def declared() -> dict[tuple[str, int], list[tuple[tuple[str, ...], str]]]:
    places = defaultdict(list)
    for overlap in OVERLAPS:
        for transport in overlap.transport:
            for entry in overlap.ports:
                low, high = bounds(entry)
                for port in range(low, high + 1):
                    places[transport, port].append((overlap.services, overlap.why))
    return places


def test_every_port_with_several_claimants_is_declared_once(contested: Claims) -> None:
    places = declared()
    assert {place for place, said in places.items() if len(said) > 1} == set()
    missing = sorted(set(contested) - set(places))
    ids = [name for name, _ in contested[missing[0]]] if missing else []
    assert missing == [], f"add an [[overlap]] with services = {ids} to {FILE.name}"
    assert sorted(set(places) - set(contested)) == [], "nothing overlaps there any more"


def test_the_strengths_decide_as_declared(contested: Claims) -> None:
    for place, ((services, _),) in declared().items():
        assert services == tuple(name for name, _ in contested[place]), place


def test_a_tie_is_a_decision_not_to_decide(contested: Claims) -> None:
    for place, ((services, why),) in declared().items():
        strengths = [strength for _, strength in contested[place]]
        tied = strengths[0] == strengths[1]
        assert why.startswith(UNDECIDED) == tied, (place, services, why)


def test_reasons_are_one_short_line() -> None:
    assert [o.why for o in OVERLAPS if len(o.why) > 220 or o.why.endswith(".")] == []


def test_overlaps_stand_in_order() -> None:
    firsts = [bounds(overlap.ports[0])[0] for overlap in OVERLAPS]
    assert firsts == sorted(firsts)
