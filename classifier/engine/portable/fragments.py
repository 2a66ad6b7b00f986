"""Fragmented datagrams: the later fragments follow the head into its flow.

What is remembered is bounded in number and in age, by the time of the capture: RFC 8200 gives a
datagram 60 seconds from its first fragment, RFC 791 hardly more, and identifications come again.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Datagrams", "Head", "Late"]

MAX_DATAGRAMS = 4_096
MAX_WAITING = 64
"""Fragments of one datagram that wait for its head"""
MAX_WAITING_IN_ALL = 16_384
MAX_AGE = 60 * 1_000_000_000


class Late(NamedTuple):
    """A fragment that is not the head. Lengths and offset are in bytes."""

    time: int
    source: int
    frame: int
    ip_bytes: int
    payload_length: int
    offset: int


class Head(NamedTuple):
    """The head of a fragmented datagram: its flow, its side, the sequence number of offset 0."""

    key: Any
    side: int
    sequence: int


class _Datagram(Struct):
    """What is known of a datagram: its head, or who waits for it; since when, in ns."""

    since: int
    head: Head | None = None
    waiting: list[Late] = field(default_factory=list)


class Datagrams:
    """The datagrams that are remembered, oldest first."""

    def __init__(self, headless: Callable[[int, int], None]) -> None:
        """Begin with none.

        Args:
            headless: Told file and frame of each fragment that waited in vain.
        """
        self._known: OrderedDict[tuple[object, ...], _Datagram] = OrderedDict()
        self._waiting = 0
        self._headless = headless

    def come_late(self, name: tuple[object, ...], late: Late) -> Head | None:
        """A later fragment. Returns the head that it follows; None if it has to wait for one."""
        known = self._find(name, late.time)
        if known is not None and known.head is not None:
            return known.head
        if known is None:
            known = self._known[name] = _Datagram(late.time)
        if len(known.waiting) < MAX_WAITING:
            known.waiting.append(late)
            self._waiting += 1
        else:
            self._headless(late.source, late.frame)
        self._forget_old(late.time)
        return None

    def come_first(self, name: tuple[object, ...], head: Head, time: int) -> list[Late]:
        """A head. Returns who waited for it."""
        known = self._find(name, time)
        waiting: list[Late] = []
        if known is not None:
            del self._known[name]
            waiting = known.waiting
            self._waiting -= len(waiting)
        since = known.since if known is not None and waiting else time
        self._known[name] = _Datagram(since, head)
        self._forget_old(time)
        return waiting

    def finish(self) -> None:
        """The recording is over: who still waits waits in vain."""
        while self._known:
            self._give_up(self._known.popitem(last=False)[1])

    def _find(self, name: tuple[object, ...], time: int) -> _Datagram | None:
        known = self._known.get(name)
        if known is None or time - known.since <= MAX_AGE:
            return known
        self._give_up(self._known.pop(name))
        return None

    def _forget_old(self, time: int) -> None:
        while self._known:
            name = next(iter(self._known))
            if (
                len(self._known) <= MAX_DATAGRAMS
                and self._waiting <= MAX_WAITING_IN_ALL
                and time - self._known[name].since <= MAX_AGE
            ):
                break
            self._give_up(self._known.pop(name))

    def _give_up(self, datagram: _Datagram) -> None:
        self._waiting -= len(datagram.waiting)
        for late in datagram.waiting:
            self._headless(late.source, late.frame)
