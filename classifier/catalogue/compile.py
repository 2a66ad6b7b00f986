"""Claims into arrays: for every port of every transport, who claims it, best first.

numpy is imported when it is first needed, so that ``classify lookup`` and ``--help`` need not pay.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classifier.catalogue.check import bounds
from classifier.catalogue.schema import STRENGTHS, TRANSPORTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from classifier.catalogue.schema import Service

__all__ = ["PORTS", "PortTable", "compile_ports", "compile_protocols"]

PORTS = 65536


@dataclass(frozen=True, slots=True, eq=False)
class PortTable:
    """Claims on server ports in compressed rows.

    The claims on port ``p`` of transport ``t`` are ``offsets[t][p]:offsets[t][p + 1]`` of the
    four claim arrays of ``t``, best first: strength, then narrower range, then file order. A
    service stands at most once a port. Claims of the client's end, and those that must not
    classify on their own, are not here: :meth:`Catalogue.describe` has them.

    Attributes:
        offsets: By transport, int64[65537].
        service: By transport, int32: codes, the index into ``Catalogue.services``.
        strength: By transport, uint8: 0 primary, 1 secondary, 2 weak.
        width: By transport, int32: ports in the range that the claim comes from, 1 for one port.
        flags: By transport, uint32: bits as in ``Catalogue.flag_bits``, of entry and port.
    """

    offsets: Mapping[str, NDArray[np.int64]]
    service: Mapping[str, NDArray[np.int32]]
    strength: Mapping[str, NDArray[np.uint8]]
    width: Mapping[str, NDArray[np.int32]]
    flags: Mapping[str, NDArray[np.uint32]]

    def row(self, transport: str, port: int) -> slice:
        """Where the claims on a port stand in the claim arrays of its transport."""
        offsets = self.offsets[transport]
        return slice(int(offsets[port]), int(offsets[port + 1]))


def compile_ports(services: Sequence[Service], flag_bits: Mapping[str, int]) -> PortTable:
    """The port table of services whose index is their code."""
    claims: dict[str, list[tuple[int, int, int, int, int]]] = {name: [] for name in TRANSPORTS}
    for code, service in enumerate(services):
        for port in service.port:
            if port.role == "client" or not port.classify:
                continue
            strength = STRENGTHS.index(port.strength)
            bits = 0
            for flag in (*service.flags, *port.flags):
                bits |= flag_bits[flag]
            for entry in port.ports:
                low, high = bounds(entry)
                for transport in port.transport:
                    claims[transport].append((low, high, code, strength, bits))
    tables = {name: _compile(rows) for name, rows in claims.items()}
    return PortTable(
        offsets={name: table[0] for name, table in tables.items()},
        service={name: table[1] for name, table in tables.items()},
        strength={name: table[2] for name, table in tables.items()},
        width={name: table[3] for name, table in tables.items()},
        flags={name: table[4] for name, table in tables.items()},
    )


def _compile(
    rows: Sequence[tuple[int, int, int, int, int]],
) -> tuple[
    NDArray[np.int64],
    NDArray[np.int32],
    NDArray[np.uint8],
    NDArray[np.int32],
    NDArray[np.uint32],
]:
    import numpy as np

    table = np.array(rows, dtype=np.int64).reshape(-1, 5)
    low, high, code, strength, bits = table.T
    width = high - low + 1
    claim = np.repeat(np.arange(len(table)), width)
    first = np.repeat(np.cumsum(width) - width, width)
    port = low[claim] + np.arange(len(claim)) - first
    order = np.lexsort((code[claim], width[claim], strength[claim], port))
    port, claim = port[order], claim[order]
    once = np.sort(np.unique(code[claim] * PORTS + port, return_index=True)[1])
    port, claim = port[once], claim[once]
    offsets = np.zeros(PORTS + 1, dtype=np.int64)
    np.cumsum(np.bincount(port, minlength=PORTS), out=offsets[1:])
    return (
        offsets,
        code[claim].astype(np.int32),
        strength[claim].astype(np.uint8),
        width[claim].astype(np.int32),
        bits[claim].astype(np.uint32),
    )


def compile_protocols(services: Sequence[Service]) -> NDArray[np.int32]:
    """The service code of every IP protocol number, 0 where none; int32[256]."""
    import numpy as np

    codes = np.zeros(256, dtype=np.int32)
    for code, service in enumerate(services):
        for number in service.ip_protocols:
            if codes[number] == 0:
                codes[number] = code
    return codes
