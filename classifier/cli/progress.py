"""A progress bar for long reading: bytes read of bytes in all, on stderr, only on a terminal."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["QUIET_SECONDS", "bar"]

QUIET_SECONDS = 0.7
"""Work that is done before this shows no bar."""


@contextmanager
def bar(*, shown: bool) -> Iterator[Callable[[int, int], None] | None]:
    """Yields what to call with bytes read and bytes in all (0: not known).

    Args:
        shown: Whether the user wants one at all.
    """
    if not shown or not sys.stderr.isatty():
        yield None
        return
    begun = monotonic()
    showing: list[Any] = []

    def report(done: int, total: int) -> None:
        if monotonic() - begun < QUIET_SECONDS:
            return
        if not showing:
            import click

            shape = "%(label)s [%(bar)s] %(info)s" if total else "%(label)s %(info)s"
            new = click.progressbar(
                length=total or None,
                label="reading",
                file=sys.stderr,
                bar_template=shape,
                item_show_func=lambda text: text,
            )
            showing.append(new.__enter__())
        step = done - showing[0].pos
        words = f"{_megabytes(done)} of {_megabytes(total)}" if total else _megabytes(done)
        showing[0].update(step, current_item=words)

    try:
        yield report
    finally:
        if showing:
            showing[0].__exit__(None, None, None)


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"
