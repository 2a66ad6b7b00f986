"""Different numbers by owner, against sets."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.hosts.owned import Owned

OWNERS = 4


@pytest.mark.parametrize("bits", [16, 39])
@given(st.lists(st.tuples(st.integers(0, OWNERS - 1), st.integers(0, 65535)), max_size=40))
def test_what_is_said_of_each_owner_is_true_of_its_set(
    bits: int, pairs: list[tuple[int, int]]
) -> None:
    pairs = [*pairs, *((owner, 65535 - owner) for owner in range(OWNERS))]
    owner, number = np.array(pairs, dtype=np.int64).T
    found = Owned.of(owner, number, bits, OWNERS)
    sets = [sorted({n for of, n in pairs if of == one}) for one in range(OWNERS)]
    assert found.count().tolist() == [len(one) for one in sets]
    counted = Owned.counted(owner, ((number >> 7, bits - 7), (number & 127, 7)), OWNERS)
    assert counted.tolist() == found.count().tolist()
    assert counted.dtype == np.int64
    for low, high in ((0, 0), (1024, 65534), (60_000, 65535)):
        inside = [sum(low <= n <= high for n in one) for one in sets]
        assert found.count(low, high).tolist() == inside
    low, high = found.ends()
    assert low.tolist() == [one[0] for one in sets]
    assert high.tolist() == [one[-1] for one in sets]
    jumps = [sum(b - a > 256 for a, b in pairwise(one)) for one in sets]
    assert found.jumps(256).tolist() == jumps


def test_an_owner_without_numbers_has_none_and_nothing_is_asked_of_nobody() -> None:
    found = Owned.of(np.array([2, 2]), np.array([7, 900]), 16, 4)
    assert found.count().tolist() == [0, 0, 2, 0]
    part = np.array([7, 900]), 16
    assert Owned.counted(np.array([2, 2]), [part], 4).tolist() == [0, 0, 2, 0]
    assert found.jumps(256).tolist() == [0, 0, 1, 0]
    nobody = Owned.of(np.zeros(0, np.int64), np.zeros(0, np.uint16), 16, 0)
    part = np.zeros(0, np.uint16), 16
    assert len(Owned.counted(np.zeros(0, np.int64), [part], 0)) == 0
    assert len(nobody.count()) == len(nobody.jumps(1)) == len(nobody.ends()[0]) == 0


def test_many_owners_need_longer_keys() -> None:
    found = Owned.of(np.array([70_000]), np.array([65535]), 16, 70_001)
    assert found.count().nonzero()[0].tolist() == [70_000]
