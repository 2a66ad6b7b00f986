"""Pieces made before they are wanted, by two threads: while one is written, others come to be."""

from __future__ import annotations

import threading
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["ahead"]

Part = TypeVar("Part")
Piece = TypeVar("Piece")

MOST = 6
"""Pieces that are being made, or wait to be taken, at most."""


def ahead(make: Callable[[Part], Piece], parts: Sequence[Part]) -> Iterator[Piece]:
    """What is made of each part, in the order of the parts.

    One thread makes pieces all the time. Whoever takes them makes some as well where the next one
    is not ready: waiting for each other costs threads more than the making of a piece.

    Args:
        make: Called by two threads at a time. What it raises is raised here in its turn.
        parts: What pieces are made of.
    """
    work = _Work(make, parts)
    try:
        for number in range(len(parts)):
            yield work.take(number)
    finally:
        work.stop()


class _Work(Generic[Part, Piece]):
    """What two threads make. Two queues are less work than a future for each piece."""

    def __init__(self, make: Callable[[Part], Piece], parts: Sequence[Part]) -> None:
        self._make = make
        self._parts = parts
        self._wanted: SimpleQueue[int | None] = SimpleQueue()
        self._made: SimpleQueue[tuple[int, tuple[Piece] | BaseException]] = SimpleQueue()
        self._ready: dict[int, tuple[Piece] | BaseException] = {}
        for number in range(min(MOST, len(parts))):
            self._wanted.put(number)
        self._thread = threading.Thread(target=self._run, name="pieces", daemon=True)
        self._thread.start()

    def take(self, number: int) -> Piece:
        """One piece; those before it have been taken."""
        while number not in self._ready:
            self._more()
        if number + MOST < len(self._parts):
            self._wanted.put(number + MOST)
        piece = self._ready.pop(number)
        if isinstance(piece, BaseException):
            raise piece
        return piece[0]

    def _more(self) -> None:
        """Get a piece that is made, make one, or wait for one."""
        if self._made.empty():
            try:
                number = self._wanted.get_nowait()
            except Empty:
                pass  # the other thread makes the last one
            else:
                assert number is not None
                try:
                    self._ready[number] = (self._make(self._parts[number]),)
                except Exception as error:  # noqa: BLE001 - raised by take()
                    self._ready[number] = error
                return
        number, piece = self._made.get()
        self._ready[number] = piece

    def stop(self) -> None:
        """Make no more."""
        try:
            while True:
                self._wanted.get_nowait()
        except Empty:
            self._wanted.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (number := self._wanted.get()) is not None:
            try:
                self._made.put((number, (self._make(self._parts[number]),)))
            except BaseException as error:  # noqa: BLE001 - raised by take()
                self._made.put((number, error))
