"""Reading XDR: everything in units of four bytes, big-endian (RFC 4506)."""

from __future__ import annotations

__all__ = ["Broken", "Reader"]


class Broken(ValueError):  # noqa: N818  it never leaves this package: not an error of the program
    """The bytes are not what they claim to be, or end too early."""


class Reader:
    """A place in some bytes.

    Args:
        data: What is read.
    """

    __slots__ = ("data", "offset")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.offset = 0

    def number(self) -> int:
        """The next unsigned integer (RFC 4506 section 4.2)."""
        begin = self.offset
        self.offset += 4
        if self.offset > len(self.data):
            raise Broken(f"4 bytes wanted at {begin}, {len(self.data)} are there")
        return int.from_bytes(self.data[begin : self.offset])

    def opaque(self, most: int) -> bytes:
        """The next bytes of a length of their own, and their padding (section 4.10)."""
        size = self.number()
        begin, end = self.offset, self.offset + size
        if size > most or end > len(self.data):
            raise Broken(f"{size} bytes wanted at {begin}, {len(self.data)} are there")
        self.offset = begin + -(-size // 4) * 4
        return self.data[begin:end]

    def text(self, most: int) -> str:
        """The next string; what is not ASCII is none."""
        octets = self.opaque(most)
        if not octets.isascii():
            raise Broken("a string that is not ASCII")
        return octets.decode("ascii")

    def rest(self) -> bytes:
        """All that is left."""
        return self.data[self.offset :]
