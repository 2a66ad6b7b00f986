"""Addresses on one number line, so that a million of them can be compared at once.

IPv4 and IPv6 share the line: an IPv4 address stands at its IPv4-mapped place (``::ffff:a.b.c.d``,
RFC 4291 section 2.5.5.2), so both spellings of one host are one address.
"""

from __future__ import annotations

from _socket import AF_INET, AF_INET6, inet_pton  # socket makes enums of all it knows: 3 ms
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from classifier.flows.addresses import Addresses as Recorded

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

__all__ = ["MAPPED", "Addresses", "pack"]

MAPPED = 0xFFFF << 32
"""Where IPv4 begins on the line."""

_MAPPED_PREFIX = bytes(10) + b"\xff\xff"


class Addresses(Struct, frozen=True, dict=True):
    """Unique addresses, ready to be asked for in zones.

    Attributes:
        packed: 16 bytes each, in network order, so that byte order is numeric order.
        valid: False where the text is no IP address.
    """

    packed: npt.NDArray[np.bytes_]
    valid: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, texts: Iterable[str], asked: npt.NDArray[np.integer] | None = None) -> Addresses:
        """Parse addresses. The scope of ``fe80::1%eth0`` is ignored.

        The addresses of a recording are taken as they are, without a way through text.

        Args:
            texts: The addresses.
            asked: The numbers of those that are wanted, if they are in a row; None: all.
        """
        if isinstance(texts, Recorded):
            return cls._recorded(texts, asked)
        if asked is not None:
            own = list(texts)
            texts = [own[number] for number in asked.tolist()]
        raw = [parse(text) for text in texts]
        packed = np.frombuffer(b"".join(one or bytes(16) for one in raw), dtype="S16")
        return cls(packed, np.array([one is not None for one in raw], dtype=np.bool_))

    @classmethod
    def _recorded(cls, addresses: Recorded, asked: npt.NDArray[np.integer] | None) -> Addresses:
        """IPv4 moves to its mapped place; the rest stands there already."""
        version, packed = addresses.version, addresses.packed
        if asked is not None:
            version, packed = version.take(asked), packed.take(asked, axis=0)
        mapped = np.empty_like(packed)
        mapped[:, :12] = np.frombuffer(_MAPPED_PREFIX, dtype=np.uint8)
        mapped[:, 12:] = packed[:, :4]
        six = np.flatnonzero(version != 4)  # noqa: PLR2004  the IP version
        mapped[six] = packed[six]
        packed = mapped
        return cls(packed.reshape(-1).view("S16"), np.ones(len(packed), dtype=np.bool_))

    @cached_property
    def numbers(self) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.uint32]]:
        """Which addresses are IPv4, ascending, and the number of each of those."""
        words = self.packed.view(">u4").reshape(-1, 4)
        is_four = (words[:, 2] == MAPPED >> 32) & (words[:, 0] == 0) & (words[:, 1] == 0)
        four = np.flatnonzero(is_four)
        return four, words[:, 3].take(four).astype(np.uint32)

    @cached_property
    def others(self) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.bytes_]]:
        """Which addresses are not IPv4, ascending, and these, packed."""
        is_other = np.ones(len(self.packed), dtype=np.bool_)
        is_other[self.numbers[0]] = False
        other = np.flatnonzero(is_other)
        return other, self.packed.take(other)


def parse(text: str) -> bytes | None:
    """One address as 16 bytes, IPv4 in its mapped form; None where it is no address."""
    try:
        if ":" in text:
            return inet_pton(AF_INET6, text.partition("%")[0])
        return _MAPPED_PREFIX + inet_pton(AF_INET, text)
    except OSError:
        return None


def pack(numbers: Iterable[int]) -> npt.NDArray[np.bytes_]:
    """Numbers of the common line as 16 bytes each."""
    return np.frombuffer(b"".join(number.to_bytes(16) for number in numbers), dtype="S16")
