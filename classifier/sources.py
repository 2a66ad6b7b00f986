"""What the user named, as inputs in time order: files, folders, globs, standard input.

One or more files are one recording. A rotated set is ordered by the time of its first frames,
whatever the files are called.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from classifier.engine import formats
from classifier.engine.contract import CaptureFile, Source
from classifier.errors import CaptureError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["STDIN", "find"]

STDIN = "-"


def find(arguments: Sequence[str | os.PathLike[str]]) -> tuple[list[Source], list[str]]:
    """Turn arguments into inputs.

    Args:
        arguments: Paths of files or folders, glob patterns, or ``-`` for standard input.

    Returns:
        The inputs in time order, and notes about what was passed over.

    Raises:
        CaptureError: A path does not exist, or a folder holds no capture.
    """
    sources: list[Source] = []
    notes: list[str] = []
    for argument in arguments:
        text = os.fspath(argument)
        if text == STDIN:
            sources.append(Source(None, "standard input"))
            continue
        path = Path(text)
        if os.path.isdir(text):  # noqa: PTH112  Path's own raises on names that are too long
            sources.extend(_folder(path, notes))
        elif os.path.lexists(text) or not _is_pattern(text):
            sources.append(_file(path))
        else:
            sources.extend(_matches(text))
    unique = _once(sources)
    if len(unique) < len(sources):
        notes.append(f"{len(sources) - len(unique)} inputs were named twice and are read once")
    if not unique:
        raise CaptureError("nothing to read: the patterns match folders only; name a file")
    return (_in_time_order(unique) if len(unique) > 1 else unique), notes


def _is_pattern(text: str) -> bool:
    from glob import has_magic

    return has_magic(text)


def _matches(pattern: str) -> list[Source]:
    """The files that match; Path.glob knows no absolute patterns."""
    from glob import glob

    matches = sorted(glob(pattern, recursive=True))  # noqa: PTH207
    if not matches:
        raise CaptureError(f"{pattern}: no file matches this pattern; check the path")
    return [_file(path) for path in map(Path, matches) if path.is_file()]


def _once(sources: list[Source]) -> list[Source]:
    """Each file once, by its first name, whatever links and ``..`` lead to it."""
    by_place: dict[str | None, Source] = {}
    for source in sources:
        by_place.setdefault(os.path.realpath(source.path) if source.path else None, source)
    return list(by_place.values())


def _file(path: Path) -> Source:
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        raise CaptureError(f"{path}: no such file; check the path") from None
    except OSError as error:
        raise CaptureError(
            f"{path}: cannot be read: {error.strerror}; check the path and its permissions"
        ) from error
    return Source(path, _shown(path), size)


def _shown(path: Path) -> str:
    r"""The name as text; bytes that are no UTF-8 become ``\xff``, for tables hold text only."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _folder(folder: Path, notes: list[str]) -> list[Source]:
    """The captures in a folder and below, recognised by their content."""
    found, others = [], 0
    for path in sorted(folder.rglob("*")):
        try:
            if not stat.S_ISREG(path.stat().st_mode):
                continue
            with path.open("rb") as file:
                magic = file.read(formats.MAGIC_LENGTH)
        except OSError:
            others += 1
            continue
        if formats.is_capture(magic) or formats.compression(magic):
            found.append(_file(path))
        else:
            others += 1
    if not found:
        raise CaptureError(f"{folder}: no capture in this folder; name a folder with pcap files")
    if others:
        notes.append(f"{folder}: {others} files that are no captures were passed over")
    return found


def _in_time_order(sources: list[Source]) -> list[Source]:
    """By first frame, equal times as named; inputs without one, and standard input, last."""
    return sorted(sources, key=_first_time)


def _first_time(source: Source) -> int:
    from classifier.engine.portable import open_records

    never = 1 << 63
    if source.path is None or not source.path.is_file():  # a pipe can be read only once
        return never
    try:
        for record in open_records(source, CaptureFile(source.name), []):
            return record.time
    except CaptureError:
        return never
    return never
