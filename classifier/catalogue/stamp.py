"""Telling files that have not changed since they were read, without reading them again."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["stamp"]

SETTLED = 3.0
"""Seconds. A younger file may change once more without a new time: the coarsest clock of a file
system, FAT's, goes by two seconds."""


def stamp(files: Iterable[Path]) -> str | None:
    """What changes whenever one of the files does, or their list.

    A file's content cannot change without its status change time (``st_ctime``), which no program
    can set.

    Returns:
        None where there is no telling: a file is missing, or has changed just now.
    """
    youngest = (time.time() - SETTLED) * 1e9
    lines = []
    try:
        for file in files:
            facts = os.stat(file)  # noqa: PTH116  a Path's own costs as much again
            if max(facts.st_ctime_ns, facts.st_mtime_ns) > youngest:
                return None
            lines.append(
                f"{file}\0{facts.st_ino}:{facts.st_size}:{facts.st_mtime_ns}:{facts.st_ctime_ns}"
            )
    except (OSError, ValueError):
        return None
    return "\n".join(lines)
