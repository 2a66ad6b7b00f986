"""What an engine is handed and what it gives back: options, batches of columns, capture health.

An engine knows layers 2 to 4 and no service. It reads captures and emits *batches*: one row a
flow, one numpy array a column. A row names its two endpoints ``a`` and ``b``, never client and
server: ``a`` is the one with the smaller (address, port), so two readers of the same conversation
agree without having seen its start. Who asked is decided later, over all rows, from the columns
that say what each side sent (:mod:`classifier.flows.direction`).

Rows are *mergeable* (:mod:`classifier.flows.merge`): two rows of one flow, read from two files or
by two workers, fold in time order into the row that one reader would have made. To make that
exact, an engine that reads only a part of a recording (``EngineOptions.partial``) ends a row at
every pause and at every SYN that might end a flow, given what came before the part, and leaves
the joining to the fold, which knows. docs/engine.md has the exact rules.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct, field

from classifier.engine.content import TranscriptOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from classifier.engine.content import HeadRows, Matches, Pattern, Transcripts

__all__ = [
    "BATCH_COLUMNS",
    "EVENT_FIN",
    "EVENT_ISN",
    "EVENT_RST",
    "EVENT_SEQ",
    "EVENT_SYN",
    "EVENT_SYN_ACK",
    "Batch",
    "BatchColumn",
    "CaptureFile",
    "Engine",
    "EngineOptions",
    "Health",
    "InputWarning",
    "Interface",
    "Reading",
    "Source",
    "Timeouts",
]


class Source(Struct, frozen=True):
    """One input. Equal when the path is equal.

    Attributes:
        path: The file, or None for standard input.
        name: As it is shown and as it stands in the ``capture`` column.
        size: Bytes on disk, 0 where unknown (standard input).
    """

    path: Path | None
    name: str
    size: int = 0


class Timeouts(Struct, frozen=True):
    """Seconds without a packet after which a conversation is over. 0 in ``active`` means never.

    Attributes:
        tcp: TCP that nobody closed.
        closed: TCP after a RST, or after a FIN from both sides.
        udp, icmp: UDP; ICMP and ICMPv6.
        other: Every other IP protocol.
        active: A flow older than this is cut even while packets come. 0: never.
    """

    tcp: float = 600.0
    closed: float = 60.0
    udp: float = 120.0
    icmp: float = 60.0
    other: float = 120.0
    active: float = 0.0


class EngineOptions(Struct, frozen=True):
    """Everything that changes what an engine emits; all but the threads is recorded in the report.

    Attributes:
        timeouts: When a flow is over.
        max_flows: Bound of the live table; beyond it the longest idle is evicted and counted.
        batch_rows: Rows in a full batch.
        head_bytes: How much payload of each direction is kept for evidence by content.
        partial: The sources are a part of a recording; rows are left for the fold to join.
        patterns: What to look for in heads.
        transcripts: Which flows get a transcript by port, and how much is kept.
        threads: How many may be used: 0 as many as are of use. Only the order of the rows, and
            which batch they are in, depends on it.
        patterns_checked: Their numbers and syntax were checked before, as those of this package
            are by its tests: to do so takes longer than to compile them.
    """

    timeouts: Timeouts = field(default_factory=Timeouts)
    max_flows: int = 1_000_000
    batch_rows: int = 65_536
    head_bytes: int = 256
    partial: bool = False
    patterns: tuple[Pattern, ...] = ()
    transcripts: TranscriptOptions = field(default_factory=TranscriptOptions)
    threads: int = 0
    patterns_checked: bool = False


class BatchColumn(Struct, frozen=True):
    """One column of a batch: numpy dtype, width (bytes a row beyond one element), meaning."""

    name: str
    dtype: str
    width: int
    meaning: str


# What a side did, one bit each, in the columns a_events and b_events.
EVENT_SYN = 1  # sent SYN without ACK, or an ICMP query
EVENT_SYN_ACK = 2  # sent SYN with ACK, or the answer to an ICMP query
EVENT_FIN = 4  # sent FIN
EVENT_RST = 8  # sent RST
EVENT_ISN = 16  # its initial sequence number is known (a_isn, b_isn)
EVENT_SEQ = 32  # it sent TCP payload, so its sequence span is known (a_seq, a_span)

BATCH_COLUMNS: tuple[BatchColumn, ...] = (
    BatchColumn("a_address", "u1", 16, "smaller endpoint; IPv4 in the first 4 bytes, rest 0"),
    BatchColumn("b_address", "u1", 16, "larger endpoint"),
    BatchColumn("ip_version", "u1", 0, "4 or 6"),
    BatchColumn("ip_protocol", "u1", 0, "IP protocol number"),
    BatchColumn("has_ports", "?", 0, "whether the protocol has ports"),
    BatchColumn("a_port", "u2", 0, "port of a, 0 where there are none"),
    BatchColumn("b_port", "u2", 0, "port of b"),
    BatchColumn("icmp_type", "i2", 0, "ICMP type of the asking message, -1 where not ICMP"),
    BatchColumn("icmp_code", "i2", 0, "ICMP code, -1 where not ICMP"),
    BatchColumn("key_id", "u4", 0, "ICMP query id, GRE key or call id; 0 where none"),
    BatchColumn("vlan", "i4", 0, "innermost 802.1Q VLAN id, -1 without a tag"),
    BatchColumn("outer_vlan", "i4", 0, "outermost VLAN id of two or more tags, else -1"),
    BatchColumn("tunnel", "u4", 0, "index into Reading.tunnels; 0 is no tunnel"),
    BatchColumn("first_seen", "i8", 0, "ns since 1970 UTC of the earliest packet"),
    BatchColumn("last_seen", "i8", 0, "ns since 1970 UTC of the latest packet"),
    BatchColumn("a_packets", "i8", 0, "packets that a sent"),
    BatchColumn("b_packets", "i8", 0, "packets that b sent"),
    BatchColumn("a_bytes", "i8", 0, "IP bytes that a sent, by the IP length"),
    BatchColumn("b_bytes", "i8", 0, "IP bytes that b sent"),
    BatchColumn("a_payload", "i8", 0, "transport payload that a sent, retransmissions included"),
    BatchColumn("b_payload", "i8", 0, "transport payload that b sent"),
    BatchColumn("a_flags", "u1", 0, "union of the TCP flag bytes that a sent"),
    BatchColumn("b_flags", "u1", 0, "union of the TCP flag bytes that b sent"),
    BatchColumn("a_events", "u1", 0, "EVENT_ bits of a"),
    BatchColumn("b_events", "u1", 0, "EVENT_ bits of b"),
    BatchColumn("a_isn", "u4", 0, "initial sequence number of a, valid with EVENT_ISN"),
    BatchColumn("b_isn", "u4", 0, "initial sequence number of b"),
    BatchColumn("a_seq", "u4", 0, "lowest sequence number of a's payload, with EVENT_SEQ"),
    BatchColumn("b_seq", "u4", 0, "lowest sequence number of b's payload"),
    BatchColumn("a_span", "i8", 0, "sequence space from a_seq to the end of a's payload"),
    BatchColumn("b_span", "i8", 0, "sequence space from b_seq to the end of b's payload"),
    BatchColumn("first_sender", "u1", 0, "who sent the first packet: 0 is a, 1 is b"),
    BatchColumn("first_reset", "u1", 0, "who sent RST first: 0 nobody, 1 a, 2 b"),
    BatchColumn("source", "u4", 0, "index of the file that holds the first frame"),
    BatchColumn("first_frame", "i8", 0, "number of the first frame in that file, from 1"),
    BatchColumn("icmp_error", "i2", 0, "type * 256 + code of the first ICMP error about it, or -1"),
    BatchColumn("icmp_errors", "i8", 0, "how many ICMP errors spoke of it"),
)
"""The columns of a batch besides the heads, in this order. Every engine emits all of them."""


class Batch(Struct, frozen=True):
    """Rows of flows as columns.

    Attributes:
        columns: One array for each of :data:`BATCH_COLUMNS`, all of one length.
        a_head: First payload bytes that a sent, one ``bytes`` object or view a row.
        b_head: First payload bytes that b sent.
        a_matches, b_matches: Numbers of the patterns that match the head.
        transcripts: Payload of the selected flows.
    """

    columns: dict[str, npt.NDArray[np.generic]]
    a_head: HeadRows
    b_head: HeadRows
    a_matches: Matches
    b_matches: Matches
    transcripts: Transcripts

    def __len__(self) -> int:
        """Rows."""
        return len(self.columns["first_seen"])


class Heads(Struct, frozen=True):
    """Byte strings in one buffer, as Arrow does it: row i is ``data[offsets[i]:offsets[i+1]]``.

    Attributes:
        offsets: int64, one more than there are rows.
        data: All heads one after the other.
    """

    offsets: npt.NDArray[np.int64]
    data: bytes | bytearray | memoryview

    def __len__(self) -> int:
        """Rows."""
        return len(self.offsets) - 1

    def __getitem__(self, row: int, /) -> bytes:
        """The head of one row."""
        return bytes(self.data[int(self.offsets[row]) : int(self.offsets[row + 1])])


class Interface(Struct):
    """One recording interface: a pcap file has one, a pcapng section any number.

    Attributes:
        link_type: LINKTYPE_ number (tcpdump.org/linktypes.html).
        link_name: Its name without the prefix, ``LINKTYPE_n`` where it has none.
        name: if_name option, else empty.
        description: if_description option, else empty.
        snap_length: Bytes kept of a frame; 0 is no limit.
        frames: Frames seen on it.
        dropped: Packets that the recorder said it lost; -1 where it does not say.
    """

    link_type: int
    link_name: str
    name: str = ""
    description: str = ""
    snap_length: int = 0
    frames: int = 0
    dropped: int = -1


class CaptureFile(Struct):
    """What was read of one input file.

    Attributes:
        name: As in :class:`Source`.
        format: ``pcap``, ``pcap ns``, ``pcap modified`` or ``pcapng``; empty if not recognised.
        compression: ``gzip`` …, or empty.
        bytes: Bytes of the file that were read, as stored.
        frames: Frames read.
        first_seen, last_seen: ns since 1970 of the earliest and latest frame; 0 without frames.
        truncated_frames: Frames of which fewer bytes were kept than were on the wire.
        backward_steps: How often a frame's time is before that of the frame before it.
        interfaces: In the order of the file.
        comments: Section and packet comments (the first 20), with the frame number or 0.
        comment_count: How many comments there are in all.
        hardware, os, application: Section header options, else empty.
        cut: True where the file ends inside a record or block.
        bomb: True where reading stopped because the file unpacks to absurdly more than it holds.
    """

    name: str
    format: str = ""
    compression: str = ""
    bytes: int = 0
    frames: int = 0
    first_seen: int = 0
    last_seen: int = 0
    truncated_frames: int = 0
    backward_steps: int = 0
    interfaces: list[Interface] = field(default_factory=list)
    comments: list[tuple[int, str]] = field(default_factory=list)
    comment_count: int = 0
    hardware: str = ""
    os: str = ""
    application: str = ""
    cut: bool = False
    bomb: bool = False


class InputWarning(Struct, frozen=True):
    """Something that the reader must know about an input.

    Attributes:
        capture: The file.
        offset: Byte offset in the (decompressed) file, -1 where it has no place.
        cause: What is wrong.
        fix: What to do about it, else empty.
        count: How often it happened.
    """

    capture: str
    offset: int
    cause: str
    fix: str = ""
    count: int = 1

    def __str__(self) -> str:
        """One line: file, byte offset, cause, fix."""
        place = f"{self.capture}, byte {self.offset}" if self.offset >= 0 else self.capture
        times = f" ({self.count} times)" if self.count > 1 else ""
        return f"{place}: {self.cause}{times}" + (f"; {self.fix}" if self.fix else "")


class Health(Struct):
    """Capture health: where every frame went. The counters add up to ``frames``.

    Attributes:
        frames: Frames read.
        outcomes: (outcome, detail) -> frames. Each frame is in exactly one. Outcomes are
            ``in flow``, ``not IP`` (detail: EtherType or protocol name), ``undecodable``
            (detail: layer and reason), ``fragment without head``, ``link type not supported``
            (detail: its name).
        first_frames: (outcome, detail) -> (source index, number of the first such frame).
        partial: (layer, reason) -> frames that are in a flow although they could be decoded
            only in part. These frames are in ``outcomes`` as ``in flow`` too.
        evicted: Flows put out of the live table early because it was full.
        transcript_dropped: Payload bytes that the bounds of transcripts left out.
        captures: One for each input, in reading order.
        warnings: What the reader must know.
        engine: Name of the engine.
        notes: Lines for the health panel that are about the run, not about an input.
    """

    frames: int = 0
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    first_frames: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    partial: Counter[tuple[str, str]] = field(default_factory=Counter)
    evicted: int = 0
    transcript_dropped: int = 0
    captures: list[CaptureFile] = field(default_factory=list)
    warnings: list[InputWarning] = field(default_factory=list)
    engine: str = ""
    notes: list[str] = field(default_factory=list)

    def bomb_warning(self, file: CaptureFile) -> InputWarning:
        """Where a file that is a decompression bomb was stopped, and what to do about it."""
        return next(
            warning
            for warning in self.warnings
            if warning.capture == file.name and "decompression bomb" in warning.cause
        )

    @property
    def adds_up(self) -> bool:
        """Whether every frame is in exactly one counter."""
        return sum(self.outcomes.values()) == self.frames


IN_FLOW = "in flow"
NOT_IP = "not IP"
UNDECODABLE = "undecodable"
HEADLESS = "fragment without head"
NO_LINK = "link type not supported"
OUTCOMES = (IN_FLOW, NOT_IP, UNDECODABLE, HEADLESS, NO_LINK)
"""The outcomes of a frame, in the order in which reports show them."""


class Reading(Protocol):
    """One run of an engine over its sources: iterate for batches, then read the health.

    Attributes:
        health: Complete once the iteration has ended.
        tunnels: Descriptions of tunnels by index; index 0 is the empty string.
    """

    health: Health
    tunnels: list[str]

    def __iter__(self) -> Iterator[Batch]:
        """Read to the end, batch by batch."""
        ...


class Engine(Protocol):
    """Captures in, batches out.

    Attributes:
        name: ``native``, ``portable`` or ``tshark``.
    """

    name: str

    def read(
        self,
        sources: Sequence[Source],
        options: EngineOptions,
        progress: Callable[[int], None] | None = None,
    ) -> Reading:
        """Start reading.

        Args:
            sources: In time order; they are one recording.
            options: What to emit.
            progress: Called now and then with the number of bytes read since the last call.

        Raises:
            CaptureError: When iterated, if an input is no capture at all.
        """
        ...
