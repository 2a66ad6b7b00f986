"""One line to the user, beside what may be a report on standard output."""

from __future__ import annotations

import sys

__all__ = ["say"]


def say(line: str) -> None:
    """Write a line to stderr at once.

    Args:
        line: Without its end; nothing in it that a terminal would obey, see
            :func:`classifier.reports.escape.visible`.
    """
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
