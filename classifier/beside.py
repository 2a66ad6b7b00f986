"""Work for two processors: independent jobs, two at a time."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["both", "side_by_side"]

T = TypeVar("T")
U = TypeVar("U")

MANY_FLOWS = 20_000
"""Flows from which on a stage is worth a second thread: below, a job is over in a millisecond."""


def side_by_side(jobs: Sequence[Callable[[], T]], *, flows: int) -> list[T]:
    """What jobs return, in the order of the jobs; the caller and one more thread do them.

    It pays where jobs are few and large and let other threads run, as numpy and compiled code do.
    Each job is begun in order, by whoever is free. They must not change what another one reads.

    Args:
        jobs: Functions without arguments.
        flows: How many flows they are about: with few, the caller does them all.

    Raises:
        BaseException: What the first job (in their order) that failed raised; no job is begun
            after one has failed.
    """
    if flows < MANY_FLOWS or len(jobs) <= 1:
        return [job() for job in jobs]
    results: dict[int, T] = {}
    errors: dict[int, BaseException] = {}
    waiting = iter(range(len(jobs)))
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                number = None if errors else next(waiting, None)
            if number is None:
                return
            try:
                results[number] = jobs[number]()
            except BaseException as error:  # noqa: BLE001  raised below, in the caller's thread
                errors[number] = error

    other = threading.Thread(target=work, name="beside")
    other.start()
    try:
        work()
    finally:
        other.join()
    if errors:
        raise errors[min(errors)]
    return [results[number] for number in range(len(jobs))]


def both(one: Callable[[], T], other: Callable[[], U], *, flows: int) -> tuple[T, U]:
    """What two jobs of different kinds return; see :func:`side_by_side`."""
    jobs: list[Callable[[], object]] = [one, other]
    return cast("tuple[T, U]", tuple(side_by_side(jobs, flows=flows)))
