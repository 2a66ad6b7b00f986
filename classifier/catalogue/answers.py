"""What a lookup finds: one kind of answer for each kind of thing that a term can mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from msgspec import Struct

if TYPE_CHECKING:
    from classifier.catalogue.catalogue import Claim
    from classifier.catalogue.ethertypes import EtherType
    from classifier.catalogue.interfaces import Interface
    from classifier.catalogue.registry import Registration
    from classifier.catalogue.schema import (
        Band,
        Dependency,
        IpProtocol,
        Overlap,
        Service,
        SystemService,
        Tunnel,
        UsedBy,
    )

__all__ = [
    "Answer",
    "BandAnswer",
    "EtherTypeAnswer",
    "InterfaceAnswer",
    "PortAnswer",
    "ProtocolAnswer",
    "Rider",
    "ServiceAnswer",
    "SystemServiceAnswer",
]


class Rider(Struct, frozen=True):
    """A system service that uses a service of the catalogue.

    Attributes:
        carrier: Id of the service whose protocol carries it.
        row: Protocol, transport, ports, bands, condition, era and sources.
    """

    carrier: str
    row: UsedBy


class PortAnswer(Struct, frozen=True):
    """What is known of a port, or of a range of ports, of one transport.

    Attributes:
        transport: ``tcp``, ``udp``, ``sctp`` or ``dccp``.
        low, high: First and last port; equal for one port.
        claims: Best first; those that never name a flow on their own come last. Each has its
            entry, condition, era, flags and sources.
        riders: System services that use one of the ports.
        registered: IANA's names in the range, sorted by port.
        bands: Ranges of ports on demand that hold the whole of it, narrowest first.
        overlaps: What is declared about several claims on it: who is preferred, and why.
    """

    kind: ClassVar[str] = "port"
    transport: str
    low: int
    high: int
    claims: tuple[Claim, ...]
    riders: tuple[Rider, ...]
    registered: tuple[Registration, ...]
    bands: tuple[Band, ...]
    overlaps: tuple[Overlap, ...]

    @property
    def best(self) -> str:
        """Id of the service that a flow to the port is given at best, or an empty string.

        For a range, the best of all claims on a part of it.
        """
        claimed = [claim for claim in self.claims if claim.port.classify]
        if claimed:
            return next((claim.service.id for claim in claimed if claim.names_flows), "")
        names = {row.service for row in self.registered}
        return names.pop() if len(names) == 1 else ""


class ServiceAnswer(Struct, frozen=True):
    """An entry of the catalogue, or a service that a shipped table names.

    Attributes:
        service: With names, flags, ports, conditions, sources, and who rides on it.
        matched: What of it the term is: ``id``, ``name``, ``alias``, ``registered name`` or
            ``part``.
        registered: IANA's registrations under its names.
        interfaces: DCE/RPC interfaces by which it is known.
        riders: Ids of services that ride on it or need it.
        siblings: Ids of services of the same kind: the same part before ``/``, or a claim on one
            of its single ports.
    """

    kind: ClassVar[str] = "service"
    service: Service
    matched: str
    registered: tuple[Registration, ...]
    interfaces: tuple[Interface, ...]
    riders: tuple[str, ...]
    siblings: tuple[str, ...]


class InterfaceAnswer(Struct, frozen=True):
    """A DCE/RPC interface.

    Attributes:
        interface: UUID, version, name, specification, binary.
        service: The service by which its flows are named.
        system_services: Services of Windows that it belongs to.
        siblings: Other interfaces of the same system service, else of the same binary.
    """

    kind: ClassVar[str] = "interface"
    interface: Interface
    service: Service
    system_services: tuple[SystemService, ...]
    siblings: tuple[Interface, ...]


class ProtocolAnswer(Struct, frozen=True):
    """An IP protocol number.

    Attributes:
        number: From 0 to 255.
        name: IANA's keyword; ``protocol 200`` where it has none.
        entry: Title and sources; None where the number is not assigned.
        service: The service by which its flows are named; None where there is none.
        riders: System services that use it.
    """

    kind: ClassVar[str] = "ip protocol"
    number: int
    name: str
    entry: IpProtocol | None
    service: Service | None
    riders: tuple[Rider, ...]


class SystemServiceAnswer(Struct, frozen=True):
    """A service of Windows.

    Attributes:
        system_service: Its names, condition and sources.
        uses: What it needs open, by the service that carries it.
        depends_on, needed_by: Dependencies that name it.
        interfaces: Its DCE/RPC interfaces.
        tunnels: Tunnels that take the place of its open ports.
    """

    kind: ClassVar[str] = "system service"
    system_service: SystemService
    uses: tuple[Rider, ...]
    depends_on: tuple[Dependency, ...]
    needed_by: tuple[Dependency, ...]
    interfaces: tuple[Interface, ...]
    tunnels: tuple[Tunnel, ...]


class BandAnswer(Struct, frozen=True):
    """A range from which systems take ports on demand."""

    kind: ClassVar[str] = "band"
    band: Band


class EtherTypeAnswer(Struct, frozen=True):
    """An EtherType."""

    kind: ClassVar[str] = "ethertype"
    ethertype: EtherType


Answer = (
    PortAnswer
    | ServiceAnswer
    | InterfaceAnswer
    | ProtocolAnswer
    | SystemServiceAnswer
    | BandAnswer
    | EtherTypeAnswer
)
