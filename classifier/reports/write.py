"""Writing to files: all of it or nothing."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from classifier.errors import OutputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from classifier.table import Table

__all__ = ["FLOW_ENDINGS", "write_flows", "write_pieces", "write_text_atomically"]

FIXES = {
    "FileNotFoundError": "create the directory or name another path",
    "NotADirectoryError": "name a path whose parts are directories",
    "PermissionError": "name a path that you may write",
}


def write_text_atomically(path: Path | str, text: str) -> None:
    """Write a report so that the path holds all of it or what it held before.

    The text goes to a temporary file in the same directory, which is then renamed. Permissions
    are those of a new file (umask). A device or pipe (``/dev/stdout``) is written directly.

    Raises:
        OutputError: Path, cause and fix. Nothing is left behind.
    """
    with replacing(path) as temporary, _opened(temporary) as file:
        file.write(text.encode(errors="backslashreplace"))


def write_pieces(path: Path | str, pieces: Iterable[bytes | memoryview]) -> None:
    """Write UTF-8 text that is made piece by piece, as :func:`write_text_atomically` does.

    Raises:
        OutputError: Path, cause and fix. Nothing is left behind.
    """
    with replacing(path) as temporary, _opened(temporary) as file:
        file.writelines(pieces)


def write_flows(flows: Table, path: Path | str) -> None:
    """Write the flow table as ``.csv`` (defused for spreadsheets), ``.jsonl`` or ``.parquet``.

    Raises:
        UsageError: Another ending.
        OutputError: Path, cause and fix; also where Parquet needs a package that is not here.
    """
    path = Path(path)
    write = FLOW_ENDINGS.get(path.suffix.lower())
    if write is None:
        known = ", ".join(FLOW_ENDINGS)
        raise UsageError(f"flow table {path}: ending {path.suffix!r} is not known; use {known}")
    with replacing(path) as temporary:
        write(flows, temporary)


@contextmanager
def replacing(path: Path | str) -> Iterator[Path]:
    """A temporary path to write to; it takes the place of ``path`` if the block succeeds.

    Raises:
        OutputError: The path cannot be written. Nothing is left behind.
    """
    path = Path(path)
    try:
        if _is_stream(path):
            yield path
            return
        temporary = path.parent / f".classify-{os.urandom(6).hex()}.part"
        try:
            os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
            yield temporary
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OutputError:
        raise
    except OSError as error:
        cause = (error.strerror or str(error)).lower()
        fix = FIXES.get(type(error).__name__, "free space or name another path")
        raise OutputError(f"{path}: cannot be written: {cause}; {fix}") from error


def _is_stream(path: Path) -> bool:
    """Whether the path is a device, pipe or socket, which cannot be replaced by a file.

    Raises:
        OutputError: It is a directory, or a link that renaming would destroy.
    """
    try:
        kind = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        kind = 0
    if stat.S_ISDIR(kind):
        raise OutputError(f"{path}: is a directory; name a file in it")
    if kind and not stat.S_ISREG(kind):
        return True
    if path.is_symlink():
        target = path.readlink()
        raise OutputError(
            f"{path}: is a symbolic link to {target}; name that file, or remove the link"
        )
    return False


def _opened(path: Path) -> BinaryIO:
    """A new file, or a stream, to write to.

    It is empty and stays as it is: a file that was cut to nothing is one that replaces what was
    there, as ext4 sees it, and is written to the disk before closing it returns.
    """
    return os.fdopen(os.open(path, os.O_WRONLY | getattr(os, "O_BINARY", 0)), "wb")


def _csv(flows: Table, path: Path) -> None:
    """CSV, defused."""
    from classifier.reports.csv import lines

    with _opened(path) as file:
        file.writelines(lines(flows))


def _jsonl(flows: Table, path: Path) -> None:
    """JSON Lines: one object a flow."""
    from classifier.reports.json import lines

    with _opened(path) as file:
        file.writelines(lines(flows))


def _parquet(flows: Table, path: Path) -> None:
    """Parquet, dtypes kept."""
    import importlib.util

    if importlib.util.find_spec("pyarrow") is None:
        fix = 'pip install "pcap-service-classifier[parquet]"'
        raise OutputError(f"{path}: Parquet needs pyarrow, which is not installed; {fix}")
    flows.frame().to_parquet(path, engine="pyarrow", index=False)


# The order in which an error names them.
FLOW_ENDINGS: Mapping[str, Callable[[Table, Path], None]] = {
    ".csv": _csv,
    ".jsonl": _jsonl,
    ".parquet": _parquet,
}
