"""Reading goes on in a thread while the caller gets ready; errors and interrupts come out."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from classifier.engine.ahead import ReadAhead
from classifier.engine.contract import EngineOptions, Health, Source
from classifier.errors import CaptureError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

BATCH: Any = object()


class Engine:
    """As much of an engine as reading ahead needs; what it does is a function."""

    name = "native"

    def __init__(self, work: Callable[[Callable[[int], None]], Iterator[Any]]) -> None:
        self.work = work
        self.health = Health()
        self.tunnels = [""]
        self.cancelled = threading.Event()

    def cancel(self) -> None:
        self.cancelled.set()

    def read(self, _sources: Any, _options: Any, progress: Any = None) -> Any:
        self.progress = progress
        return self

    def __iter__(self) -> Iterator[Any]:
        for batch in self.work(self.progress):
            if self.cancelled.is_set():
                raise InterruptedError
            yield batch


@pytest.fixture
def file(tmp_path: Path) -> Source:
    path = tmp_path / "a.pcap"
    path.write_bytes(b"")
    return Source(path, "a.pcap")


def ahead(engine: Engine, source: Source, progress: Callable[[int], None] = lambda _: None) -> Any:
    return ReadAhead(engine, [source], EngineOptions(), progress)


def test_reading_begins_before_the_batches_are_asked_for(file: Source) -> None:
    begun = threading.Event()

    def work(progress: Callable[[int], None]) -> Iterator[Any]:
        begun.set()
        progress(7)
        yield BATCH

    counted: list[int] = []
    with ahead(Engine(work), file, counted.append) as run:
        assert begun.wait(60)
        assert run.batches() == [BATCH]
    assert counted == [7]


def test_an_error_of_the_reader_comes_out_where_the_batches_are_asked_for(file: Source) -> None:
    def work(_progress: Callable[[int], None]) -> Iterator[Any]:
        yield BATCH
        raise CaptureError("a.pcap, byte 0: no capture")

    with ahead(Engine(work), file) as run, pytest.raises(CaptureError, match="no capture"):
        run.batches()


def endless(progress: Callable[[int], None]) -> Iterator[Any]:
    while True:
        progress(1)
        yield BATCH


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_whatever_ends_the_caller_ends_the_reading(error: type, file: Source) -> None:
    before = threading.active_count()
    with pytest.raises(error), ahead(Engine(endless), file):
        raise error
    assert threading.active_count() == before


def test_an_interrupt_while_waiting_for_the_end_ends_the_reading(
    file: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    join = threading.Thread.join

    def interrupted(thread: threading.Thread, timeout: float | None = None) -> None:
        if timeout is not None:
            raise KeyboardInterrupt
        join(thread)

    monkeypatch.setattr(threading.Thread, "join", interrupted)
    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt), ahead(Engine(endless), file) as run:
        run.batches()
    assert threading.active_count() == before


def test_an_error_of_the_progress_comes_out_too(file: Source) -> None:
    def broken(_size: int) -> None:
        raise ValueError("broken pipe of the bar")

    with (
        pytest.raises(ValueError, match="broken pipe"),
        ahead(Engine(endless), file, broken) as run,
    ):
        run.batches()


@pytest.mark.parametrize("name", ["portable", "tshark"])
def test_other_engines_read_in_the_thread_of_the_caller(name: str, file: Source) -> None:
    def work(_progress: Callable[[int], None]) -> Iterator[Any]:
        yield threading.current_thread()

    engine = Engine(work)
    engine.name = name
    with ahead(engine, file) as run:
        assert run.batches() == [threading.current_thread()]


def test_standard_input_is_read_in_the_thread_of_the_caller() -> None:
    def work(_progress: Callable[[int], None]) -> Iterator[Any]:
        yield threading.current_thread()

    with ahead(Engine(work), Source(None, "-")) as run:
        assert run.batches() == [threading.current_thread()]
