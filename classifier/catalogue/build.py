"""Signature files into what the cache keeps: read, checked, laid upon each other, compiled.

Only a start that finds nothing in the cache needs this module, and the many that it imports.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

from classifier.catalogue.check import problems, unusable
from classifier.catalogue.compile import compile_catalogue
from classifier.catalogue.locate import HEADER
from classifier.catalogue.merge import Merged, Source, merge
from classifier.catalogue.read import read_document
from classifier.catalogue.references import Known, reference_problems
from classifier.errors import CatalogueError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from classifier.catalogue.compiled import Compiled
    from classifier.catalogue.schema import Header

__all__ = ["build"]


@contextmanager
def _no_collection() -> Iterator[None]:
    """Keep the garbage collector away: it would look at what is being built, and find nothing."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


@_no_collection()
def build(
    folder: Path,
    files: Mapping[Path, bytes],
    overlays: Sequence[tuple[Path, bytes]],
    tables: Mapping[str, bytes],
) -> Compiled:
    """Read, check and merge everything; the shipped files first, so that they stand alone.

    Args:
        folder: Of the shipped files, for messages.
        files: Their content, in order.
        overlays: What is laid upon them, in order.
        tables: Content of the shipped tables by file name.

    Raises:
        CatalogueError: A file is wrong. The message names file, line, entry, cause and fix.
    """
    shipped = [Source(file, data, read_document(file, data)) for file, data in files.items()]
    header = _header(folder, shipped)
    alone = merge(shipped, [])
    _check(shipped, alone, header)
    if not overlays:
        return compile_catalogue(alone, header, tables)
    added = [Source(file, data, read_document(file, data)) for file, data in overlays]
    merged = merge(shipped, added)
    _check(added, merged, header)
    for source in added:
        for problem in unusable(source.document):
            raise source.error(problem.path, problem.cause, problem.fix)
    return compile_catalogue(merged, header, tables)


def _header(folder: Path, sources: Sequence[Source]) -> Header:
    """What ``catalogue.toml`` declares."""
    headers = [source.document.catalogue for source in sources if source.document.catalogue]
    if len(headers) != 1:
        raise CatalogueError(
            f"{folder / HEADER}: {len(headers)} tables [catalogue] in the folder; keep one, here"
        )
    return headers[0]


def _check(sources: Sequence[Source], merged: Merged, header: Header) -> None:
    """Raise for the first thing that is wrong, in the order of the files."""
    known = Known(merged.services, merged.bands, merged.system_services, merged.tunnels)
    for source in sources:
        for problem in problems(source.document, header):
            raise source.error(problem.path, problem.cause, problem.fix)
        for problem in reference_problems(source.document, known):
            raise source.error(problem.path, problem.cause, problem.fix)
