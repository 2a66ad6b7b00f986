"""Content of flows while they are alive: heads that may be raised, and transcripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.engine.portable.head import Held, keep_head
from classifier.engine.portable.matching import Matcher
from classifier.engine.portable.transcript import Budget, Origin, Transcript
from classifier.engine.portable.transport import TCP

if TYPE_CHECKING:
    from classifier.engine.contract import EngineOptions, Health
    from classifier.engine.portable.packet import Packet
    from classifier.engine.portable.table import Row

__all__ = ["Content", "ContentRules"]

_BOTH = 3


class Content:
    """What the table knows of the content of one flow.

    Attributes:
        limit: How long its heads may become.
        reached: One bit a side whose head has been as long as heads usually become.
        transcript: What is kept, maybe only on trial; None: nothing.
    """

    __slots__ = ("limit", "reached", "transcript")

    def __init__(self, limit: int, transcript: Transcript | None) -> None:
        self.limit = limit
        self.reached = 0
        self.transcript = transcript


class ContentRules:
    """The patterns and bounds of a reading, applied packet by packet.

    Raises:
        EngineError: A pattern cannot be used.
    """

    def __init__(self, options: EngineOptions, health: Health, held: Held) -> None:
        self._held = held
        self.matcher = Matcher(options.patterns, checked=options.patterns_checked)
        self._head_bytes = options.head_bytes
        self._flow_bytes = options.transcripts.flow_bytes
        self._ports = frozenset(options.transcripts.ports)
        self._budget = Budget(options.transcripts.total_bytes, health)

    def add(self, row: Row, side: int, packet: Packet, lowest: int, origin: Origin) -> None:
        """Take the payload of a packet that was counted to ``row``.

        Args:
            row: The flow.
            side: Who sent it, 0: a, 1: b.
            packet: What was sent.
            lowest: The row's lowest sequence number before this packet.
            origin: The frame that brought it.
        """
        content = row.content = row.content or self._begin(row)
        before = len(row.heads[side])
        if packet.payload and (before < content.limit or row.sequence[side] != lowest):
            keep_head(row, side, packet, content.limit, self._held)
            after, is_open = len(row.heads[side]), content.reached != _BOTH
            if after >= self._head_bytes:
                content.reached |= 1 << side
            if is_open and before < min(after, self._head_bytes):
                self._try(row, content, side, packet)
        if content.transcript and packet.payload_length:
            content.transcript.add(row, side, packet, origin)

    def _begin(self, row: Row) -> Content:
        """A flow's first packet: a port may select it, a pattern may do so later."""
        protocol, has_ports, a_port, b_port = row.key[3:7]
        if has_ports and not self._ports.isdisjoint(((protocol, a_port), (protocol, b_port))):
            return Content(self._head_bytes, Transcript(self._flow_bytes, self._budget))
        on_trial = None
        if self.matcher.selects(protocol):
            on_trial = Transcript(min(self._head_bytes, self._flow_bytes), None)
        return Content(self._head_bytes, on_trial)

    def _try(self, row: Row, content: Content, side: int, packet: Packet) -> None:
        """Hold the patterns that do something against a head that has become longer."""
        found = self.matcher.triggers(row.heads[side][: self._head_bytes], packet.protocol)
        limit = max((pattern.head_bytes for pattern in found), default=0)
        if limit > content.limit:
            content.limit = limit
            if packet.protocol == TCP:
                keep_head(row, side, packet, limit, self._held)
            else:
                row.heads[side] = bytes(packet.payload[:limit])
        transcript = content.transcript
        if transcript and not transcript.selected:
            if any(pattern.transcript for pattern in found):
                transcript.select(self._flow_bytes, self._budget)
            elif content.reached == _BOTH:
                content.transcript = None  # nothing can select it any more
