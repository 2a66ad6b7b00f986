"""Pieces made before they are wanted, by two threads: while one is written, others come to be."""

from __future__ import annotations

import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["ahead"]

Part = TypeVar("Part")
Piece = TypeVar("Piece")

THREADS = 2

WAITING = 2
"""Pieces of one thread that wait to be taken, at most."""

MORE, NO_MORE = "more", "no more"


def ahead(make: Callable[[Part], Piece], parts: Sequence[Part]) -> Iterator[Piece]:
    """What is made of each part, in the order of the parts.

    Args:
        make: Called by two threads at a time. What it raises is raised here in its turn.
        parts: What pieces are made of.
    """
    lanes = [_Lane(make, parts[first::THREADS]) for first in range(THREADS)]
    try:
        for number in range(len(parts)):
            yield lanes[number % THREADS].take()
    finally:
        for lane in lanes:
            lane.stop()


class _Lane(Generic[Part, Piece]):
    """One thread. Two queues are less work than a future for each piece."""

    def __init__(self, make: Callable[[Part], Piece], parts: Sequence[Part]) -> None:
        self._make = make
        self._parts = parts
        self._made: SimpleQueue[tuple[Piece] | BaseException] = SimpleQueue()
        self._wanted: SimpleQueue[str] = SimpleQueue()
        for _ in range(WAITING):
            self._wanted.put(MORE)
        self._thread = threading.Thread(target=self._run, name="pieces", daemon=True)
        self._thread.start()

    def take(self) -> Piece:
        """The next piece."""
        made = self._made.get()
        self._wanted.put(MORE)
        if isinstance(made, BaseException):
            raise made
        return made[0]

    def stop(self) -> None:
        """Make no more."""
        self._wanted.put(NO_MORE)
        self._thread.join()

    def _run(self) -> None:
        try:
            for part in self._parts:
                if self._wanted.get() is NO_MORE:
                    return
                self._made.put((self._make(part),))
        except BaseException as error:  # noqa: BLE001 - raised by take()
            self._made.put(error)
