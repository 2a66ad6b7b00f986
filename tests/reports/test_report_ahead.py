"""Pieces that two threads make come in order, and neither errors nor threads are lost."""

from __future__ import annotations

import threading

import pytest

from classifier.reports.ahead import ahead


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "pieces"]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 100])
def test_pieces_come_in_the_order_of_the_parts(count: int) -> None:
    assert list(ahead(str, range(count))) == [str(number) for number in range(count)]


def test_what_a_thread_raises_is_raised_in_its_turn() -> None:
    def make(number: int) -> int:
        return 10 // (5 - number)

    pieces = ahead(make, range(9))
    assert [next(pieces) for _ in range(5)] == [2, 2, 3, 5, 10]
    with pytest.raises(ZeroDivisionError):
        next(pieces)
    assert not threads()


def test_no_thread_is_left_when_nobody_wants_the_rest() -> None:
    made: list[int] = []
    pieces = ahead(made.append, range(1000))
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]
    assert not threads()
    assert len(made) < 10
