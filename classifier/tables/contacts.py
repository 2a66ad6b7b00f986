"""Which service each address asked for, and which it was asked for: rows that two tables count."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from classifier.tables.grouping import addresses, codes, no_answer, sorted_pairs

if TYPE_CHECKING:
    from classifier.table import Table
    from classifier.tables.grouping import Sorted

__all__ = ["Contacts"]


class Contacts:
    """Sorted when asked for first; threads may share one."""

    def __init__(self, flows: Table) -> None:
        self._flows = flows
        self._lock = Lock()
        self._made: tuple[Sorted, Sorted] | None = None

    def asked(self) -> Sorted:
        """Client and service of each flow."""
        return self._both()[0]

    def told(self) -> Sorted:
        """Server and service of each flow, answered or not."""
        rows, bits = self._both()[1]
        return rows >> rows.dtype.type(1), bits - 1

    def answered(self) -> Sorted:
        """Server and service of each flow that the server answered."""
        rows, bits = self._both()[1]
        one = rows.dtype.type(1)
        found = rows.take(np.flatnonzero((rows & one) == 0))
        found >>= one
        return found, bits - 1

    def _both(self) -> tuple[Sorted, Sorted]:
        """Both; what is asked of a server has one bit more, which says that it was silent."""
        with self._lock:
            if self._made is None:
                client, server, _ = addresses(self._flows)
                service, _ = codes(self._flows["service"])
                member = service.astype(np.int32)  # it may have too few bits for one more
                member <<= 1
                member |= no_answer(self._flows)
                asked = sorted_pairs(client, service)
                # Its bits must not depend on who was silent.
                self._made = asked, sorted_pairs(server, member, bits=asked[1] + 1)
            return self._made
