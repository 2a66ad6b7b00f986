"""The pcapng file format: every section, interface and time resolution.

Source: draft-ietf-opsawg-pcapng. Blocks are read one by one; an unknown block is passed over.
dpkt's own reader uses the first interface only and float time, so it is not used.
"""

from __future__ import annotations

import struct
from struct import Struct
from typing import TYPE_CHECKING

from classifier.engine.contract import InputWarning, Interface
from classifier.engine.names import link_type_name
from classifier.engine.portable.record import MAX_CAPTURED, NS, SHORT_BLOCK, Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.engine.contract import CaptureFile
    from classifier.engine.portable.stream import ByteStream

__all__ = ["MAGIC", "records"]

MAGIC = bytes.fromhex("0a0d0d0a")

_SECTION, _INTERFACE, _OLD_PACKET, _SIMPLE_PACKET = 0x0A0D0D0A, 1, 2, 3
_STATISTICS, _PACKET = 5, 6
_PACKET_BLOCKS = (_OLD_PACKET, _SIMPLE_PACKET, _PACKET)
_READ_BLOCKS = (_SECTION, _INTERFACE, _STATISTICS, *_PACKET_BLOCKS)

_BYTE_ORDER_MAGIC = {bytes.fromhex("4d3c2b1a"): "<", bytes.fromhex("1a2b3c4d"): ">"}
_MIN_BLOCK = 12
_MAX_READ_BLOCK = 16 * 1024 * 1024  # of a block that we look into; a longer one is damage
_MAX_INTERFACES = 65_536
_KEPT_COMMENTS = 20
_KEPT_COMMENT_LENGTH = 2_000
_OPTION_COMMENT = 1
_LONGEST_TIME = (1 << 63) - 1
_DECIMAL_NS = 9


class _Damage(Exception):
    """The file cannot be read on from the block at ``offset``."""

    def __init__(self, cause: str, offset: int) -> None:
        super().__init__(cause)
        self.offset = offset


class _Reader:
    """The state of one file: the section's byte order and its interfaces."""

    def __init__(self, stream: ByteStream, file: CaptureFile, warnings: list[InputWarning]) -> None:
        self.stream = stream
        self.file = file
        self.warnings = warnings
        self.order = "<"
        self.interfaces: list[Interface] = []
        self.clocks: list[tuple[bool, int, int]] = []  # is binary, exponent, offset in s
        self.frames = 0
        self.last_time = 0
        self.bad_trailers: list[int] = []
        self.bad_bodies: list[int] = []
        self.short_packets: list[int] = []
        self.liars: list[int] = []
        self.strays: list[int] = []

    def blocks(self) -> Iterator[tuple[int, bytes, int]]:
        """Type, body and offset of each block that we read."""
        while True:
            offset = self.stream.offset
            head = self.stream.read(8)
            if len(head) < 8:
                if head or self.stream.broken:
                    raise _Damage(self._ended(), offset)
                return
            if head[:4] == MAGIC:
                self._begin_section(offset)
            kind, length = Struct(self.order + "II").unpack(head)
            if length < _MIN_BLOCK or length % 4:
                raise _Damage(
                    f"a block of type {kind:#x} claims an impossible length of {length}", offset
                )
            body_length = length - _MIN_BLOCK
            if kind not in _READ_BLOCKS:
                if self.stream.skip(body_length + 4) < body_length + 4:
                    raise _Damage(self._ended(), offset)
                continue
            if length > _MAX_READ_BLOCK:
                raise _Damage(f"a block of type {kind:#x} claims {length} bytes", offset)
            body = self.stream.read(body_length)
            trailer = self.stream.read(4)
            if len(trailer) < 4:
                raise _Damage(self._ended(), offset)
            if trailer != head[4:]:
                self.bad_trailers.append(offset)
            yield kind, body, offset

    def _ended(self) -> str:
        """Why there are fewer bytes than a block must have."""
        return self.stream.broken or "the file ends inside a block"

    def _begin_section(self, offset: int) -> None:
        """Learn the byte order before the length is read: it is the section's own."""
        magic = self.stream.peek(4)
        if magic not in _BYTE_ORDER_MAGIC:
            raise _Damage(
                "a section header has no byte order magic"
                if offset
                else "the first section header has no byte order magic",
                offset,
            )
        self.order = _BYTE_ORDER_MAGIC[magic]

    def options(self, body: bytes, start: int) -> Iterator[tuple[int, bytes]]:
        """Code and value of each option; stops without complaint at the first lying length."""
        unpack = Struct(self.order + "HH").unpack_from
        while start + 4 <= len(body):
            code, length = unpack(body, start)
            start += 4
            if code == 0 or start + length > len(body):
                return
            yield code, body[start : start + length]
            start += length + (-length % 4)

    def comment(self, value: bytes, frame: int) -> None:
        """Keep a comment, within bounds."""
        self.file.comment_count += 1
        if len(self.file.comments) < _KEPT_COMMENTS:
            text = value[:_KEPT_COMMENT_LENGTH].decode("utf-8", "replace")
            self.file.comments.append((frame, text))

    def section(self, body: bytes) -> None:
        """A section begins: interfaces of the last one are over."""
        self.interfaces = []
        self.clocks = []
        for code, value in self.options(body, 16):
            text = value[:_KEPT_COMMENT_LENGTH].decode("utf-8", "replace")
            if code == _OPTION_COMMENT:
                self.comment(value, 0)
            elif code == 2:
                self.file.hardware = self.file.hardware or text
            elif code == 3:
                self.file.os = self.file.os or text
            elif code == 4:
                self.file.application = self.file.application or text

    def interface(self, body: bytes, at: int) -> None:
        """An interface is described."""
        link_type, _, snap_length = Struct(self.order + "HHI").unpack_from(body)
        interface = Interface(link_type, link_type_name(link_type), snap_length=snap_length)
        binary, exponent, offset = False, 6, 0
        for code, value in self.options(body, 8):
            if code == _OPTION_COMMENT:
                self.comment(value, 0)
            elif code == 2:
                interface.name = value[:256].decode("utf-8", "replace")
            elif code == 3:
                interface.description = value[:256].decode("utf-8", "replace")
            elif code == 9 and value:
                binary, exponent = bool(value[0] & 0x80), value[0] & 0x7F
            elif code == 14 and len(value) == 8:
                offset = Struct(self.order + "q").unpack(value)[0]
        if len(self.file.interfaces) >= _MAX_INTERFACES:
            raise _Damage(f"more than {_MAX_INTERFACES} interfaces are described", at)
        self.interfaces.append(interface)
        self.clocks.append((binary, exponent, offset))
        self.file.interfaces.append(interface)

    def statistics(self, body: bytes) -> None:
        """What the recorder says it lost on an interface."""
        number = Struct(self.order + "I").unpack_from(body)[0]
        if number >= len(self.interfaces):
            return
        lost = -1
        for code, value in self.options(body, 12):
            if code == _OPTION_COMMENT:
                self.comment(value, 0)
            elif code in (5, 7) and len(value) == 8:
                lost = max(lost, 0) + Struct(self.order + "Q").unpack(value)[0]
        if lost >= 0:
            self.interfaces[number].dropped = lost

    def time(self, number: int, ticks: int) -> int:
        """Ticks of an interface's clock as ns since 1970, exactly."""
        binary, exponent, offset = self.clocks[number]
        if binary:
            time = (ticks * NS) >> exponent
        elif exponent <= _DECIMAL_NS:
            time = int(ticks * 10 ** (_DECIMAL_NS - exponent))
        else:
            time = ticks // 10 ** (exponent - _DECIMAL_NS)
        return min(max(time + offset * NS, 0), _LONGEST_TIME)

    def packet(self, kind: int, body: bytes, offset: int) -> Record:
        """A frame, of any of the three packet blocks."""
        if kind == _SIMPLE_PACKET:  # has neither interface nor time: the first, and the last seen
            wire = Struct(self.order + "I").unpack_from(body)[0]
            number, start, options = 0, 4, len(body)
            snap = self.interfaces[0].snap_length if self.interfaces else 0
            captured = min(wire, snap or wire, len(body) - 4)
            time = self.last_time
        else:
            if kind == _PACKET:
                number, high, low, captured, wire = Struct(self.order + "IIIII").unpack_from(body)
            else:
                number, _, high, low, captured, wire = Struct(self.order + "HHIIII").unpack_from(
                    body
                )
            start = 20
            if captured > len(body) - start:
                raise struct.error
            options = start + captured + (-captured % 4)
            ticks, known = high << 32 | low, number < len(self.clocks)
            time = self.time(number, ticks) if known else self.last_time
        if captured > MAX_CAPTURED:
            raise _Damage(
                f"a packet claims {captured} bytes, more than the {MAX_CAPTURED} that a frame "
                "may have",
                offset,
            )
        for code, value in self.options(body, options):
            if code == _OPTION_COMMENT:
                self.comment(value, self.frames + 1)
        self.frames += 1
        if captured > wire:
            self.liars.append(offset)
            wire = captured
        self.last_time = time
        data = body[start : start + captured]
        if number >= len(self.interfaces):
            self.strays.append(offset)
            return Record(time, -1, data, wire)
        interface = self.interfaces[number]
        interface.frames += 1
        return Record(time, interface.link_type, data, wire)

    def short_packet(self, offset: int) -> Record:
        """A frame was recorded here, but there is nothing of it that could be believed."""
        self.frames += 1
        self.short_packets.append(offset)
        return Record(self.last_time, SHORT_BLOCK, b"", 0)

    def warn_of_oddities(self) -> None:
        """What did not stop the reading but must be known."""
        for offsets, cause in (
            (self.bad_trailers, "a block's two lengths differ; the first was believed"),
            (self.bad_bodies, "a block is too short for what it must hold; it was passed over"),
            (
                self.short_packets,
                "a packet block is too short for what it must hold; it was counted only",
            ),
            (self.strays, "a packet names an interface that the file does not describe"),
            (self.liars, "a packet keeps more bytes than it says were on the wire"),
        ):
            if offsets:
                self.warnings.append(
                    InputWarning(self.file.name, offsets[0], cause, count=len(offsets))
                )


def records(
    stream: ByteStream, file: CaptureFile, warnings: list[InputWarning]
) -> Iterator[Record]:
    """Read frames to the end of the file or to the first damage, which becomes a warning.

    Args:
        stream: At the start of the file; its magic has been recognised.
        file: Filled in on the way.
        warnings: Added to.
    """
    file.format = "pcapng"
    reader = _Reader(stream, file, warnings)
    try:
        for kind, body, offset in reader.blocks():
            try:
                if kind in _PACKET_BLOCKS:
                    yield reader.packet(kind, body, offset)
                elif kind == _SECTION:
                    reader.section(body)
                elif kind == _INTERFACE:
                    reader.interface(body, offset)
                else:
                    reader.statistics(body)
            except struct.error:
                if kind in _PACKET_BLOCKS:
                    yield reader.short_packet(offset)
                else:
                    reader.bad_bodies.append(offset)
    except _Damage as damage:
        file.cut = True
        warnings.append(
            InputWarning(
                file.name,
                damage.offset,
                f"{damage}; reading stopped here",
                stream.fix,
            )
        )
    reader.warn_of_oddities()
    if not file.interfaces and not file.cut:
        warnings.append(
            InputWarning(
                file.name,
                -1,
                "no interface is described, so there is nothing that can be decoded",
                "record again, or check that the tool that wrote the file is current",
            )
        )
