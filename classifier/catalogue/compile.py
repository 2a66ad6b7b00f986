"""Entries into the form that the cache keeps: claims as packed numbers, entries as packed bytes.

Only a start that finds nothing in the cache needs this module.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

import msgspec
from msgspec import Raw

from classifier.catalogue.check import bounds
from classifier.catalogue.compiled import Compiled, Rest
from classifier.catalogue.interfaces import read_interfaces
from classifier.catalogue.kinship import kin
from classifier.catalogue.marked import Marked
from classifier.catalogue.ports import PORTS, PackedPorts
from classifier.catalogue.registry import Registry
from classifier.catalogue.rows import row_of
from classifier.catalogue.schema import STRENGTHS, TRANSPORTS, UNKNOWN_SERVICE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from classifier.catalogue.merge import Merged
    from classifier.catalogue.schema import Header, Payload, Service

__all__ = ["compile_catalogue", "pack_ports", "protocol_codes"]


def compile_catalogue(merged: Merged, header: Header, tables: Mapping[str, bytes]) -> Compiled:
    """Checked entries and shipped tables in compiled form.

    Args:
        merged: The entries of all files.
        header: What ``catalogue.toml`` declares.
        tables: Content of the shipped tables by file name; those that are missing are empty.

    Raises:
        CatalogueError: A table is wrong.
    """
    services = (UNKNOWN_SERVICE, *merged.services.values())
    curated = {service.id: service.id for service in services[1:]}
    for service in services[1:]:
        for alias in service.aliases:
            curated.setdefault(alias, service.id)
    interfaces = read_interfaces(tables.get("dcerpc-interfaces.csv", b""))
    registry = Registry(tables.get("iana-ports.csv", b""), curated)
    ids = dict.fromkeys(service.id for service in services)
    ids.update(dict.fromkeys(row.service for row in interfaces))
    ids.update(registry.ids())
    codes = {name: code for code, name in enumerate(ids)}
    names = [f"protocol {number}" for number in range(256)]
    for protocol in merged.protocols.values():
        names[protocol.number] = protocol.name
    bits = {flag: 1 << n for n, flag in enumerate(header.flags)}
    encode = msgspec.msgpack.encode
    rest = Rest(
        tuple(merged.system_services.values()),
        tuple(merged.dependencies),
        tuple(merged.tunnels.values()),
        tuple(merged.overlaps),
        tuple(merged.protocols.values()),
    )
    return Compiled(
        header=row_of(header),
        notes=merged.notes,
        services=[Raw(encode(row_of(service))) for service in services],
        ids="\n".join(ids),
        bands=[row_of(band) for band in merged.bands.values()],
        ip_protocol_names=names,
        ports=pack_ports(services, bits),
        registered=pack_registered(
            [(port, transport, codes[name]) for port, transport, name in registry.claims], services
        ),
        protocols=protocol_codes(services),
        rest=Raw(encode(rest)),
        words=Raw(encode(curated)),
        payloads=Raw(encode([row_of(_bare(each)) for each in merged.payloads.values()])),
        kin=Raw(encode(kin(services))),
        marked=Raw(encode(Marked.of(services))),
        interfaces=sorted({row.service for row in interfaces}),
    )


def _bare(payload: Payload) -> Payload:
    """Without what only people and tests read."""
    return msgspec.structs.replace(payload, examples=("-",), counter_examples=(), sources=())


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


def protocol_codes(services: Sequence[Service]) -> list[int]:
    """The service code of every IP protocol number, 0 where none; 256 of them."""
    codes = [0] * 256
    for code, service in enumerate(services):
        for number in service.ip_protocols:
            codes[number] = codes[number] or code
    return codes
