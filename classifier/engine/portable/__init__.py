"""The portable engine: pure Python on dpkt, the readable reference of the engine contract.

It reads pcap and pcapng (plain, gzip, bzip2, xz), decodes frames and builds flows. The native
engine does the same faster; tests hold both to one flow table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.engine import formats
from classifier.engine.contract import (
    NO_LINK,
    NOT_IP,
    UNDECODABLE,
    CaptureFile,
    Health,
    InputWarning,
)
from classifier.engine.portable import link, network, pcap, pcapng, tunnel
from classifier.engine.portable.packet import LinkNotSupported, NotIP, Packet, Undecodable
from classifier.engine.portable.quote import quoted
from classifier.engine.portable.record import SHORT_BLOCK
from classifier.engine.portable.stream import open_stream
from classifier.engine.portable.table import FlowTable
from classifier.engine.tally import Tally
from classifier.errors import CaptureError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from classifier.engine.contract import Batch, EngineOptions, Source
    from classifier.engine.portable.record import Record

__all__ = ["PortableEngine", "PortableReading", "open_records"]


class PortableEngine:
    """Reads captures in pure Python. See :class:`classifier.engine.contract.Engine`."""

    name = "portable"

    def read(
        self,
        sources: Sequence[Source],
        options: EngineOptions,
        progress: Callable[[int], None] | None = None,
    ) -> PortableReading:
        """Start reading; see the contract."""
        return PortableReading(sources, options, progress)


class PortableReading:
    """One run over the sources. See :class:`classifier.engine.contract.Reading`."""

    def __init__(
        self,
        sources: Sequence[Source],
        options: EngineOptions,
        progress: Callable[[int], None] | None,
    ) -> None:
        self.health = Health(engine=PortableEngine.name)
        self._sources = sources
        self._options = options
        self._progress = progress
        self._tunnels: dict[tuple[str, ...], int] = {(): 0}
        self._tally = Tally(self.health)

    @property
    def tunnels(self) -> list[str]:
        """Descriptions of tunnels by index, outermost first, ``/`` between."""
        return ["/".join(stack) for stack in self._tunnels]

    def __iter__(self) -> Iterator[Batch]:
        """Read to the end, batch by batch."""
        table = FlowTable(self._options, self.health)
        packet = Packet()
        for number, source in enumerate(self._sources):
            file = CaptureFile(source.name)
            self.health.captures.append(file)
            try:
                reader = open_records(source, file, self.health.warnings, self._progress)
            except CaptureError as error:
                if len(self._sources) == 1:
                    raise
                # One bad file among many must not hide what the others hold.
                self.health.warnings.append(
                    InputWarning(source.name, -1, f"not read: {_without_name(error, source)}")
                )
                continue
            self._is_first = True
            for record in reader:
                self._frame(record, packet, table, file, number)
                if table.full():
                    yield table.take(self._tunnels)
            if file.bomb and len(self._sources) == 1:
                raise CaptureError(str(self.health.bomb_warning(file)))
            self._warn_of_links(file)
        table.finish()
        yield table.take(self._tunnels)

    def _frame(
        self, record: Record, packet: Packet, table: FlowTable, file: CaptureFile, source: int
    ) -> None:
        """Bring one frame to its outcome."""
        self.health.frames += 1
        file.frames += 1
        if record.link_type == SHORT_BLOCK:
            detail = "pcapng: packet block shorter than it claims"
            self._tally.add(UNDECODABLE, detail, source, file.frames)
            return
        time = record.time
        if self._is_first:
            self._is_first = False
            file.first_seen = file.last_seen = self._previous = time
        else:
            file.backward_steps += time < self._previous
            self._previous = time
            file.first_seen = min(file.first_seen, time)
            file.last_seen = max(file.last_seen, time)
        file.truncated_frames += record.wire_length > len(record.data)
        packet.reset()
        try:
            ethertype, data = link.decode_link(record.link_type, record.data, packet)
            missing = record.wire_length - len(record.data)
            network.decode_network(ethertype, data, len(data) + missing, packet)
            tunnel.enter(packet)
        except NotIP as other:
            self._tally.add(NOT_IP, str(other), source, file.frames)
        except Undecodable as error:
            self._tally.add(UNDECODABLE, f"{error.layer}: {error.reason}", source, file.frames)
        except LinkNotSupported as error:
            detail = "interface not described" if record.link_type < 0 else str(error)
            self._tally.add(NO_LINK, detail, source, file.frames)
        else:
            quote = quoted(packet) if packet.icmp_type > 0 else None
            table.add(packet, time, source, file.frames, quote)

    def _warn_of_links(self, file: CaptureFile) -> None:
        """Frames that could not even be begun must not be a number in a table only."""
        for interface in file.interfaces:
            if interface.frames and not link.is_supported(interface.link_type):
                self.health.warnings.append(
                    InputWarning(
                        file.name,
                        -1,
                        f"link type {interface.link_name} ({interface.link_type}) is not decoded; "
                        f"its {interface.frames} frames are counted only",
                        "record on another interface, or look at it with Wireshark",
                    )
                )


def open_records(
    source: Source,
    file: CaptureFile,
    warnings: list[InputWarning],
    progress: Callable[[int], None] | None = None,
) -> Iterator[Record]:
    """Open an input and recognise its format.

    Args:
        source: What to open.
        file: Filled in, now and while the records are read.
        warnings: Added to.
        progress: Called with the number of stored bytes read.

    Raises:
        CaptureError: It cannot be opened, or it is no capture.
    """
    stream = open_stream(source, progress)
    magic = stream.peek(formats.MAGIC_LENGTH)
    file.compression = stream.compression
    if not formats.is_capture(magic):
        stream.close()
        if stream.broken and len(magic) < formats.MAGIC_LENGTH:
            raise CaptureError(
                f"{source.name}, byte 0: {stream.broken}; copy the file again from its source"
            )
        cause, fix = formats.stranger(magic, source.name)
        raise CaptureError(f"{source.name}, byte 0: {cause}" + (f"; {fix}" if fix else ""))

    def records() -> Iterator[Record]:
        kind = pcap if magic[:4] in pcap.MAGICS else pcapng
        try:
            yield from kind.records(stream, file, warnings)
        except OSError as error:
            warnings.append(
                InputWarning(
                    source.name,
                    stream.offset,
                    f"reading failed: {error.strerror or error}",
                    "check the disk or the network drive that holds it",
                )
            )
        finally:
            file.bytes = stream.stored
            file.bomb = stream.bomb and file.cut
            stream.close()

    return records()


def _without_name(error: CaptureError, source: Source) -> str:
    """The message of an error without the file name in front, which the warning has already."""
    return str(error).removeprefix(source.name).lstrip(",: ")
