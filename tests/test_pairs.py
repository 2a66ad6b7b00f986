"""Pairs counted in a table of fixed size: never fewer than there are."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from classifier.pairs import places_of_pairs

PAIRS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 65535)), min_size=1)


@given(PAIRS, st.integers(1, 32))
def test_equal_pairs_have_one_place_so_that_a_place_counts_all_of_them(pairs, bits):
    one, other = np.array(pairs, dtype=np.int32).T
    places = places_of_pairs(one, other.astype(np.uint16), bits).tolist()
    assert 0 <= min(places) <= max(places) < 1 << bits
    counted = Counter(places)
    for pair, count in Counter(pairs).items():
        assert counted[places[pairs.index(pair)]] >= count


def test_different_pairs_are_spread():
    one, other = np.divmod(np.arange(1 << 12), 64)
    assert len(set(places_of_pairs(one, other, 16).tolist())) > 3_900
