"""What control traffic says about other flows: the nouns of this stage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Announcement", "Conversation", "Identification", "LookedFor", "Piece", "Place"]


class Piece(NamedTuple):
    """Payload of one frame: a message, or what a TCP segment adds to the stream.

    Attributes:
        client: Whether the client sent it.
        frame: Number of the frame in its file, from 1.
        source: Index of the file.
        time: ns since 1970 UTC.
        position: Payload bytes of that side before it; a gap tells of bytes that are missing.
        data: At least one byte.
    """

    client: bool
    frame: int
    source: int
    time: int
    position: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Conversation:
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


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was said: which frame of which file, when, in which flow."""

    flow: int
    frame: int
    source: int
    time: int


@dataclass(frozen=True, slots=True)
class Announcement:
    """Control traffic handed out an endpoint. Equal when every field is equal.

    Attributes:
        host: Address at which it serves, as text; of the speaker where none was said.
        port: Port, or the call id where ``transport`` is ``gre``.
        transport: ``tcp``, ``udp``, ``sctp`` or ``gre``.
        service: Id in the catalogue.
        detail: The specific thing in words (an interface, a program, a file), else empty.
        place: Where it was said.
        speaker: Address of the host that said it. Where it is not ``host``, the announcement is
            about a third host and must not be believed blindly.
        peer: Address of the only host that may use it; empty: anybody.
        lifetime: Seconds for which a new flow may use it; 0: as long as the recording.
        interface: UUID of a DCE/RPC interface, else empty.
        host_is_client: The announced endpoint will be the *client* of the announced flow (FTP's
            active mode connects from the server to the port that the client announced: there the
            announced endpoint is still the one that is connected to, so this is False; it is True
            where the announced endpoint is the one that sends first, as with TFTP's answers).
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


@dataclass(frozen=True, slots=True)
class Identification:
    """The flow's own payload says what it is. Equal when every field is equal.

    Attributes:
        service: Id in the catalogue.
        detail: The specific thing in words, else empty.
        place: Where it was said.
        interface: UUID of a DCE/RPC interface, else empty.
        client_is_server: The payload shows that the side taken for the client is the server.
    """

    service: str
    detail: str
    place: Place
    interface: str = ""
    client_is_server: bool = False


@dataclass(frozen=True, slots=True)
class LookedFor:
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
