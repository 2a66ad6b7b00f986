"""Aligned PER, as far as H.323 needs it (ITU-T X.691): types as functions that read bits.

Nothing is built from what is read: where a type says so (:func:`noted`), its value is put down in
``Bits.found``, which keeps what came before damage.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = [
    "Bits",
    "Broken",
    "Field",
    "boolean",
    "characters",
    "choice",
    "integer",
    "list_of",
    "noted",
    "null",
    "octets",
    "opened",
    "optional",
    "sequence",
    "unreadable",
]


class Broken(ValueError):  # noqa: N818 - the state of the bits, as in dcerpc.wire
    """The bits end too early, or are not of this type."""


class Bits:
    """A reader of bits.

    Attributes:
        found: What types put down, in order.
    """

    __slots__ = ("_at", "_data", "_end", "found")

    def __init__(self, data: bytes, found: list[tuple[str, object]] | None = None) -> None:
        self._data = data
        self._at = 0
        self._end = 8 * len(data)
        self.found: list[tuple[str, object]] = [] if found is None else found

    def bits(self, count: int) -> int:
        """The next bits as a number.

        Raises:
            Broken: There are not so many.
        """
        end = self._at + count
        if end > self._end:
            raise Broken("too short")
        first, last = self._at >> 3, (end + 7) >> 3
        number = int.from_bytes(self._data[first:last], "big") >> (8 * last - end)
        self._at = end
        return number & ((1 << count) - 1)

    def octets(self, count: int) -> bytes:
        """Whole octets, from the next whole octet on.

        Raises:
            Broken: There are not so many.
        """
        first = (self._at + 7) >> 3
        if first + count > len(self._data):
            raise Broken("too short")
        self._at = 8 * (first + count)
        return self._data[first : first + count]

    def align(self) -> None:
        """Go on with the next whole octet."""
        self._at = (self._at + 7) & ~7

    def number(self, low: int, high: int) -> int:
        """A whole number between two (X.691 10.5.7)."""
        count = high - low + 1
        if count < 256:  # noqa: PLR2004
            return low + self.bits((count - 1).bit_length())
        if count <= 65_536:  # noqa: PLR2004
            return low + int.from_bytes(self.octets(1 if count == 256 else 2), "big")  # noqa: PLR2004
        most = ((count - 1).bit_length() + 7) // 8
        return low + int.from_bytes(self.octets(1 + self.bits((most - 1).bit_length())), "big")

    def small(self) -> int:
        """A number that is normally small (X.691 10.6); a large one is in no message of these."""
        if self.bits(1):
            raise Broken("a large number")
        return self.bits(6)

    def length(self) -> int:
        """A length without bounds (X.691 10.9.3.6); fragments are in no message of these."""
        first = self.octets(1)[0]
        if first < 0x80:  # noqa: PLR2004
            return first
        if first < 0xC0:  # noqa: PLR2004
            return (first & 0x3F) << 8 | self.octets(1)[0]
        raise Broken("fragments")

    def pass_over(self) -> None:
        """What stands behind the extension marker of a sequence, of which nothing is known."""
        added = [self.bits(1) for _ in range(self.small() + 1)]
        for _ in range(sum(added)):
            self.octets(self.length())


class Field(NamedTuple):
    """A component of a sequence."""

    type: Callable[[Bits], object]
    optional: bool = False


def optional(type_: Callable[[Bits], object]) -> Field:
    """A component that may be missing."""
    return Field(type_, optional=True)


def null(_bits: Bits) -> None:
    """NULL: no bits."""


def unreadable(_bits: Bits) -> None:
    """A type that is too rare to be worth reading.

    Raises:
        Broken: Always.
    """
    raise Broken("not read")


def boolean(bits: Bits) -> bool:
    """BOOLEAN."""
    return bool(bits.bits(1))


def integer(low: int, high: int) -> Callable[[Bits], object]:
    """INTEGER (low..high)."""
    return lambda bits: bits.number(low, high)


def octets(low: int | None = None, high: int | None = None) -> Callable[[Bits], bytes]:
    """OCTET STRING, OBJECT IDENTIFIER (no size), of a size, or of one between two."""

    def read(bits: Bits) -> bytes:
        if low is None:
            return bits.octets(bits.length())
        return bits.octets(low if high is None else bits.number(low, high))

    return read


def characters(each: int, low: int, high: int) -> Callable[[Bits], object]:
    """A string of characters of so many bits each."""

    def read(bits: Bits) -> None:
        count = bits.number(low, high)
        bits.align()
        bits.bits(each * count)

    return read


def list_of(
    type_: Callable[[Bits], object], low: int = 0, high: int | None = None
) -> Callable[[Bits], object]:
    """SEQUENCE OF."""

    def read(bits: Bits) -> None:
        count = bits.length() if high is None else bits.number(low, high)
        for _ in range(count):
            type_(bits)

    return read


def choice(
    root: Sequence[Callable[[Bits], object]],
    more: Sequence[Callable[[Bits], object] | None] | None = None,
) -> Callable[[Bits], object]:
    """CHOICE.

    Args:
        root: Types of the alternatives.
        more: Of those behind the extension marker, None: not of interest; None: there is no marker.
    """

    def read(bits: Bits) -> object:
        if more is not None and bits.bits(1):
            return _one_of(bits, more, bits.small())
        number = bits.number(0, len(root) - 1)
        if number >= len(root):
            raise Broken("no such alternative")
        return root[number](bits)

    return read


def sequence(
    *fields: Callable[[Bits], object] | Field,
    more: Sequence[Callable[[Bits], object] | None] | None = None,
) -> Callable[[Bits], object]:
    """SEQUENCE.

    Args:
        fields: The components.
        more: Types of those behind the extension marker, None: not of interest; None: there is no
            marker.
    """
    all_ = [field if isinstance(field, Field) else Field(field) for field in fields]

    def read(bits: Bits) -> None:
        extended = more is not None and bits.bits(1)
        present = [not field.optional or bool(bits.bits(1)) for field in all_]
        for field, there in zip(all_, present, strict=True):
            if there:
                field.type(bits)
        if extended and more is not None:
            count = bits.small() + 1
            added = [bool(bits.bits(1)) for _ in range(count)]
            for number, there in enumerate(added):
                if there:
                    _one_of(bits, more, number)

    return read


def _one_of(bits: Bits, more: Sequence[Callable[[Bits], object] | None], number: int) -> object:
    """An open type (X.691 10.2): what is not known can be passed over."""
    inside = bits.octets(bits.length())
    type_ = more[number] if number < len(more) else None
    return None if type_ is None else type_(Bits(inside, bits.found))


def opened(type_: Callable[[Bits], object]) -> Callable[[Bits], object]:
    """OCTET STRING that holds another type; if that is broken, the rest is still right."""

    def read(bits: Bits) -> None:
        inside = bits.octets(bits.length())
        try:
            type_(Bits(inside, bits.found))
        except Broken:
            bits.found.append(("broken", None))

    return read


def noted(name: str, type_: Callable[[Bits], object]) -> Callable[[Bits], object]:
    """A type whose value is put down."""

    def read(bits: Bits) -> object:
        value = type_(bits)
        bits.found.append((name, value))
        return value

    return read
