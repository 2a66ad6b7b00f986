"""Reading what the wire holds: every length is checked before it is believed."""

from __future__ import annotations

from uuid import UUID

__all__ = ["Broken", "Reader"]


class Broken(ValueError):  # noqa: N818  it never leaves this package: not an error of the program
    """The bytes are not what they claim to be, or end too early."""


class Reader:
    """A place in some bytes, in one byte order.

    Args:
        data: What is read.
        little: Whether integers are little-endian.
        offset: Where to begin.
    """

    __slots__ = ("_order", "data", "little", "offset")

    def __init__(self, data: bytes, *, little: bool = True, offset: int = 0) -> None:
        self.data = data
        self.little = little
        self.offset = offset
        self._order = "little" if little else "big"

    @property
    def left(self) -> int:
        """Bytes that are left."""
        return len(self.data) - self.offset

    def take(self, count: int) -> bytes:
        """The next bytes."""
        if count < 0 or count > self.left:
            raise Broken(f"{count} bytes wanted, {self.left} left")
        begin, self.offset = self.offset, self.offset + count
        return self.data[begin : self.offset]

    def number(self, size: int) -> int:
        """The next unsigned integer."""
        return int.from_bytes(self.take(size), "little" if self.little else "big")

    def uuid(self) -> str:
        """The next UUID (C706 appendix A: the first three fields in the sender's byte order)."""
        octets = self.take(16)
        return str(UUID(bytes_le=octets) if self.little else UUID(bytes=octets))

    def align(self, size: int) -> None:
        """Go on at the next multiple of a size; padding that is missing at the end is none."""
        self.offset = min(-(-self.offset // size) * size, len(self.data))
