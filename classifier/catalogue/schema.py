"""The form of a signature file: one frozen struct a table, unknown fields refused.

The meaning of every field, for people who write entries, is in ``signatures/README.md``.

A warm start makes structs of what was checked before, and asks for no annotation.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

from classifier.model import UNKNOWN

__all__ = [
    "ROLES",
    "SCHEMA_VERSION",
    "STRENGTHS",
    "TRANSPORTS",
    "Band",
    "Caveat",
    "Dependency",
    "Document",
    "Example",
    "Generated",
    "Header",
    "IpProtocol",
    "Opening",
    "Overlap",
    "Payload",
    "Port",
    "Service",
    "SystemService",
    "Tunnel",
    "UsedBy",
]

SCHEMA_VERSION = 3
"""Goes up with every change of these structs, so that a cache of another form is not read."""

TRANSPORTS = ("tcp", "udp", "sctp")
"""The transports that have ports, in the order of the compiled tables."""

STRENGTHS = ("primary", "secondary", "weak")
"""How good a claim on a port is, best first; the compiled table holds the index."""

ROLES = ("server", "client", "peer")
"""Which end owns the port. ``peer``: either may, as the two ends are equals."""

# As texts, which msgspec reads when it makes a decoder of them: a warm start makes none, and to
# compile so many expressions would cost it more than all structs here.
Id: TypeAlias = (
    "Annotated[str, Meta(pattern=r'^[a-z0-9]+(-[a-z0-9]+)*(/[a-z0-9]+(-[a-z0-9]+)*)*$')]"
)
Needs: TypeAlias = r"Annotated[str, Meta(pattern=r'^[a-z0-9/-]+(\|[a-z0-9/-]+)*$')]"
Line: TypeAlias = r"Annotated[str, Meta(pattern=r'^[^\n]*$')]"
Text: TypeAlias = r"Annotated[str, Meta(min_length=1, pattern=r'^[^\n]+$')]"
Number = Annotated[int, Meta(ge=1, le=65535)]
Ascii: TypeAlias = "Annotated[str, Meta(min_length=1, pattern=r'^[ -~]+$')]"
Range: TypeAlias = "Annotated[str, Meta(pattern=r'^[0-9]{1,5}-[0-9]{1,5}$')]"
ProtocolNumber = Annotated[int, Meta(ge=0, le=255)]
Flow: TypeAlias = (
    "Annotated[str, Meta(pattern=r'^((tcp|udp|sctp)/[0-9]{1,5}( client)?|ip/[0-9]{1,3})$')]"
)
Carrier = Literal["tcp", "udp", "sctp", "icmp", "icmp6", "gre", "esp", "ah"]
Date: TypeAlias = "Annotated[str, Meta(pattern=r'^[0-9]{4}-[0-9]{2}-[0-9]{2}$')]"
Sources: TypeAlias = "tuple[Text, ...]"


class _Row(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What all tables have in common: frozen, strict, and defaults are not written."""


class Port(_Row, frozen=True):
    """A claim of a service on ports: who listens, how good the claim is, when it holds."""

    transport: Annotated[tuple[Literal["tcp", "udp", "sctp"], ...], Meta(min_length=1)]
    ports: tuple[Number | Range, ...] = ()
    bands: tuple[Id, ...] = ()
    role: Literal["server", "client", "peer"] = "server"
    strength: Literal["primary", "secondary", "weak"] = "primary"
    classify: bool = True
    registered: bool | None = None
    condition: Line = ""
    era: Line = ""
    flags: tuple[str, ...] = ()
    sources: Sources = ()


class UsedBy(_Row, frozen=True):
    """A system service that rides on this one: the port names the carrier, never the rider."""

    service: Text
    protocol: Text
    transport: Annotated[tuple[Carrier, ...], Meta(min_length=1)]
    system_service: Line = ""
    ports: tuple[Number | Range, ...] = ()
    bands: tuple[Id, ...] = ()
    condition: Line = ""
    era: Line = ""
    tunnel: Line = ""
    sources: Sources = ()


class Example(_Row, frozen=True):
    """A flow, as its server port, and how the catalogue must answer for this service."""

    flow: Flow
    expect: Literal["best", "candidate", "hint"] = "best"


class Caveat(_Row, frozen=True):
    """A flow that must not be given to this service, and why."""

    flow: Flow
    why: Text


class Service(_Row, frozen=True):
    """One service as an analyst names it. Equal when every field is equal."""

    id: Id
    name: Text
    family: str
    summary: Line = ""
    aliases: tuple[Text, ...] = ()
    flags: tuple[str, ...] = ()
    needs: tuple[Needs, ...] = ()
    rides_on: tuple[Id, ...] = ()
    speaks: tuple[Id, ...] = ()
    ip_protocols: tuple[ProtocolNumber, ...] = ()
    sources: Sources = ()
    port: tuple[Port, ...] = ()
    used_by: tuple[UsedBy, ...] = ()
    example: tuple[Example, ...] = ()
    counter_example: tuple[Caveat, ...] = ()


class Band(_Row, frozen=True):
    """A range from which systems take ports on demand; alone it never names a service."""

    id: Id
    name: Text
    era: Text
    low: Number
    high: Number
    transport: Annotated[tuple[Literal["tcp", "udp", "sctp"], ...], Meta(min_length=1)]
    who: Text
    use: tuple[Literal["server", "client"], ...] = ()
    when: Line = ""
    default: bool = False
    sources: Sources = ()


class IpProtocol(_Row, frozen=True):
    """An assigned IP protocol number with IANA's short name."""

    number: ProtocolNumber
    name: Text
    title: Line = ""
    sources: Sources = ()


class SystemService(_Row, frozen=True):
    """A service of an operating system, as its documentation heads the section about it.

    What it needs open stands in the ``used_by`` rows of the carriers that bear its name.
    """

    id: Id
    name: Text
    system_service: Line = ""
    summary: Line = ""
    condition: Line = ""
    aliases: tuple[Text, ...] = ()
    needs: tuple[Needs, ...] = ()
    sources: Sources = ()


class Dependency(_Row, frozen=True):
    """One system service does not work without another."""

    service: Id
    on: Id
    condition: Line = ""
    sources: Sources = ()


class Opening(_Row, frozen=True):
    """What must pass for a tunnel: a service of the catalogue and its transport and ports."""

    service: Id
    transport: Annotated[tuple[Carrier, ...], Meta(min_length=1)]
    ports: tuple[Number | Range, ...] = ()
    needed: bool = True
    condition: Line = ""


class Tunnel(_Row, frozen=True):
    """An encrypted tunnel that takes the place of the open ports of system services."""

    id: Id
    name: Text
    replaces: Annotated[
        tuple[Annotated[str, Meta(pattern=r"^[a-z0-9/*-]+$")], ...], Meta(min_length=1)
    ]
    open: Annotated[tuple[Opening, ...], Meta(min_length=1)]
    summary: Line = ""
    sources: Sources = ()


class Overlap(_Row, frozen=True):
    """Several entries claim the same ports: which is preferred, and why."""

    transport: Annotated[tuple[Literal["tcp", "udp", "sctp"], ...], Meta(min_length=1)]
    ports: Annotated[tuple[Number | Range, ...], Meta(min_length=1)]
    services: Annotated[tuple[Id, ...], Meta(min_length=2)]
    why: Text
    sources: Sources = ()


class Payload(_Row, frozen=True):
    """First payload bytes that show a service."""

    id: Id
    service: Id
    transport: Annotated[tuple[Literal["tcp", "udp", "sctp"], ...], Meta(min_length=1)]
    side: Literal["client", "server", "either"]
    pattern: Ascii
    shows: Text
    examples: Annotated[tuple[Ascii, ...], Meta(min_length=1)]
    strength: Literal["strong", "hint", "weak"] = "strong"
    counter_examples: tuple[Ascii, ...] = ()
    also: tuple[Id, ...] = ()
    sources: Sources = ()


class Generated(_Row, frozen=True):
    """A table that a script made: from what, when, and how to tell that it is whole."""

    file: Annotated[str, Meta(pattern=r"^[a-z0-9-]+\.csv$")]
    rows: Annotated[int, Meta(ge=0)]
    sha256: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
    date: Date
    licence: Text
    made_by: Text
    sources: Sources


class Header(_Row, frozen=True):
    """Name, version and date of the whole catalogue, and its controlled words."""

    name: Text
    version: Text
    date: Date
    families: dict[str, Text]
    flags: dict[str, Text]
    eras: dict[str, Text]


class Document(_Row, frozen=True):
    """One signature file."""

    catalogue: Header | None = None
    service: tuple[Service, ...] = ()
    band: tuple[Band, ...] = ()
    ip_protocol: tuple[IpProtocol, ...] = ()
    system_service: tuple[SystemService, ...] = ()
    dependency: tuple[Dependency, ...] = ()
    tunnel: tuple[Tunnel, ...] = ()
    overlap: tuple[Overlap, ...] = ()
    payload: tuple[Payload, ...] = ()
    generated: tuple[Generated, ...] = ()


UNKNOWN_SERVICE = Service(id=UNKNOWN, name="Unknown", family=UNKNOWN)
"""What has no name has code 0. It is a value, never a null."""
