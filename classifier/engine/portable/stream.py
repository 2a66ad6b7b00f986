"""Bytes of one input, decompressed as they are read, with the place in the file kept."""

from __future__ import annotations

import bz2
import lzma
import sys
import zlib
from typing import TYPE_CHECKING, Protocol

from classifier.engine import formats
from classifier.errors import CaptureError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    from classifier.engine.contract import Source

__all__ = ["ByteStream", "open_stream"]

CHUNK = 256 * 1024
BOMB_RATIO = 1_000
"""How many times its size a file may unpack to. Captures reach some tens, gzip cannot reach it by
much; other compressions pack zeros a million times."""
BOMB_BYTES = 64 * 1024 * 1024
"""Unpacked bytes below which the ratio does not matter"""


class _Decompressor(Protocol):
    """What zlib, bz2 and lzma have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


_DECOMPRESSORS: dict[str, Callable[[], _Decompressor]] = {
    "gzip": lambda: zlib.decompressobj(wbits=31),
    "bzip2": bz2.BZ2Decompressor,
    "xz": lzma.LZMADecompressor,
}
_PADDING = b"\x00"  # tapes and some tools pad with zeros


class ByteStream:
    """Reads exact lengths and knows the offset.

    Attributes:
        offset: Decompressed bytes consumed so far.
        stored: Bytes read from the file so far.
        compression: ``gzip``, ``bzip2``, ``xz`` or empty.
        broken: Why decompression stopped early, else empty. What came before is kept.
        bomb: Whether that was because absurdly much came out.
    """

    def __init__(
        self, file: BinaryIO, name: str, progress: Callable[[int], None] | None = None
    ) -> None:
        self.offset = 0
        self.stored = 0
        self.broken = ""
        self.bomb = False
        self._unpacked = 0
        self._file = file
        self._progress = progress
        self._buffer = b""
        self._position = 0
        self._pending = self._raw(CHUNK)
        self.compression = formats.compression(self._pending)
        if self.compression and self.compression not in _DECOMPRESSORS:
            raise CaptureError(
                f"{name}, byte 0: is compressed with {self.compression}, which this engine does "
                f"not read; decompress it first: {self.compression} -d < FILE | classify -"
            )
        self._decompressor: _Decompressor | None = None
        if self.compression:
            self._decompressor = _DECOMPRESSORS[self.compression]()

    def _raw(self, size: int) -> bytes:
        data = self._file.read(size)
        self.stored += len(data)
        if self._progress and data:
            self._progress(len(data))
        return data

    def _more(self) -> bytes:
        """The next piece of decompressed bytes; empty at the end."""
        if self._decompressor is None:
            data, self._pending = self._pending or self._raw(CHUNK), b""
            return data
        while not self.broken:
            state = self._decompressor
            if state.eof:  # another member follows, or padding
                self._pending = self._pending or self._raw(CHUNK)
                if not self._pending:
                    return b""
                self._pending = self._pending.lstrip(_PADDING)
                if not self._pending:
                    continue
                self._decompressor = _DECOMPRESSORS[self.compression]()
                continue
            if not self._pending and getattr(state, "needs_input", True):
                self._pending = self._raw(CHUNK)
            ended = not self._pending and getattr(state, "needs_input", True)
            out = self._inflate(state)
            if out:
                return out
            if ended and not state.eof and not self.broken:
                self.broken = f"the {self.compression} data is cut short"
        return b""

    def _inflate(self, state: _Decompressor) -> bytes:
        bound = max(BOMB_BYTES, self.stored * BOMB_RATIO)
        try:
            # One byte beyond the bound tells a bomb, wherever the decompressor's blocks end.
            out = state.decompress(self._pending, min(CHUNK, bound + 1 - self._unpacked))
        except (zlib.error, OSError, lzma.LZMAError, EOFError) as error:
            self.broken = f"the {self.compression} data is damaged ({error})"
            return b""
        # zlib hands back what it did not take; bz2 and lzma keep it themselves.
        kept = getattr(state, "unconsumed_tail", b"")
        self._pending = state.unused_data if state.eof else kept
        self._unpacked += len(out)
        if self._unpacked > bound:
            self.bomb = True
            self.broken = (
                f"the {self.compression} data is a decompression bomb: {self.stored} bytes unpack "
                f"to more than {bound}, over {BOMB_RATIO} times as many"
            )
        return out

    @property
    def fix(self) -> str:
        """What to do where the data ends early."""
        if self.bomb:
            command = self.compression
            return f"if you trust the file, unpack it yourself: {command} -d < FILE | classify -"
        return "everything before was read; copy the file again if it should be longer"

    def peek(self, size: int) -> bytes:
        """The next ``size`` bytes, or fewer at the end, without consuming them."""
        while len(self._buffer) - self._position < size:
            more = self._more()
            if not more:
                break
            self._buffer = self._buffer[self._position :] + more
            self._position = 0
        return self._buffer[self._position : self._position + size]

    def read(self, size: int) -> bytes:
        """``size`` bytes, or fewer at the end of the data."""
        end = self._position + size
        if end > len(self._buffer):
            data = self.peek(size)
            end = self._position + len(data)
        else:
            data = self._buffer[self._position : end]
        self._position = end
        self.offset += len(data)
        return data

    def skip(self, size: int) -> int:
        """Pass over ``size`` bytes in bounded memory; returns how many there were."""
        left = size
        while left:
            got = len(self.read(min(left, CHUNK)))
            if not got:
                break
            left -= got
        return size - left

    def close(self) -> None:
        """Close the file, unless it is standard input."""
        if self._file is not sys.stdin.buffer:
            self._file.close()


def open_stream(source: Source, progress: Callable[[int], None] | None = None) -> ByteStream:
    """Open an input.

    Raises:
        CaptureError: It cannot be opened or read.
    """
    file: BinaryIO | None = None
    try:
        file = source.path.open("rb", buffering=0) if source.path else sys.stdin.buffer
        return ByteStream(file, source.name, progress)
    except OSError as error:
        if file is not None and source.path:
            file.close()
        reason = error.strerror or str(error)
        raise CaptureError(
            f"{source.name}: cannot be read: {reason}; check the path and its permissions"
        ) from error
    except CaptureError:
        if file is not None and source.path:
            file.close()
        raise
