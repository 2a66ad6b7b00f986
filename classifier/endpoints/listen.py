"""What the control traffic of a recording says: each transcript, read by those whom it is for."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from classifier.endpoints.announcement import (
    Announcement,
    Conversation,
    HostName,
    HostRole,
    Identification,
    LookedFor,
)
from classifier.endpoints.registry import PROTOCOLS
from classifier.engine.content import Pattern, TranscriptOptions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from classifier.endpoints.protocol import Protocol
    from classifier.flows.oriented import Oriented
    from classifier.flows.transcripts import Transcript

__all__ = ["MOST", "MOST_OF_A_FLOW", "Heard", "hear", "wanted"]

MOST_OF_A_FLOW = 2_000
"""What is taken of one flow: a hostile one could say a million things in a few megabytes."""
MOST = 200_000
"""What is taken of a whole recording."""

_FLOW_BYTES = 262_144
_TOTAL_BYTES = 134_217_728
_TRANSPORTS = {6: "tcp", 17: "udp", 132: "sctp"}


@dataclass(slots=True)
class Heard:
    """What was said, in the order of the flows.

    Attributes:
        announcements: Endpoints that were handed out.
        identifications: Flows whose own payload says what they are.
        looked_for: What was asked for in vain.
        names: What hosts are called.
        roles: What hosts are for.
        notes: What the reader of the report must know: what was left out.
    """

    announcements: list[Announcement] = field(default_factory=list)
    identifications: list[Identification] = field(default_factory=list)
    looked_for: list[LookedFor] = field(default_factory=list)
    names: list[HostName] = field(default_factory=list)
    roles: list[HostRole] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        """How much was said."""
        said = len(self.announcements) + len(self.identifications)
        return said + len(self.looked_for) + len(self.names) + len(self.roles)

    def add(self, said: Announcement | Identification | LookedFor | HostName | HostRole) -> None:
        """Keep one thing that was said."""
        if isinstance(said, Announcement):
            self.announcements.append(said)
        elif isinstance(said, Identification):
            self.identifications.append(said)
        elif isinstance(said, HostName):
            self.names.append(said)
        elif isinstance(said, HostRole):
            self.roles.append(said)
        else:
            self.looked_for.append(said)


def _numbered() -> Iterator[tuple[int, int, bytes, Protocol]]:
    """Every pattern of every protocol with a number of its own."""
    each = ((*pattern, protocol) for protocol in PROTOCOLS for pattern in protocol.patterns)
    return ((number, *one) for number, one in enumerate(each, 1))


def wanted() -> tuple[tuple[Pattern, ...], TranscriptOptions]:
    """What an engine has to collect for the protocols: patterns, and transcripts by port."""
    patterns = tuple(
        Pattern(number, expression, ip_protocol, transcript=True)
        for number, ip_protocol, expression, _ in _numbered()
    )
    ports = dict.fromkeys(port for protocol in PROTOCOLS for port in protocol.ports)
    return patterns, TranscriptOptions(tuple(ports), _FLOW_BYTES, _TOTAL_BYTES)


def hear(flows: Oriented) -> Heard:
    """Read every transcript.

    Args:
        flows: Of an engine that was told what :func:`wanted` says.
    """
    heard = Heard()
    transcripts = flows.transcripts
    if not len(transcripts):
        return heard
    by_port: dict[tuple[int, int], list[Protocol]] = {}
    for protocol in PROTOCOLS:
        for port in protocol.ports:
            by_port.setdefault(port, []).append(protocol)
    by_pattern = {number: protocol for number, _, _, protocol in _numbered()}
    matches = [flows.matches(client=side) for side in (True, False)]
    numbers = flows.column("ip_protocol")
    ports = [flows.side("port", client=side) for side in (True, False)]
    for transcript in transcripts:
        row = transcript.row
        number = int(numbers[row])
        readers = {by_pattern[found].name: by_pattern[found] for of in matches for found in of[row]}
        for side in ports:
            found = by_port.get((number, int(side[row])), ())
            readers.update((protocol.name, protocol) for protocol in found)
        if readers:
            _read(_conversation(flows, transcript, number), list(readers.values()), heard)
        if len(heard) >= MOST:
            heard.notes.append(
                f"more than {MOST:,} endpoints were announced; control traffic after flow "
                f"{row + 1} was not read"
            )
            break
    return heard


def _read(conversation: Conversation, readers: Sequence[Protocol], heard: Heard) -> None:
    """What one conversation says."""
    for protocol in readers:
        before = len(heard)
        for said in islice(protocol.read(conversation), MOST_OF_A_FLOW):
            heard.add(said)
        if len(heard) - before == MOST_OF_A_FLOW:
            heard.notes.append(
                f"flow {conversation.flow + 1} announces {MOST_OF_A_FLOW:,} endpoints or more by "
                f"{protocol.name}; the others were left out"
            )


def _conversation(flows: Oriented, transcript: Transcript, ip_protocol: int) -> Conversation:
    row = transcript.row
    client, server = int(flows.client[row]), int(flows.server[row])
    return Conversation(
        flow=row,
        transport=_TRANSPORTS.get(ip_protocol, "ip"),
        client_ip=flows.addresses[client],
        client_port=int(flows.side("port", client=True)[row]),
        server_ip=flows.addresses[server],
        server_port=int(flows.side("port", client=False)[row]),
        pieces=transcript.pieces,
    )
