"""Where ``signatures/`` lives: in the installed package, or beside it in a clone."""

from __future__ import annotations

from pathlib import Path

from classifier.errors import CatalogueError

__all__ = ["signature_files", "signature_folder"]

HEADER = "catalogue.toml"
"""The file by which the folder is known."""

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
    """The signature files of a folder, sorted by name: the order of the catalogue."""
    return sorted(folder.glob("*.toml"))
