"""The unit that the readers of pcap and pcapng hand on, and how they speak of trouble."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["MAX_CAPTURED", "NS", "SHORT_BLOCK", "Record"]

MAX_CAPTURED = 256 * 1024
"""The most bytes a frame may hold; a length beyond it is damage. The bound of libpcap's tools."""

NS = 1_000_000_000

SHORT_BLOCK = -2
"""The link type of a frame of which the file holds less than it claims: nothing of it is known."""


class Record(NamedTuple):
    """One frame as it was recorded.

    Attributes:
        time: ns since 1970 UTC.
        link_type: LINKTYPE_ number of its interface; -1 where the interface is not described.
        data: The bytes that were kept.
        wire_length: Bytes that were on the wire, at least ``len(data)``.
    """

    time: int
    link_type: int
    data: bytes
    wire_length: int
