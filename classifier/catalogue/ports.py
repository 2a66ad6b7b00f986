"""For every port of every transport, who claims it, best first: arrays of packed numbers.

numpy is imported when a table is first asked for, so that ``classify lookup`` and ``--help`` need
not pay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from classifier.catalogue.schema import TRANSPORTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["PORTS", "PackedPorts", "PortTable", "registered_table", "unpack_ports"]

PORTS = 65536


class PortTable(Struct, frozen=True, eq=False):
    """Claims on server ports in compressed rows.

    The claims on port ``p`` of transport ``t`` are ``offsets[t][p]:offsets[t][p + 1]`` of the
    four claim arrays of ``t``, best first: strength, then narrower range, then file order. A
    service stands at most once a port. Claims of the client's end, and those that must not
    classify on their own, are not here: :meth:`Catalogue.describe` has them.

    Attributes:
        offsets: By transport, int64[65537].
        service: By transport, int32: codes, the index into ``Catalogue.ids``.
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


class PackedPorts(Struct, frozen=True, array_like=True):
    """The claims of one transport as packed numbers of this machine's byte order, a row a claim.

    ``ports`` are uint16, ``services`` int32, ``strengths`` uint8, ``widths`` int32, ``flags``
    uint32; sorted as in :class:`PortTable`.
    """

    ports: bytes = b""
    services: bytes = b""
    strengths: bytes = b""
    widths: bytes = b""
    flags: bytes = b""


def unpack_ports(packed: Mapping[str, PackedPorts]) -> PortTable:
    """The port table of packed claims."""
    import numpy as np

    offsets = {}
    for name in TRANSPORTS:
        ports = np.frombuffer(packed[name].ports, dtype=np.uint16)
        offsets[name] = np.zeros(PORTS + 1, dtype=np.int64)
        np.cumsum(np.bincount(ports, minlength=PORTS), out=offsets[name][1:])
    return PortTable(
        offsets=offsets,
        service={n: np.frombuffer(packed[n].services, dtype=np.int32) for n in TRANSPORTS},
        strength={n: np.frombuffer(packed[n].strengths, dtype=np.uint8) for n in TRANSPORTS},
        width={n: np.frombuffer(packed[n].widths, dtype=np.int32) for n in TRANSPORTS},
        flags={n: np.frombuffer(packed[n].flags, dtype=np.uint32) for n in TRANSPORTS},
    )


def registered_table(packed: Mapping[str, tuple[bytes, bytes]]) -> dict[str, NDArray[np.int32]]:
    """The code of what IANA alone names, by transport and port: int32[65536], 0 for nothing."""
    import numpy as np

    tables = {}
    for name in TRANSPORTS:
        ports, codes = packed.get(name, (b"", b""))
        table = np.zeros(PORTS, dtype=np.int32)
        table[np.frombuffer(ports, dtype=np.uint16)] = np.frombuffer(codes, dtype=np.int32)
        tables[name] = table
    return tables
