"""Bind and alter-context: which interfaces a connection is for (C706 12.6.4, MS-RPCE 2.2.2.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from classifier.endpoints.dcerpc.pdu import BIND_NAK
from classifier.endpoints.dcerpc.wire import Broken, Reader

if TYPE_CHECKING:
    from classifier.endpoints.dcerpc.pdu import Pdu

__all__ = ["ABSENT", "NDR64", "REFUSED", "TAKEN", "Context", "contexts", "results"]

NDR64 = "71710533-beba-4937-8319-b5dbef9ccc36"
"""Transfer syntax with 64-bit lengths and pointers (MS-RPCE 2.2.5)"""
_BIND_TIME_FEATURES = "6cb71c2c-9812-4540"
"""No transfer syntax but a question about features, with flags behind (MS-RPCE 3.3.1.5.3)"""
TAKEN, REFUSED, ABSENT = 0, 1, 2
"""What became of a context: the server took it, refused it, or does not have the interface."""
_OUTCOMES = {(2, 1): ABSENT}
"""Provider rejection because the abstract syntax is not supported (C706 12.6.3.1)"""


class Context(Struct, frozen=True):
    """A presentation context that a client proposes.

    Attributes:
        number: p_cont_id.
        interface: UUID of the abstract syntax.
        version: Major and minor version.
        transfer: UUIDs of the transfer syntaxes that the client can use.
    """

    number: int
    interface: str
    version: tuple[int, int]
    transfer: tuple[str, ...]

    @property
    def is_question(self) -> bool:
        """Whether it only asks about features and cannot carry calls."""
        return all(syntax.startswith(_BIND_TIME_FEATURES) for syntax in self.transfer)


def contexts(body: bytes, *, little: bool) -> tuple[Context, ...]:
    """The contexts of a bind or alter-context; what came before damage is kept."""
    reader = Reader(body, little=little)
    found: list[Context] = []
    try:
        reader.take(8)  # fragment sizes and association group
        count = reader.number(1)
        reader.take(3)
        for _ in range(count):
            number = reader.number(2)
            syntaxes = reader.number(1)
            reader.take(1)
            interface = reader.uuid()
            version = reader.number(2), reader.number(2)
            transfer = []
            for _ in range(syntaxes):
                transfer.append(reader.uuid())
                reader.take(4)
            found.append(Context(number, interface, version, tuple(transfer)))
    except Broken:
        pass
    return tuple(found)


def results(answer: Pdu, proposed: int) -> tuple[tuple[int, str], ...]:
    """Of each proposed context what became of it, and its transfer syntax.

    Args:
        answer: A bind-ack, an alter-context-response, or a bind-nak, which refuses all.
        proposed: How many contexts were proposed.
    """
    if answer.type == BIND_NAK:
        return ((REFUSED, ""),) * proposed
    reader = Reader(answer.body, little=answer.little)
    found: list[tuple[int, str]] = []
    try:
        reader.take(8)
        reader.take(reader.number(2))  # secondary address
        reader.align(4)
        count = reader.number(1)
        reader.take(3)
        for _ in range(count):
            result, reason = reader.number(2), reader.number(2)
            found.append((_OUTCOMES.get((result, reason), min(result, REFUSED)), reader.uuid()))
            reader.take(4)
    except Broken:
        pass
    return tuple(found)
