"""The different addresses of a recording: each is a number, and is written as text when asked."""

from __future__ import annotations

from _socket import AF_INET, AF_INET6, inet_ntop  # socket makes enums of all it knows: 3 ms
from collections.abc import Sequence
from typing import TYPE_CHECKING, overload

import numpy as np

from classifier import compiled
from classifier.flows.memory import memory_of
from classifier.grouping import group

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.flows.columns import Array, Columns

__all__ = ["Addresses", "text_of"]

_IPV4 = 4


class Addresses(Sequence[str]):
    """Addresses by number; as a sequence, the text of each (RFC 5952).

    Attributes:
        packed: 16 bytes each; IPv4 in the first four, the rest 0.
        version: 4 or 6.
    """

    def __init__(self, packed: Array, version: Array) -> None:
        self.packed = packed
        self.version = version
        self._texts: list[str] | None = None

    @classmethod
    def of(cls, columns: Columns) -> tuple[Addresses, tuple[Array, Array]]:
        """Number the addresses of rows.

        Returns:
            The addresses, and the numbers (int32) of endpoints ``a`` and ``b`` of each row.
        """
        a, b, versions = (
            columns.data.parts(name) for name in ("a_address", "b_address", "ip_version")
        )
        rows = len(columns)
        if compiled.native is not None:
            parts = zip((*a, *b), (*versions, *versions), strict=True)
            given = [(memory_of(packed), memory_of(version)) for packed, version in parts]
            found = compiled.native.address_numbers(given)
            packed, version = (np.frombuffer(part, dtype=np.uint8) for part in found[:2])
            numbers = np.frombuffer(found[2], dtype=np.int32)
            return cls(packed.reshape(-1, 16), version), (numbers[:rows], numbers[rows:])
        both, version = np.concatenate([*a, *b]), np.concatenate([*versions, *versions])
        codes, first = group(both, version)
        numbers = codes.astype(np.int32)
        return cls(both[first], version[first]), (numbers[:rows], numbers[rows:])

    def __len__(self) -> int:
        """Addresses."""
        return len(self.version)

    @overload
    def __getitem__(self, number: int) -> str: ...
    @overload
    def __getitem__(self, number: slice) -> list[str]: ...
    def __getitem__(self, number: int | slice) -> str | list[str]:
        """One address as text; a list of several."""
        if self._texts is not None or isinstance(number, slice):
            return self.texts()[number]
        if compiled.native is not None and number >= 0:
            one = Addresses(self.packed[number : number + 1], self.version[number : number + 1])
            return one.texts()[0]
        return _text(self.packed[number].tobytes(), int(self.version[number]))

    def __iter__(self) -> Iterator[str]:
        """Every address as text."""
        return iter(self.texts())

    def texts(self) -> list[str]:
        """Every address as text; they are written once."""
        if self._texts is None:
            if compiled.native is not None:
                self._texts = compiled.native.address_texts(*self._columns())
            else:
                each = zip(self.packed, self.version.tolist(), strict=True)
                self._texts = [_text(packed.tobytes(), version) for packed, version in each]
        return self._texts

    def lines(self, quote: str = "") -> bytes:
        """Every address as text between quotes, each ended by a line feed."""
        if compiled.native is not None:
            told: bytes = compiled.native.address_lines(*self._columns(), quote.encode())
            return told
        return "".join([f"{quote}{text}{quote}\n" for text in self.texts()]).encode()

    def padded(self) -> Array:
        """Every address as ASCII text of one width, NUL behind where it is shorter."""
        data = np.frombuffer(self.lines(), dtype=np.uint8)
        end = np.flatnonzero(data == ord("\n"))
        begin = np.concatenate([[0], end + 1])[:-1]
        width = int((end - begin).max(initial=1))
        data = np.concatenate([data, np.zeros(width, dtype=np.uint8)])
        result = np.lib.stride_tricks.sliding_window_view(data, width)[begin]
        result *= np.tri(width + 1, width, -1, dtype=np.uint8)[end - begin]  # not of the next one
        return np.asarray(result.view(f"S{width}").ravel())

    def order(self) -> Array:
        """The numbers of the addresses in the order of their texts."""
        if compiled.native is not None:
            order = compiled.native.address_order(memory_of(self.packed), memory_of(self.version))
            return np.asarray(np.frombuffer(order, dtype=np.int64))
        return np.array(sorted(range(len(self)), key=self.texts().__getitem__), dtype=np.int64)

    def _columns(self) -> tuple[Array, Array]:
        """What compiled code takes."""
        packed = np.ascontiguousarray(self.packed).reshape(-1)
        return packed, np.ascontiguousarray(self.version)


def text_of(packed: bytes) -> str:
    """The text of an address of 4 or 16 bytes."""
    return inet_ntop(AF_INET if len(packed) == _IPV4 else AF_INET6, packed)


def _text(packed: bytes, version: int) -> str:
    return text_of(packed[:4] if version == _IPV4 else packed)
