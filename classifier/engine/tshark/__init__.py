"""The tshark engine: Wireshark's dissectors by way of pyshark, a third opinion on every frame.

It is slow and thorough. TShark decodes each frame on its own (no reassembly, no state between
frames); what it says becomes the portable engine's packets and goes through the portable engine's
flow table, so rows, counters and words are the same. It also reads what only Wireshark reads:
snoop, NetMon, Peek and other formats.

Patterns, raised heads and transcripts come with that table, wherever TShark shows payload bytes.

Differences that remain, all of them documented where they arise: heads and transcripts of protocols
other than TCP and UDP hold only what no dissector of TShark takes, which is nothing for most and a
part for ICMP (:mod:`.transport`); custom blocks of a pcapng file have a frame number; MACsec is not
entered; frame control in CAPWAP is taken to be swapped; frames behind a packet that TShark refuses
are not read, which becomes a warning. The user's own Wireshark profile (decode-as rules, disabled
protocols) applies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.engine.contract import (
    NO_LINK,
    NOT_IP,
    UNDECODABLE,
    CaptureFile,
    Health,
    InputWarning,
    Interface,
)
from classifier.engine.names import link_type_name
from classifier.engine.portable.packet import LinkNotSupported, NotIP, Packet, Undecodable
from classifier.engine.portable.table import FlowTable
from classifier.engine.tally import Tally
from classifier.engine.tshark import link, program, survey, tunnel
from classifier.engine.tshark.linktypes import link_type
from classifier.engine.tshark.quote import quoted
from classifier.errors import CaptureError, EngineError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from classifier.engine.contract import Batch, EngineOptions, Source
    from classifier.engine.tshark.capture import Frames
    from classifier.engine.tshark.frame import Frame

__all__ = ["TsharkEngine", "TsharkReading"]

_FRAMES_A_STEP = 1_000  # between two reports of progress
_USAGE = 1  # TShark's exit code for an option that it does not know


class TsharkEngine:
    """Reads captures with TShark. See :class:`classifier.engine.contract.Engine`."""

    name = "tshark"

    def __init__(self) -> None:
        """Find tshark.

        Raises:
            EngineError: It is not installed, too old or broken.
        """
        program.find()

    def read(
        self,
        sources: Sequence[Source],
        options: EngineOptions,
        progress: Callable[[int], None] | None = None,
    ) -> TsharkReading:
        """Start reading; see the contract."""
        return TsharkReading(sources, options, progress)


class TsharkReading:
    """One run over the sources. See :class:`classifier.engine.contract.Reading`."""

    def __init__(
        self,
        sources: Sequence[Source],
        options: EngineOptions,
        progress: Callable[[int], None] | None,
    ) -> None:
        version = ".".join(map(str, program.version(program.find())))
        self.health = Health(engine=TsharkEngine.name, notes=[f"decoded by TShark {version}"])
        self._sources = sources
        self._options = options
        self._progress = progress
        self._tunnels: dict[tuple[str, ...], int] = {(): 0}
        self._tally = Tally(self.health)
        self._previous = 0
        self._undecoded: set[int] = set()

    @property
    def tunnels(self) -> list[str]:
        """Descriptions of tunnels by index, outermost first, ``/`` between."""
        return ["/".join(stack) for stack in self._tunnels]

    def __iter__(self) -> Iterator[Batch]:
        """Read to the end, batch by batch."""
        table = FlowTable(self._options, self.health)
        for number, source in enumerate(self._sources):
            file = CaptureFile(source.name)
            self.health.captures.append(file)
            try:
                yield from self._file(source, file, number, table)
            except (CaptureError, EngineError) as error:
                if len(self._sources) == 1:
                    raise
                # One bad file among many must not hide what the others hold.
                cause = str(error).removeprefix(source.name).lstrip(",: ")
                self.health.warnings.append(InputWarning(source.name, -1, f"not read: {cause}"))
        table.finish()
        yield table.take(self._tunnels)

    def _file(
        self, source: Source, file: CaptureFile, number: int, table: FlowTable
    ) -> Iterator[Batch]:
        """Read one file."""
        from classifier.engine.tshark.capture import Frames

        warnings = self.health.warnings
        packet = Packet()
        with survey.staged(source, file, warnings, self._progress) as (on_disk, is_copy):
            held = survey.frames_held(on_disk, file, warnings)
            assert on_disk.path is not None
            frames = Frames(on_disk.path)
            steps = _Steps(None if is_copy else self._progress, source.size, held)
            for frame in frames:
                self._frame(frame, packet, table, file, number)
                steps.count(file.frames)
                if held is None:
                    _note_interface(file, frame.encapsulation)
                if table.full():
                    yield table.take(self._tunnels)
            steps.finish()
            file.bytes = file.bytes or source.size
            self._outcome(source, file, held, frames)
            self._warn_of_links(file)

    def _frame(
        self, frame: Frame, packet: Packet, table: FlowTable, file: CaptureFile, source: int
    ) -> None:
        """Bring one frame to its outcome."""
        self.health.frames += 1
        file.frames += 1
        time = self._previous if frame.time is None else frame.time
        if file.frames == 1:
            time = frame.time or 0
            file.first_seen = file.last_seen = time
        else:
            file.backward_steps += time < self._previous
            file.first_seen = min(file.first_seen, time)
            file.last_seen = max(file.last_seen, time)
        self._previous = time
        file.truncated_frames += frame.length > frame.captured
        packet.reset()
        try:
            link.decode_link(frame, packet)
            tunnel.enter(frame, packet)
        except NotIP as other:
            self._tally.add(NOT_IP, str(other), source, frame.number)
        except Undecodable as error:
            self._tally.add(UNDECODABLE, f"{error.layer}: {error.reason}", source, frame.number)
        except LinkNotSupported as error:
            self._tally.add(NO_LINK, str(error), source, frame.number)
            self._undecoded.add(link_type(frame.encapsulation))
        else:
            table.add(packet, time, source, frame.number, quoted(frame, packet))

    def _warn_of_links(self, file: CaptureFile) -> None:
        """Frames that could not even be begun must not be a number in a table only."""
        for interface in file.interfaces:
            if interface.frames and interface.link_type in self._undecoded:
                self.health.warnings.append(
                    InputWarning(
                        file.name,
                        -1,
                        f"link type {interface.link_name} ({interface.link_type}) is not decoded; "
                        f"its {interface.frames} frames are counted only",
                        "record on another interface, or look at it with Wireshark",
                    )
                )
        self._undecoded.clear()

    def _outcome(self, source: Source, file: CaptureFile, held: int | None, frames: Frames) -> None:
        """Say what TShark did not read.

        Raises:
            CaptureError: It reads nothing of a file that holds something.
            EngineError: It reads nothing because of what we asked, or it crashed.
        """
        said = " ".join(frames.messages).replace("tshark: ", "") or "it gave no reason"
        code = frames.exit_code or 0
        ending = f"ended with signal {-code}" if code < 0 else f"exit code {code}"
        if held and not file.frames and (code == _USAGE or code < 0):
            raise EngineError(
                f"engine tshark: TShark {ending} on {source.name}: {said}; "
                "update it, or use --engine portable"
            )
        if not file.frames and code and held != 0:
            raise CaptureError(
                f"{source.name}: TShark does not read it: {said}; "
                + ("convert it with editcap" if held is None else "use --engine portable")
            )
        if code if held is None else file.frames != held:
            of = "" if held is None else f" of {held}"
            self.health.warnings.append(
                InputWarning(
                    source.name,
                    -1,
                    f"TShark read {file.frames}{of} frames ({ending}: {said})",
                    "compare with --engine portable",
                )
            )


class _Steps:
    """Progress in bytes of a file of which only the frames can be counted."""

    def __init__(
        self, progress: Callable[[int], None] | None, size: int, frames: int | None
    ) -> None:
        self._progress = progress
        self._size = size
        self._frames = frames
        self._told = 0

    def count(self, frame: int) -> None:
        """This many frames were read."""
        if self._progress and self._frames and not frame % _FRAMES_A_STEP:
            self._tell(self._size * min(frame, self._frames) // self._frames)

    def finish(self) -> None:
        """The file is done, whatever was read of it."""
        self._tell(self._size)

    def _tell(self, place: int) -> None:
        if self._progress and place > self._told:
            self._progress(place - self._told)
            self._told = place


def _note_interface(file: CaptureFile, encapsulation: int) -> None:
    """Count a frame to the link type that stands for its interface, where no reader knows more."""
    number = link_type(encapsulation)
    for interface in file.interfaces:
        if interface.link_type == number:
            interface.frames += 1
            return
    file.interfaces.append(Interface(number, link_type_name(number), frames=1))
