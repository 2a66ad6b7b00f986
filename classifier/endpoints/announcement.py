"""What control traffic says about other flows: the nouns of this stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.flows.piece import Piece

__all__ = [
    "Announcement",
    "Conversation",
    "HostName",
    "HostRole",
    "Identification",
    "LookedFor",
    "Place",
]


class Conversation(Struct, frozen=True):
    """One flow with what both sides said. Equal when every field is equal.

    Attributes:
        flow: Row of the flow table, from 0.
        transport: ``tcp``, ``udp`` …
        client_ip, client_port, server_ip, server_port: As in the flow table.
        pieces: Of one side in the order of the stream, of both by the frame that made them
            readable.
    """

    flow: int
    transport: str
    client_ip: str
    client_port: int
    server_ip: str
    server_port: int
    pieces: tuple[Piece, ...]

    def speaker(self, *, client: bool) -> str:
        """The address of one side."""
        return self.client_ip if client else self.server_ip

    def messages(self, *, client: bool) -> Iterator[Piece]:
        """The pieces of one side."""
        return (piece for piece in self.pieces if piece.client is client)


class Place(Struct, frozen=True):
    """Where something was said: which frame of which file, when, in which flow."""

    flow: int
    frame: int
    source: int
    time: int


class Announcement(Struct, frozen=True):
    """Control traffic handed out an endpoint. Equal when every field is equal.

    Attributes:
        host: Address at which it serves, as text; of the speaker where none was said.
        port: Port, or the call id where ``transport`` is ``gre``.
        transport: ``tcp``, ``udp``, ``sctp`` or ``gre``.
        service: Id in the catalogue; ``unknown`` where only the port is handed out, whatever it is
            for (a mapping of a NAT), which leaves a note and names nothing.
        detail: The specific thing in words (an interface, a program, a file), else empty.
        place: Where it was said.
        speaker: Address of the host that said it. Where it is not ``host``, the announcement is
            about a third host and must not be believed blindly.
        peer: Address of the only host that may use it; empty: anybody.
        lifetime: Seconds for which a new flow may use it; 0: as long as the recording.
        interface: UUID of a DCE/RPC interface, else empty.
        host_is_client: The announced endpoint is the one that asked, and whoever answers to it
            serves: a TFTP server answers from a new port, a NetBIOS query to all is answered by
            any host. Else the announced endpoint is the server, as nearly always.
    """

    host: str
    port: int
    transport: str
    service: str
    detail: str
    place: Place
    speaker: str
    peer: str = ""
    lifetime: int = 300
    interface: str = ""
    host_is_client: bool = False


class Identification(Struct, frozen=True):
    """The flow's own payload says what it is. Equal when every field is equal.

    Attributes:
        service: Id in the catalogue.
        detail: The specific thing in words, else empty.
        place: Where it was said.
        interface: UUID of a DCE/RPC interface, else empty.
        client_is_server: The payload shows that the side taken for the client is the server.
        carried: It rides on the flow and does not name it, as a bind over a named pipe rides on
            SMB.
    """

    service: str
    detail: str
    place: Place
    interface: str = ""
    client_is_server: bool = False
    carried: bool = False


class LookedFor(Struct, frozen=True):
    """A client asked for an endpoint that does not exist: no endpoint, but evidence of intent.

    Attributes:
        service: Id in the catalogue of what was asked for, ``unknown`` where it has none.
        detail: What was asked for and what the answer was, in words.
        place: Where the answer is.
        interface: UUID of a DCE/RPC interface, else empty.
    """

    service: str
    detail: str
    place: Place
    interface: str = ""


class HostName(Struct, frozen=True):
    """Control traffic says what a host is called. Equal when every field is equal.

    Attributes:
        host: Address as text.
        name: As it was said: hostile text, without lone surrogates, at most 253 characters.
        basis: What said so: ``mDNS``, ``NetBIOS``, ``DHCP`` …
        place: Where it was said.
    """

    host: str
    name: str
    basis: str
    place: Place


class HostRole(Struct, frozen=True):
    """Control traffic says what a host is for. Equal when every field is equal.

    Attributes:
        host: Address as text.
        role: One of the words of :data:`classifier.hosts.roles.ROLES`.
        basis: What said so.
        place: Where it was said.
    """

    host: str
    role: str
    basis: str
    place: Place
