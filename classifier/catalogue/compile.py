"""Claims into arrays: for every port of every transport, who claims it, best first.

The claims are made ready without numpy, as packed numbers that the cache can keep. numpy is
imported when a table is first asked for, so that ``classify lookup`` and ``--help`` need not pay.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from classifier.catalogue.check import bounds
from classifier.catalogue.schema import STRENGTHS, TRANSPORTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from classifier.catalogue.schema import Service

__all__ = [
    "PORTS",
    "PackedPorts",
    "PortTable",
    "pack_ports",
    "pack_registered",
    "protocol_codes",
    "registered_table",
    "unpack_ports",
]

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


class PackedPorts(msgspec.Struct, frozen=True, array_like=True):
    """The claims of one transport as packed numbers of this machine's byte order, a row a claim.

    ``ports`` are uint16, ``services`` int32, ``strengths`` uint8, ``widths`` int32, ``flags``
    uint32; sorted as in :class:`PortTable`.
    """

    ports: bytes = b""
    services: bytes = b""
    strengths: bytes = b""
    widths: bytes = b""
    flags: bytes = b""


def pack_ports(services: Sequence[Service], flag_bits: Mapping[str, int]) -> dict[str, PackedPorts]:
    """The claims of services whose index is their code, by transport."""
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
                width = high - low + 1
                for transport in port.transport:
                    claims[transport].extend(
                        (number, strength, width, code, bits) for number in range(low, high + 1)
                    )
    return {name: _pack(rows) for name, rows in claims.items()}


def _pack(rows: list[tuple[int, int, int, int, int]]) -> PackedPorts:
    """Sorted claims, each service once a port: with its best claim there."""
    seen: set[int] = set()
    kept = []
    for row in sorted(rows):
        pair = row[3] * PORTS + row[0]
        if pair not in seen:
            seen.add(pair)
            kept.append(row)
    columns = list(zip(*kept, strict=True)) or [()] * 5
    ports, strengths, widths, services, flags = columns
    return PackedPorts(
        array("H", ports).tobytes(),
        array("i", services).tobytes(),
        array("B", strengths).tobytes(),
        array("i", widths).tobytes(),
        array("I", flags).tobytes(),
    )


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


def pack_registered(
    rows: Sequence[tuple[int, str, int]], services: Sequence[Service]
) -> dict[str, tuple[bytes, bytes]]:
    """Ports (uint16) and codes (int32) of what IANA alone names, by transport.

    Args:
        rows: Port, transport and code of each registration.
        services: The entries that know better.

    A port that an entry claims is left out, whichever end it gives the port to: who took the
    trouble to write it down knows better than the registry.
    """
    claimed: dict[str, set[int]] = {name: set() for name in TRANSPORTS}
    for service in services:
        for claim in service.port:
            if claim.classify:
                for entry in claim.ports:
                    low, high = bounds(entry)
                    for transport in claim.transport:
                        claimed[transport].update(range(low, high + 1))
    packed = {}
    for name in TRANSPORTS:
        taken = claimed[name]
        kept = [(port, code) for port, of, code in rows if of == name and port not in taken]
        packed[name] = (
            array("H", [port for port, _ in kept]).tobytes(),
            array("i", [code for _, code in kept]).tobytes(),
        )
    return packed


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


def protocol_codes(services: Sequence[Service]) -> list[int]:
    """The service code of every IP protocol number, 0 where none; 256 of them."""
    codes = [0] * 256
    for code, service in enumerate(services):
        for number in service.ip_protocols:
            codes[number] = codes[number] or code
    return codes
