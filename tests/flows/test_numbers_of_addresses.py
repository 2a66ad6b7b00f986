"""The addresses of rows are numbered in order of first appearance, in Rust and in Python."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier import compiled
from classifier.flows.addresses import Addresses
from classifier.flows.columns import Columns
from classifier.flows.joined import Joined

VERSIONS = st.sampled_from([(4,), (6,), (4, 6)])
FIRST = st.integers(0, 3)


def columns_of(rows: list[tuple[int, int, int]], cuts: list[int]) -> Columns:
    """Rows of a version and the first byte of both addresses, in parts."""
    version = np.array([row[0] for row in rows], dtype=np.uint8)
    sides = np.zeros((2, len(rows), 16), dtype=np.uint8)
    sides[:, :, 0] = np.array([row[1:] for row in rows], dtype=np.uint8).reshape(-1, 2).T
    bounds = list(pairwise([0, *sorted(cuts), len(rows)]))
    whole = {"a_address": sides[0], "b_address": sides[1], "ip_version": version}
    parts = {name: [column[begin:end] for begin, end in bounds] for name, column in whole.items()}
    nothing = cast("Any", None)
    data = Joined({**parts, "first_seen": parts["ip_version"]})
    return Columns(data, nothing, nothing, nothing, nothing, nothing)


@pytest.mark.parametrize("native", [compiled.native, None], ids=["as built", "in Python"])
@given(data=st.data(), versions=VERSIONS)
def test_equal_addresses_of_either_side_and_any_part_have_one_number(
    native: Any, data: st.DataObject, versions: tuple[int, ...]
) -> None:
    row = st.tuples(st.sampled_from(versions), FIRST, FIRST)
    rows = data.draw(st.lists(row, max_size=8))
    cuts = data.draw(st.lists(st.integers(0, len(rows)), max_size=2))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "native", native)
        addresses, sides = Addresses.of(columns_of(rows, cuts))
    asked = [(version, side) for version, side, _ in rows]
    asked += [(version, side) for version, _, side in rows]
    different = list(dict.fromkeys(asked))
    numbers = [*sides[0].tolist(), *sides[1].tolist()]
    assert numbers == [different.index(one) for one in asked]
    known = zip(addresses.version.tolist(), addresses.packed[:, 0].tolist(), strict=True)
    assert list(known) == different
