"""pyshark's capture of a file, in a thread of its own, handing over frames through a bounded queue.

pyshark starts TShark in EK mode and reads its lines. Four of its habits are replaced:

* It looks for a ``config.ini`` in the current directory and runs the program that it names. A
  folder with evidence in it must not choose what is run, so the path is given.
* It builds a layer object for each layer of each frame, from a map of all fields that TShark
  knows, which it keeps in the user's cache folder. We take the fields as they come.
* It keeps only the last line that TShark wrote to stderr, and kills TShark at the end of its
  output, which loses the exit code. Both are needed to say what is wrong with a file.
* It calls a TShark that ends with an error a crash. Such is the end of every damaged file.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from queue import Empty, Full, Queue
from typing import TYPE_CHECKING, Any

import msgspec
from packaging.version import Version
from pyshark.capture.capture import StopCapture
from pyshark.capture.file_capture import FileCapture
from pyshark.tshark.output_parser.tshark_ek import TsharkEkJsonParser

from classifier.engine.tshark import program
from classifier.engine.tshark.frame import Frame
from classifier.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Frames"]

_CHUNK = 128  # frames handed over at a time
_QUEUED = 16  # chunks that may wait
_PATIENCE = 0.1  # s between two looks at whether the other side is still there
_KEPT_LINES = 20
_NOISE = ("Running as user",)


class _Line(msgspec.Struct):
    """A line of TShark's EK output with ``-e``."""

    layers: dict[str, list[str]]


class _Parser(TsharkEkJsonParser):  # type: ignore[misc]  # pyshark has no types
    """Lines of EK output as fields."""

    _decode = msgspec.json.Decoder(_Line).decode

    def _parse_single_packet(self, packet: bytes) -> dict[str, list[str]]:
        return self._decode(packet).layers


class _Capture(FileCapture):  # type: ignore[misc]  # pyshark has no types
    """See the module."""

    def __init__(self, path: Path, eventloop: asyncio.AbstractEventLoop) -> None:
        self.lines: list[str] = []
        self.exit_code: int | None = None
        super().__init__(
            str(path.absolute()),  # a file named "-" is a file
            keep_packets=False,
            use_ek=True,
            eventloop=eventloop,
            custom_parameters=program.arguments(),
        )

    async def run(self, sink: Any) -> None:
        """Feed the fields of every frame to ``sink`` and leave no process behind."""
        process = await self._get_tshark_process()
        try:
            await self._go_through_packets_from_fd(process.stdout, sink)
            if self._eof_reached:
                await process.wait()
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
            # Only a pipe that was read to its end is closed by asyncio.
            await process.stdout.read()
            self.exit_code = await process.wait()
            await asyncio.gather(*self._stderr_handling_tasks)

    def _created_new_process(self, *_: Any) -> None:
        """Nothing: a TShark that has ended by now is read to its end like any other."""

    def _get_tshark_path(self) -> str:
        return program.find()

    def _get_tshark_version(self) -> Version:
        return Version(".".join(map(str, program.version(program.find()))))

    def _setup_tshark_output_parser(self) -> _Parser:
        return _Parser()

    async def _handle_process_stderr_forever(self, stderr: asyncio.StreamReader) -> None:
        while line := await stderr.readline():
            text = line.decode("utf-8", "replace").strip()
            if text and not text.startswith(_NOISE) and len(self.lines) < _KEPT_LINES:
                self.lines.append(text)


class Frames:
    """The frames of a file. Iterate once; then the outcome is known.

    Attributes:
        exit_code: TShark's, negative for the signal that ended it; None while it runs.
        messages: What it wrote to stderr.
    """

    def __init__(self, path: Path) -> None:
        self.exit_code: int | None = None
        self.messages: list[str] = []
        self._path = path
        self._queue: Queue[list[dict[str, list[str]]] | None] = Queue(_QUEUED)
        self._stop = threading.Event()
        self._failure: BaseException | None = None

    def __iter__(self) -> Iterator[Frame]:
        """Start TShark and yield frames; however this ends, TShark and the thread end with it."""
        thread = threading.Thread(target=self._run, name="tshark", daemon=True)
        thread.start()
        try:
            while (chunk := self._queue.get()) is not None:
                for fields in chunk:
                    yield Frame(fields)
        finally:
            self._stop.set()
            with suppress(Empty):
                while True:
                    self._queue.get_nowait()
            thread.join()
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        """The thread: an event loop around pyshark."""
        chunk: list[dict[str, list[str]]] = []

        def sink(fields: dict[str, list[str]]) -> None:
            nonlocal chunk
            if "frame_encap_type" in fields:  # else a block of the file that is no packet
                chunk.append(fields)
            if len(chunk) == _CHUNK:
                self._put(chunk)
                chunk = []
            if self._stop.is_set():
                raise StopCapture

        loop = asyncio.new_event_loop()
        try:
            capture = _Capture(self._path, loop)
            try:
                loop.run_until_complete(capture.run(sink))
            finally:
                self.exit_code = capture.exit_code
                # The path is the caller's to name; it may be that of a copy.
                named = str(self._path.absolute())
                self.messages = [
                    line.replace(f'The file "{named}"', "it").replace(named, "it")
                    for line in capture.lines
                ]
        except (OSError, msgspec.DecodeError) as error:
            self._failure = EngineError(
                f"engine tshark: TShark cannot be run on {self._path} ({error}); "
                "reinstall it, or use --engine portable"
            )
        except Exception as error:  # noqa: BLE001  it is raised where the frames are consumed
            self._failure = error
        finally:
            loop.close()
            self._put(chunk)
            self._put(None)

    def _put(self, chunk: list[dict[str, list[str]]] | None) -> None:
        """Hand over, waiting while the queue is full and somebody is there to empty it."""
        while not self._stop.is_set():
            with suppress(Full):
                self._queue.put(chunk, timeout=_PATIENCE)
                return
