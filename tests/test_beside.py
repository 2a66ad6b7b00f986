"""Two jobs at a time: the results are those of one after the other."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import pytest

from classifier.beside import MANY_FLOWS, both, side_by_side
from classifier.pipeline import read
from classifier.reports import render


def test_results_come_in_the_order_of_the_jobs() -> None:
    second_is_done = threading.Event()

    def first() -> str:
        assert second_is_done.wait(10), "the second job was not begun beside the first"
        return "first"

    def second() -> str:
        second_is_done.set()
        return "second"

    assert side_by_side([first, second, lambda: "third"], flows=MANY_FLOWS) == [
        "first",
        "second",
        "third",
    ]


def test_without_much_to_do_the_caller_does_it_all() -> None:
    here = threading.get_ident()
    jobs = [threading.get_ident] * 3
    assert side_by_side(jobs, flows=1) == [here] * 3
    assert side_by_side(jobs[:1], flows=MANY_FLOWS) == [here]
    assert side_by_side([], flows=MANY_FLOWS) == []


def test_the_error_of_the_first_job_that_failed_is_raised() -> None:
    second_failed = threading.Event()

    def first() -> None:
        assert second_failed.wait(10)
        raise KeyError("first")

    def second() -> None:
        second_failed.set()
        raise ValueError("second")

    with pytest.raises(KeyError, match="first"):
        side_by_side([first, second], flows=MANY_FLOWS)


def test_nothing_is_begun_after_a_failure() -> None:
    begun = []

    def failing() -> None:
        begun.append(threading.get_ident())
        raise OSError("no more")

    with pytest.raises(OSError, match="no more"):
        side_by_side([failing] * 50, flows=MANY_FLOWS)
    assert len(begun) == len(set(begun)) <= 2, "a thread went on after a failure"


def test_two_jobs_of_different_kinds() -> None:
    assert both(lambda: 1, lambda: "one", flows=MANY_FLOWS) == (1, "one")
    assert both(lambda: 1, lambda: "one", flows=1) == (1, "one")


def test_no_thread_is_left_behind() -> None:
    side_by_side([lambda: None] * 8, flows=MANY_FLOWS)
    assert "beside" not in [thread.name for thread in threading.enumerate()]


@pytest.mark.parametrize("sample", ["office-trouble", "office-domain-controller"])
def test_a_report_is_the_same_however_many_threads_made_it(
    sample: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    capture = next((Path(__file__).parents[1] / "samples" / sample).glob("*.pcap*"))

    def report(many_flows: int) -> str:
        monkeypatch.setattr("classifier.beside.MANY_FLOWS", many_flows)
        return re.sub(r'"generated_at":"[^"]*"', "", render("json", read([capture])))

    assert report(many_flows=0) == report(many_flows=1 << 40)
