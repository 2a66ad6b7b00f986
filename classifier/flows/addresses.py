"""The different addresses of a recording: each is a number, and is written as text when asked."""

from __future__ import annotations

from collections.abc import Sequence
from socket import AF_INET, AF_INET6, inet_ntop
from typing import TYPE_CHECKING, overload

import numpy as np

from classifier import compiled
from classifier.grouping import group

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.flows.columns import Array, Columns

__all__ = ["Addresses"]

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
        both = np.concatenate([columns["a_address"], columns["b_address"]])
        versions = np.tile(columns["ip_version"], 2)
        # Most recordings hold IPv4 only, of which four bytes say all.
        key = (both[:, :4],) if (versions == _IPV4).all() else (both, versions)
        codes, first = group(*key)
        numbers = codes.astype(np.int32)
        rows = len(columns)
        return cls(both[first], versions[first]), (numbers[:rows], numbers[rows:])

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
        return _text(self.packed[number].tobytes(), int(self.version[number]))

    def __iter__(self) -> Iterator[str]:
        """Every address as text."""
        return iter(self.texts())

    def texts(self) -> list[str]:
        """Every address as text; they are written once."""
        if self._texts is None:
            if compiled.native is not None:
                packed = np.ascontiguousarray(self.packed).reshape(-1)
                version = np.ascontiguousarray(self.version)
                self._texts = compiled.native.address_texts(packed, version)
            else:
                each = zip(self.packed, self.version.tolist(), strict=True)
                self._texts = [_text(packed.tobytes(), version) for packed, version in each]
        return self._texts


def _text(packed: bytes, version: int) -> str:
    if version == _IPV4:
        return inet_ntop(AF_INET, packed[:4])
    return inet_ntop(AF_INET6, packed)
