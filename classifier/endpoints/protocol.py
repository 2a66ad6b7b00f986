"""Every announcing protocol, in a visible order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from classifier.endpoints.announcement import (
        Announcement,
        Conversation,
        Identification,
        LookedFor,
    )

__all__ = ["PROTOCOLS", "Protocol"]


@dataclass(frozen=True, slots=True)
class Protocol:
    """How one protocol is found and read.

    Attributes:
        name: As in the field (``FTP``).
        ports: (IP protocol number, port) of its servers.
        patterns: Regular expressions over the first payload bytes of either side, anchored with
            ``^``, for flows on any port: (IP protocol number, expression).
        read: From a conversation to what it says; must come through any bytes.
    """

    name: str
    ports: tuple[tuple[int, int], ...]
    patterns: tuple[tuple[int, bytes], ...]
    read: Callable[[Conversation], Iterator[Announcement | Identification | LookedFor]]


PROTOCOLS: tuple[Protocol, ...] = (
    # Those that name the most flows first; the order decides nothing but that of explanations.
)
"""Every protocol. A module adds its own line here, with its reason for the place."""
