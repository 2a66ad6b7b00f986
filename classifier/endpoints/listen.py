"""What the control traffic of a recording says: each transcript, read by those whom it is for."""

from __future__ import annotations

import re
from collections import Counter
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from msgspec import Struct, field

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
from classifier.engine.contract import EVENT_SYN, EVENT_SYN_ACK

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from classifier.endpoints.protocol import Protocol
    from classifier.flows.oriented import Oriented
    from classifier.flows.transcripts import FlowTranscripts

__all__ = ["MOST", "MOST_OF_A_FLOW", "MOST_OF_A_PROTOCOL", "Heard", "hear", "wanted"]

MOST_OF_A_FLOW = 2_000
"""What is taken of one flow: a hostile one could say a million things in a few megabytes."""
MOST_OF_A_PROTOCOL = 40_000
"""What is taken of one protocol: ten thousand peers of BitTorrent must not silence the others."""
MOST = 200_000
"""What is taken of a whole recording."""

_FLOW_BYTES = 262_144
_TOTAL_BYTES = 134_217_728
_LOOKED_AT = 12
"""Pieces of a flow of which one must look like its protocol: keep-alives may come first."""
_TCP, _UDP = 6, 17
_HANDSHAKE = EVENT_SYN | EVENT_SYN_ACK
_TRANSPORTS = {6: "tcp", 17: "udp", 132: "sctp"}


class Heard(Struct):
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
    readers = _Readers(flows, transcripts)
    said_by: Counter[str] = Counter()
    for place in readers.places.tolist():
        asked = readers.of(place)
        if not asked:
            continue
        chosen = [each for each in asked if said_by[each.name] < MOST_OF_A_PROTOCOL]
        if not chosen:
            continue
        said_by += _read(readers.conversation(place), chosen, heard)
        if len(heard) >= MOST:
            heard.notes.append(
                f"more than {MOST:,} endpoints were announced; control traffic after flow "
                f"{transcripts.rows[place] + 1} was not read"
            )
            break
    heard.notes.extend(
        f"{name} announces {MOST_OF_A_PROTOCOL:,} endpoints or more; "
        "its further flows were not read"
        for name, count in said_by.items()
        if count >= MOST_OF_A_PROTOCOL
    )
    return heard


class _Readers:
    """Which protocols a flow is read by.

    Random bytes on a port of a protocol cost as much to read as real ones, and there may be a
    million such flows. So what was selected by its port alone has to look like the protocol.

    Attributes:
        places: int64, ascending, of the transcripts that some protocol may read.
    """

    def __init__(self, flows: Oriented, transcripts: FlowTranscripts) -> None:
        import numpy as np  # while the engine reads

        self._flows = flows
        self._transcripts = transcripts
        self._by_port: dict[int, dict[int, list[_ByPort]]] = {}
        for protocol in PROTOCOLS:
            for number, port in protocol.ports:
                known = self._by_port.setdefault(number, {})
                known.setdefault(port, []).append(_ByPort(protocol, number))
        self._by_pattern = {number: protocol for number, _, _, protocol in _numbered()}
        # What is asked of each flow stands in lists: a value of an array takes much longer.
        rows = transcripts.rows
        found = [flows.matches(client=side, rows=rows) for side in (True, False)]
        self._matches = [(each.offsets.tolist(), each.numbers.tolist()) for each in found]
        ends = found[0].offsets + found[1].offsets
        self._is_matched = (ends[1:] > ends[:-1]).tolist()
        ports = [flows.side("port", client=side)[rows] for side in (True, False)]
        self._ports = list(zip(*(side.tolist() for side in ports), strict=True))
        protocol_numbers = flows.column("ip_protocol")[rows]
        self._ip_protocol = protocol_numbers.tolist()
        begun = [flows.side("events", client=side)[rows] & _HANDSHAKE for side in (True, False)]
        is_whole = (protocol_numbers != _TCP) | (begun[0] | begun[1]).astype(bool)
        is_read = ends[1:] > ends[:-1]
        for number, known in self._by_port.items():
            is_of = protocol_numbers == number
            for port in known.keys() & {port for side in ports for port in side[is_of].tolist()}:
                is_asked = is_of & ((ports[0] == port) | (ports[1] == port))
                for one in known[port]:
                    reads = is_asked.copy()
                    if one.looks is not None:
                        whole = np.flatnonzero(is_asked & is_whole)
                        reads[whole] = False
                        reads[transcripts.begin(whole, one.looks.match, _LOOKED_AT)] = True
                    one.reads = reads.tobytes()
                    is_read |= reads
        self.places = np.flatnonzero(is_read)

    def of(self, place: int) -> list[Protocol]:
        """The protocols that read the flow of a transcript, in no order, each once."""
        found: dict[str, Protocol] = {}
        number = self._ip_protocol[place]
        for offsets, numbers in self._matches if self._is_matched[place] else ():
            for pattern in numbers[offsets[place] : offsets[place + 1]]:
                protocol = self._by_pattern[pattern]
                found[protocol.name] = protocol
        by_port = self._by_port.get(number, {})
        for port in self._ports[place]:
            for one in by_port.get(port, ()):
                if one.reads[place]:
                    found.setdefault(one.protocol.name, one.protocol)
        if found and number == _UDP:
            return [each for each in found.values() if self._may_tell(each, place)]
        return list(found.values())

    def _may_tell(self, protocol: Protocol, place: int) -> bool:
        """Whether the flow of a transcript has the word without which it says nothing."""
        return not protocol.word or self._transcripts.has_word(place, protocol.word)

    def conversation(self, place: int) -> Conversation:
        """The flow of a transcript, and what was said in it."""
        transcript, flows = self._transcripts[place], self._flows
        row = transcript.row
        client, server = int(flows.client[row]), int(flows.server[row])
        client_port, server_port = self._ports[place]
        return Conversation(
            flow=row,
            transport=_TRANSPORTS.get(self._ip_protocol[place], "ip"),
            client_ip=flows.addresses[client],
            client_port=client_port,
            server_ip=flows.addresses[server],
            server_port=server_port,
            pieces=transcript.pieces,
        )


class _ByPort:
    """A protocol that reads the flows of a port.

    Attributes:
        protocol: The protocol.
        reads: A byte for each transcript: 1 where it looks like the protocol, as far as its begin
            was seen, and is of the port.
    """

    def __init__(self, protocol: Protocol, ip_protocol: int) -> None:
        self.protocol = protocol
        self.reads = b""
        self._ip_protocol = ip_protocol

    @cached_property
    def looks(self) -> re.Pattern[bytes] | None:
        """The same as :func:`_looks`: most ports are not in a recording."""
        return _looks(self.protocol, self._ip_protocol)


def _looks(protocol: Protocol, ip_protocol: int) -> re.Pattern[bytes] | None:
    """What a message of a protocol begins with; None: anything."""
    own = [expression for number, expression in protocol.patterns if number == ip_protocol]
    alternatives = [*own, *protocol.looks]
    if not alternatives:
        return None
    return re.compile(b"|".join(b"(?:%s)" % each for each in alternatives))


def _read(conversation: Conversation, readers: Sequence[Protocol], heard: Heard) -> Counter[str]:
    """Hear what one conversation says; how much each protocol found in it."""
    found: Counter[str] = Counter()
    for protocol in readers:
        before = len(heard)
        for said in islice(protocol.read(conversation), MOST_OF_A_FLOW):
            heard.add(said)
        found[protocol.name] = len(heard) - before
        if found[protocol.name] == MOST_OF_A_FLOW:
            heard.notes.append(
                f"flow {conversation.flow + 1} announces {MOST_OF_A_FLOW:,} endpoints or more by "
                f"{protocol.name}; the others were left out"
            )
    return found
