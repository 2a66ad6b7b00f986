"""The native engine: ``classifier._native``, compiled from ``rust/``.

It counts and gives numbers; the words for them are found here, so that both engines say the same.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from classifier import _native
from classifier.engine import formats, native_content
from classifier.engine.contract import (
    BATCH_COLUMNS,
    Batch,
    CaptureFile,
    Health,
    InputWarning,
    Interface,
)
from classifier.errors import CaptureError, EngineError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import BinaryIO

    import numpy as np

    from classifier.engine.contract import EngineOptions, Source

__all__ = ["NativeEngine", "NativeReading"]

_LONGEST = (1 << 63) - 1
_MOST_FLOWS = (1 << 31) - 1


class NativeEngine:
    """Reads captures in compiled code. See :class:`classifier.engine.contract.Engine`."""

    name = "native"

    def read(
        self,
        sources: Sequence[Source],
        options: EngineOptions,
        progress: Callable[[int], None] | None = None,
    ) -> NativeReading:
        """Start reading; see the contract."""
        return NativeReading(sources, options, progress)


class NativeReading:
    """One run over the sources. See :class:`classifier.engine.contract.Reading`."""

    def __init__(
        self,
        sources: Sequence[Source],
        options: EngineOptions,
        progress: Callable[[int], None] | None,
    ) -> None:
        self.health = Health(engine=NativeEngine.name)
        self.tunnels = [""]
        self._sources = sources
        self._progress = progress
        self._reading: _native.Reading | None = _start(options)

    def cancel(self) -> None:
        """Make the iteration raise ``CancelledError`` soon. Another thread may call it.

        A read from standard input or a pipe that waits for bytes is not woken.
        """
        if self._reading is not None:
            self._reading.cancel()

    def __iter__(self) -> Iterator[Batch]:
        """Read to the end, batch by batch."""
        reading = self._reading
        if reading is None:  # it was read before
            return
        try:
            yield from self._read(reading)
        except BaseException:  # an interrupt, or nobody wants the rest: leave no thread behind
            reading.cancel()
            raise
        self._reading = None  # its table of flows is large

    def _read(self, reading: _native.Reading) -> Iterator[Batch]:
        for source in self._sources:
            yield from self._file(reading, source)
        reading.finish()
        while batch := reading.next_batch():
            yield _batch(batch)
        self._count(reading)

    def _file(self, reading: _native.Reading, source: Source) -> Iterator[Batch]:
        """Read one file. Only a file that stands alone is an error if it is no capture."""
        file = CaptureFile(source.name)
        self.health.captures.append(file)
        stream: BinaryIO | None = None
        try:
            if source.path is None:
                reading.open(_reader(sys.stdin.buffer))
            elif source.path.is_file():
                reading.open(os.fsencode(source.path))
            else:  # a pipe: Python waits for it, and can be interrupted
                stream = source.path.open("rb", buffering=0)
                reading.open(_reader(stream))
        except (OSError, _native.NotACaptureError) as error:
            if stream:
                stream.close()
            cause = _why_not(error, source.name)
            if len(self._sources) == 1:
                raise CaptureError(source.name + cause) from error
            # One bad file among many must not hide what the others hold.
            cause = f"not read: {cause.lstrip(',: ')}"
            self.health.warnings.append(InputWarning(source.name, -1, cause))
            return
        try:
            while batch := reading.next_batch(self._progress):
                yield _batch(batch)
        finally:
            if stream:
                stream.close()
        self._describe(reading.close(), file)
        if file.bomb and len(self._sources) == 1:
            raise CaptureError(str(self.health.bomb_warning(file)))

    def _describe(self, known: dict[str, Any], file: CaptureFile) -> None:
        """Note what is known of a file that was read."""
        from classifier.engine.names import link_type_name  # of use at the end only

        warnings = known.pop("warnings")
        interfaces = known.pop("interfaces")
        for name, value in known.items():
            setattr(file, name, value)
        for number, *others in interfaces:
            file.interfaces.append(Interface(number, link_type_name(number), *others))
        for warning in warnings:
            self.health.warnings.append(InputWarning(file.name, *warning))
        for interface in file.interfaces:
            if interface.frames and not _native.is_supported(interface.link_type):
                # Frames that could not even be begun must not be a number in a table only.
                self.health.warnings.append(
                    InputWarning(
                        file.name,
                        -1,
                        f"link type {interface.link_name} ({interface.link_type}) is not decoded; "
                        f"its {interface.frames} frames are counted only",
                        "record on another interface, or look at it with Wireshark",
                    )
                )

    def _count(self, reading: _native.Reading) -> None:
        """Note where every frame went."""
        from classifier.engine.tally import Tally

        health = self.health
        self.tunnels = reading.tunnels
        health.frames = sum(file.frames for file in health.captures)
        health.evicted = reading.evicted
        health.transcript_dropped = reading.transcript_dropped
        tally = Tally(health)
        for outcome, word, number, frames, source, frame in reading.outcomes():
            tally.add(outcome, _words(word, number), source, frame, frames)
        for layer, reason, frames in reading.partial():
            health.partial[layer, reason] += frames


def _start(options: EngineOptions) -> _native.Reading:
    """A reading with the contract's options; seconds become nanoseconds as they do elsewhere."""
    times = options.timeouts
    content = native_content.request(options)
    try:
        return _native.Reading(
            tcp=_nanoseconds(times.tcp),
            closed=_nanoseconds(times.closed),
            udp=_nanoseconds(times.udp),
            icmp=_nanoseconds(times.icmp),
            other=_nanoseconds(times.other),
            active=_nanoseconds(times.active),
            max_flows=min(options.max_flows, _MOST_FLOWS),
            batch_rows=options.batch_rows,
            head_bytes=options.head_bytes,
            partial=options.partial,
            threads=options.threads,
            **content,
        )
    except _native.PatternError as error:  # they are too large together
        raise EngineError(str(error)) from error


def _nanoseconds(seconds: float) -> int:
    return int(min(seconds * 1e9, _LONGEST))


def _reader(stream: BinaryIO) -> Callable[[int], bytes]:
    """Read what is there instead of waiting for a full buffer, where the stream can do so."""
    read: Callable[[int], bytes] = getattr(stream, "read1", stream.read)
    return read


def _why_not(error: OSError | _native.NotACaptureError, name: str) -> str:
    """The error of a file that could not be opened, without its name in front."""
    if isinstance(error, OSError):
        reason = error.strerror or str(error)
        return f": cannot be read: {reason}; check the path and its permissions"
    magic, broken = error.args
    if broken:
        return f", byte 0: {broken}; copy the file again from its source"
    cause, fix = formats.stranger(magic, name)
    return f", byte 0: {cause}" + (f"; {fix}" if fix else "")


def _words(word: str, number: int) -> str:
    """The detail of an outcome: some come as a number with the name of the table to look in."""
    if number < 0:
        return word
    from classifier.engine.names import LLC_NAMES, ethertype_name, link_type_name

    if word == "EtherType":
        return ethertype_name(number)
    if word == "LLC":
        return LLC_NAMES.get(number, "802.2 LLC")
    return link_type_name(number)


def _batch(batch: _native.Batch) -> Batch:
    """Wrap the engine's memory as arrays, without copying."""
    columns = {}
    for column, values in zip(BATCH_COLUMNS, batch.columns, strict=True):
        array = _array(values, column.dtype)
        columns[column.name] = array.reshape(-1, column.width) if column.width else array
    return Batch(
        columns,
        batch.a_head,
        batch.b_head,
        native_content.matches(batch.a_matches),
        native_content.matches(batch.b_matches),
        native_content.transcripts(batch.transcripts),
    )


def _array(values: _native.Buffer, dtype: str) -> np.ndarray[Any, Any]:
    import numpy as np  # reading begins while numpy is still being imported

    return np.frombuffer(memoryview(values), dtype=dtype)
