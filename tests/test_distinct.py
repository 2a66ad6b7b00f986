from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.distinct import among, distinct

ROOT = Path(__file__).resolve().parent.parent
NUMBERS = {"u1": (0, 255), "i1": (-128, 127), "u2": (0, 65535), "i8": (-(2**63), 2**63 - 1)}


def columns(most: int = 60) -> st.SearchStrategy[np.ndarray]:
    """Columns of numbers that lie close together or far apart, or of addresses."""
    numbers = [
        st.lists(st.integers(low, high) | st.integers(0, 40), max_size=most).map(
            lambda found, kind=kind: np.array(found, dtype=kind)
        )
        for kind, (low, high) in NUMBERS.items()
    ]
    return st.one_of(numbers)


def texts(most: int = 60) -> st.SearchStrategy[np.ndarray]:
    """Columns of bytes of one width."""
    found = st.lists(st.binary(max_size=2), max_size=most)
    return found.map(lambda texts: np.array(texts, dtype="S4"))


@given(columns() | texts())
def test_distinct_values_are_those_of_numpy(values):
    found = distinct(values)
    assert found.dtype == values.dtype
    assert found.tolist() == np.unique(values).tolist()


@given(columns(), columns())
def test_numbers_are_found_among_others_as_numpy_finds_them(values, wanted):
    assert among(values, wanted).tolist() == np.isin(values, wanted).tolist()


@given(texts(), texts())
def test_texts_are_found_among_others_as_numpy_finds_them(values, wanted):
    assert among(values, wanted).tolist() == np.isin(values, wanted).tolist()


@pytest.mark.parametrize("wanted", [(), (300, 2), range(40), [2**40 + one for one in range(40)]])
def test_what_is_wanted_may_lie_outside_of_the_type_of_the_values(wanted):
    values = np.arange(256, dtype=np.uint8)
    assert np.flatnonzero(among(values, wanted)).tolist() == [
        one for one in sorted(wanted) if one < 256
    ]


def test_unsigned_numbers_beyond_the_signed_are_told_apart():
    values = np.array([2**64 - 1, 2**64 - 2, 5], dtype=np.uint64)
    wanted = 2**64 - 1 - np.arange(0, 40, 2, dtype=np.uint64)
    assert among(values, wanted).tolist() == [True, False, False]


def test_rows_of_two_dimensions_keep_their_shape():
    values = np.arange(6).reshape(2, 3)
    assert among(values, (1, 5)).tolist() == [[False, True, False], [False, False, True]]
    assert among(values, range(1, 30)).tolist() == [[False, True, True], [True, True, True]]


def test_neither_asks_numpy_about_masks():
    code = (
        "import sys, numpy as np; from classifier.distinct import among, distinct; "
        "x = np.arange(99) << 40; distinct(x); among(x, x[:9]); among(x, x); among(x >> 40, x); "
        "print('numpy.ma' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.strip() == "False"
