"""How an announcing protocol says which flows it reads, and what reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from classifier.endpoints.announcement import (
        Announcement,
        Conversation,
        HostName,
        HostRole,
        Identification,
        LookedFor,
    )

    Said = Announcement | Identification | LookedFor | HostName | HostRole
    Reader = Callable[[Conversation], Iterator[Said]]

__all__ = ["Protocol"]


class Protocol(Struct, frozen=True):
    """How one protocol is found and read.

    Attributes:
        name: As in the field (``FTP``).
        ports: (IP protocol number, port) of its servers.
        patterns: Regular expressions over the first payload bytes of either side, anchored with
            ``^``, for flows on any port: (IP protocol number, expression).
        read: From a conversation to what it says; must come through any bytes.
        looks: What a message begins with, for flows that were selected by their port: such a flow
            is read if one of its first messages begins so, or with one of ``patterns``. Where a
            protocol has neither, and where the beginning was not recorded, every flow of its
            ports is read.
        word: Stands in every datagram that says anything to it: where none has it, a flow of
            datagrams is not read. Empty: there is no such word.
    """

    name: str
    ports: tuple[tuple[int, int], ...]
    patterns: tuple[tuple[int, bytes], ...]
    read: Reader
    looks: tuple[bytes, ...] = ()
    word: bytes = b""
