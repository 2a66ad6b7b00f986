"""The different addresses of a recording: each is a number, and is written as text once."""

from __future__ import annotations

from dataclasses import dataclass
from socket import AF_INET, AF_INET6, inet_ntop
from typing import TYPE_CHECKING

import numpy as np

from classifier.grouping import group

if TYPE_CHECKING:
    from classifier.flows.columns import Array, Columns

__all__ = ["Addresses"]

_IPV4 = 4


@dataclass(frozen=True, slots=True, eq=False)
class Addresses:
    """Addresses by number.

    Attributes:
        packed: 16 bytes each; IPv4 in the first four, the rest 0.
        version: 4 or 6.
    """

    packed: Array
    version: Array

    @classmethod
    def of(cls, columns: Columns) -> tuple[Addresses, tuple[Array, Array]]:
        """Number the addresses of rows.

        Returns:
            The addresses, and the numbers (int32) of endpoints ``a`` and ``b`` of each row.
        """
        both = np.concatenate([columns["a_address"], columns["b_address"]])
        versions = np.tile(columns["ip_version"], 2)
        codes, first = group(both, versions)
        numbers = codes.astype(np.int32)
        rows = len(columns)
        return cls(both[first], versions[first]), (numbers[:rows], numbers[rows:])

    def texts(self) -> list[str]:
        """Every address as people write it (RFC 5952)."""
        data = self.packed.tobytes()
        return [
            inet_ntop(AF_INET, data[at : at + 4])
            if version == _IPV4
            else inet_ntop(AF_INET6, data[at : at + 16])
            for at, version in zip(range(0, len(data), 16), self.version.tolist(), strict=True)
        ]
