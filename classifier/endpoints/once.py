"""Endpoints that were announced already: control traffic repeats itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from classifier.endpoints.announcement import Announcement

__all__ = ["Once"]

_SECOND = 1_000_000_000


class Once:
    """Tells the first announcement of an endpoint in a conversation from its repetitions.

    One that comes so late that the first is half over is no repetition: it is what keeps the
    endpoint valid.
    """

    __slots__ = ("_said",)

    def __init__(self) -> None:
        self._said: dict[tuple[str, int, str, str], int] = {}

    def first(self, announcement: Announcement) -> bool:
        """Whether it has to be said."""
        endpoint = (
            announcement.host,
            announcement.port,
            announcement.transport,
            announcement.service,
        )
        before = self._said.get(endpoint)
        now = announcement.place.time
        lasts = announcement.lifetime * _SECOND // 2
        if before is not None and (not lasts or now - before < lasts):
            return False
        self._said[endpoint] = now
        return True
