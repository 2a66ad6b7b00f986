"""What a file says about itself: format, interfaces, comments, damage.

TShark's fields describe frames. What stands around them is read by the portable engine's readers,
which also say at which byte a file is damaged, in the words that the other engines use.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from classifier.engine import formats
from classifier.engine.contract import InputWarning, Source
from classifier.engine.portable import open_records
from classifier.engine.portable.stream import CHUNK, open_stream
from classifier.errors import CaptureError, EngineError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from classifier.engine.contract import CaptureFile

__all__ = ["frames_held", "staged"]

_UNREAD_BY_TSHARK = ("bzip2", "xz")
_READ_BY_TSHARK = ("zstd", "lz4")


@contextmanager
def staged(
    source: Source,
    file: CaptureFile,
    warnings: list[InputWarning],
    progress: Callable[[int], None] | None,
) -> Iterator[tuple[Source, bool]]:
    """A file on disk that TShark can read: the input itself, or a copy of it for as long as needed.

    Args:
        source: The input.
        file: Its compression and size are filled in if a copy is made.
        warnings: Added to.
        progress: Called with the number of stored bytes read, if a copy is made.

    Yields:
        The file, under the input's name, and whether it is a copy.

    Raises:
        CaptureError: The input cannot be read.
        EngineError: There is no room for a copy.
    """
    path = source.path
    # A pipe is read once, and TShark cannot be handed what we have read of it.
    if path and path.is_file() and formats.compression(_head(source)) not in _UNREAD_BY_TSHARK:
        yield source, False
        return
    stream = open_stream(source, progress)
    try:
        with tempfile.TemporaryDirectory(prefix="classify-") as folder:
            copy = Path(folder, "capture")
            try:
                with copy.open("wb") as target:
                    while data := stream.read(CHUNK):
                        target.write(data)
            except OSError as error:
                raise EngineError(
                    f"engine tshark: {source.name} has to be copied to {folder} and cannot be "
                    f"({error.strerror or error}); set TMPDIR to a larger place, "
                    "or use --engine portable"
                ) from error
            file.compression, file.bytes = stream.compression, stream.stored
            if stream.bomb:
                raise CaptureError(
                    f"{source.name}, byte {stream.offset}: {stream.broken}; {stream.fix}"
                )
            if stream.broken:
                warnings.append(
                    InputWarning(
                        source.name,
                        stream.offset,
                        stream.broken,
                        "everything before was read; copy the file again if it should be longer",
                    )
                )
            yield Source(copy, source.name, stream.offset), True
    finally:
        stream.close()


def frames_held(source: Source, file: CaptureFile, warnings: list[InputWarning]) -> int | None:
    """Fill in ``file`` and ``warnings`` from a capture file.

    Returns:
        How many frames it holds; None for a file that only TShark can read.

    Raises:
        CaptureError: It cannot be opened, or it is no capture.
    """
    compression, stored = file.compression, file.bytes
    try:
        held = sum(1 for _ in open_records(source, file, warnings))
    except CaptureError:
        head = _head(source)
        if formats.compression(head) in _READ_BY_TSHARK:
            file.compression = formats.compression(head)
        else:
            cause, fix = formats.stranger(head, source.name)
            if "editcap" not in fix:  # Wireshark's own converter reads what TShark reads
                raise
            file.format = cause.removeprefix("is a ").removeprefix("is an ")
            file.format = file.format.removesuffix(" capture")
        held = None
    file.compression, file.bytes = compression or file.compression, stored or file.bytes
    return held


def _head(source: Source) -> bytes:
    """The first bytes of a file.

    Raises:
        CaptureError: It cannot be read.
    """
    assert source.path is not None
    try:
        with source.path.open("rb") as file:
            return file.read(formats.MAGIC_LENGTH)
    except OSError as error:
        raise CaptureError(
            f"{source.name}: cannot be read: {error.strerror or error}; "
            "check the path and its permissions"
        ) from error
