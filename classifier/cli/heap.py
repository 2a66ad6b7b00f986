"""Memory of the command: one heap for all its threads, which keeps what it has once had.

By itself the C library gives every thread a heap of its own, so that what one thread lets go of no
other can use, and hands large pieces back to the system at once, which then has to clear new ones:
on a million flows that was a tenth of all time. The command ends soon and gives all back then; a
program that imports the package is not its own master, and is left as it is.
"""

from __future__ import annotations

import os
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["is_worth_it", "share"]

LARGE = 16 << 20
"""Bytes of captures from which on it saves more than it costs to ask for, which is 3 ms."""

# Numbers from glibc's malloc.h, see mallopt(3).
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -2, -3, -8
_SETTINGS = (
    (_ARENA_MAX, 1),
    (_MMAP_THRESHOLD, 1 << 30),
    (_TRIM_THRESHOLD, (1 << 31) - 1),
    (_TOP_PAD, 1 << 20),  # it grows less often: meanwhile no thread can be given a page
)
_WISHES = ("GLIBC_TUNABLES", "MALLOC_ARENA_MAX", "MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_")
"""Who sets one of these has other plans."""


def is_worth_it(captures: Iterable[str]) -> bool:
    """Whether captures are large, or it is not known how large they are."""
    size = 0
    for capture in captures:
        try:
            found = Path(capture).stat()
        except (OSError, ValueError):  # standard input, a pattern, or nothing
            return True
        if not S_ISREG(found.st_mode):
            return True
        size += found.st_size
    return size >= LARGE


def share(environment: Mapping[str, str] = os.environ) -> bool:
    """Have one heap from now on; to be asked for while there is one thread.

    Returns:
        Whether it is so: it is not where the C library is not glibc, or where somebody has set up
        its memory in another way.
    """
    if any(wish in environment for wish in _WISHES):
        return False
    try:
        from ctypes import CDLL

        mallopt = CDLL(None).mallopt
    except (ImportError, OSError, AttributeError, TypeError):
        return False
    return all(mallopt(*setting) == 1 for setting in _SETTINGS)
