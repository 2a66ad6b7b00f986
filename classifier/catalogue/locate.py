"""Where ``signatures/`` lives, in the installed package or beside it in a clone; and its bytes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from classifier.errors import CatalogueError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = [
    "USER_FOLDER",
    "TableFiles",
    "overlay_files",
    "read_bytes",
    "signature_files",
    "signature_folder",
    "table_files",
    "user_folder",
]

HEADER = "catalogue.toml"
"""The file by which the folder is known."""

USER_FOLDER = "CLASSIFY_SIGNATURES"
"""Environment variable: the folder of a user's own signature files; empty for none."""

PACKAGE = Path(__file__).resolve().parent.parent


def signature_folder(package: Path = PACKAGE) -> Path:
    """The folder of the shipped signature files.

    A wheel holds them inside the package (``classifier/signatures``). A clone and an editable
    install have them beside it (``signatures``), so no import machinery is asked.

    Raises:
        CatalogueError: Neither place has them.
    """
    places = (package / "signatures", package.parent / "signatures")
    for place in places:
        if (place / HEADER).is_file():
            return place
    raise CatalogueError(
        f"{places[0]}: no signature files here nor in {places[1]}; "
        f"install the package again, or take the folder signatures/ from the repository"
    )


def signature_files(folder: Path) -> list[Path]:
    """The signature files of a folder, sorted by name: the order of the catalogue.

    Those in its folder ``payload`` come last: what they say is about entries of the others.
    """
    return [*_files(folder, ".toml"), *_files(folder / "payload", ".toml")]


def table_files(folder: Path) -> list[Path]:
    """The generated tables of a folder, sorted by name."""
    return _files(folder, ".csv")


def _files(folder: Path, ending: str) -> list[Path]:
    """The files of a folder with an ending; none where there is no such folder."""
    try:
        names = os.listdir(folder)  # noqa: PTH208  a quarter of what a Path's glob costs
    except OSError:
        return []
    return [folder / name for name in sorted(names) if name.endswith(ending)]


class TableFiles(Mapping[str, bytes]):
    """The bytes of tables by file name, each read when it is asked for."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = {file.name: file for file in files}

    def __getitem__(self, name: str) -> bytes:
        """The bytes of a table; raises CatalogueError if it cannot be read any more."""
        return read_bytes(self._files[name])

    def __iter__(self) -> Iterator[str]:
        """The names, sorted."""
        return iter(self._files)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._files)


def read_bytes(file: Path) -> bytes:
    """The bytes of a signature file.

    Raises:
        CatalogueError: It cannot be read.
    """
    try:
        return file.read_bytes()
    except OSError as error:
        raise CatalogueError(
            f"{file}: cannot be read ({error.strerror}); check the path and its permissions"
        ) from error


def user_folder() -> Path | None:
    """Where a user's own signature files are looked for; the folder need not exist.

    ``CLASSIFY_SIGNATURES`` where it is set, nothing where it is set to nothing; else
    ``pcap-service-classifier/signatures`` below ``XDG_CONFIG_HOME``, ``~/.config`` by default.
    """
    named = os.environ.get(USER_FOLDER)
    if named is not None:
        return Path(named) if named else None
    home = os.environ.get("XDG_CONFIG_HOME", "")
    try:
        base = Path(home) if Path(home).is_absolute() else Path.home() / ".config"
    except RuntimeError:  # nobody's home
        return None
    return base / "pcap-service-classifier" / "signatures"


def overlay_files(named: Sequence[Path] = ()) -> tuple[Path, ...]:
    """The overlays of a run: the user's own files by name, then those named on the command line."""
    folder = user_folder()
    own = signature_files(folder) if folder is not None else []
    return (*own, *named)
