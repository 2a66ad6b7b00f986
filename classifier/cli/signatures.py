"""``classify signatures``: work on signature files."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["command"]

_EPILOG = """\b
Exit codes:
  0    every file is right
  2    a file is wrong: the message says where, and how to put it right
"""


@click.group(name="signatures", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Work on signature files."""


@command.command(name="check", epilog=_EPILOG)
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE..."
)
def check(files: tuple[Path, ...]) -> int:
    """Check signature files as if they were laid over the shipped ones, one after the other."""
    from classifier import catalogue
    from classifier.catalogue.locate import read_bytes
    from classifier.catalogue.read import read_document
    from classifier.errors import CatalogueError
    from classifier.reports.escape import visible

    failed = False
    good: list[Path] = []
    for path in files:
        try:
            knowledge = catalogue.load((*good, path))
            document = read_document(path, read_bytes(path))
        except CatalogueError as error:
            click.echo(visible(str(error)), err=True)
            failed = True
            continue
        good.append(path)
        counted = [
            f"{len(rows)} {word}{'' if len(rows) == 1 else 's'}"
            for word, rows in (("service", document.service), ("band", document.band))
            if rows
        ]
        click.echo(visible(f"{path}: right; {', '.join(counted) or 'no entries'}"))
        for note in knowledge.notes:
            if str(path) in note:
                click.echo(visible(f"  {note}"))
    return 2 if failed else 0
