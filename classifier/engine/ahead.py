"""Reading in a thread of its own, while the caller gets ready for what is read."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Self, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from classifier.engine.contract import Batch, Engine, EngineOptions, Source
    from classifier.engine.native import NativeReading

__all__ = ["ReadAhead"]

_PATIENCE = 0.2
"""Seconds between two looks at signals: not every system interrupts a wait for a thread."""


class ReadAhead:
    """A run of an engine that begins at once. Leaving the ``with`` block ends it.

    Only compiled code that reads regular files gets a thread: it lets other threads run, and it
    can be stopped, which a reader that waits for a pipe cannot. All else is read when it is asked
    for, in the thread that asks.

    Attributes:
        reading: See the contract; complete after :meth:`batches`.
    """

    def __init__(
        self,
        engine: Engine,
        sources: Sequence[Source],
        options: EngineOptions,
        progress: Callable[[int], None],
    ) -> None:
        self.reading = engine.read(sources, options, progress)
        self._batches: list[Batch] = []
        self._error: BaseException | None = None
        self._thread: threading.Thread | None = None
        if engine.name == "native" and all(
            source.path is not None and source.path.is_file() for source in sources
        ):
            self._thread = threading.Thread(target=self._run, name="reading")

    def __enter__(self) -> Self:
        """Begin."""
        if self._thread is not None:
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop reading, whatever is left, and wait for the end of the thread."""
        if self._thread is not None:
            cast("NativeReading", self.reading).cancel()
            self._thread.join()

    def batches(self) -> list[Batch]:
        """All batches, when the end of the sources is reached.

        Raises:
            CaptureError: And whatever else reading or ``progress`` raised.
        """
        if self._thread is None:
            return list(self.reading)
        while self._thread.is_alive():
            self._thread.join(_PATIENCE)
        if self._error is not None:
            raise self._error
        batches, self._batches = self._batches, []
        return batches

    def _run(self) -> None:
        try:
            self._batches = list(self.reading)
        except BaseException as error:  # noqa: BLE001  it is raised where the batches are asked for
            self._error = error
