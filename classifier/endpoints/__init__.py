"""Control traffic that hands out ports: one announcing protocol a file.

Each protocol says which flows it wants to read (ports, patterns of the first bytes) and has a pure
function from a conversation to what was announced, identified or looked for. Everything in a
conversation is hostile until checked: no function here raises, whatever the bytes are.
"""

from __future__ import annotations

from classifier.endpoints.announcement import (
    Announcement,
    Conversation,
    HostName,
    HostRole,
    Identification,
    LookedFor,
    Place,
)
from classifier.endpoints.protocol import Protocol
from classifier.endpoints.registry import PROTOCOLS

__all__ = [
    "PROTOCOLS",
    "Announcement",
    "Conversation",
    "HostName",
    "HostRole",
    "Identification",
    "LookedFor",
    "Place",
    "Protocol",
]
