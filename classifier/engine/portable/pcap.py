"""The pcap file format: both byte orders, microseconds and nanoseconds, and "modified".

Source: draft-ietf-opsawg-pcap; for the modified format and the swapped lengths of versions
before 2.4, the remarks in libpcap's savefile documentation.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING

from classifier.engine.contract import InputWarning, Interface
from classifier.engine.names import link_type_name
from classifier.engine.portable.record import MAX_CAPTURED, NS, Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.engine.contract import CaptureFile
    from classifier.engine.portable.stream import ByteStream

__all__ = ["MAGICS", "records"]

MAGICS: dict[bytes, tuple[str, str, int, int]] = {
    # magic as it stands in the file -> byte order, format, ns a tick, bytes a record header
    bytes.fromhex("d4c3b2a1"): ("<", "pcap", 1000, 16),
    bytes.fromhex("a1b2c3d4"): (">", "pcap", 1000, 16),
    bytes.fromhex("4d3cb2a1"): ("<", "pcap ns", 1, 16),
    bytes.fromhex("a1b23c4d"): (">", "pcap ns", 1, 16),
    bytes.fromhex("34cdb2a1"): ("<", "pcap modified", 1000, 24),
    bytes.fromhex("a1b2cd34"): (">", "pcap modified", 1000, 24),
}
_FILE_HEADER = 24
_LINK_TYPE_MASK = 0xFFFF  # the upper half says how long the frame check sequence is


def records(
    stream: ByteStream, file: CaptureFile, warnings: list[InputWarning]
) -> Iterator[Record]:
    """Read frames to the end of the file or to the first damage, which becomes a warning.

    Args:
        stream: At the start of the file; its magic has been recognised.
        file: Filled in on the way.
        warnings: Added to.
    """
    header = stream.read(_FILE_HEADER)
    order, file.format, tick, record_header = MAGICS[header[:4]]
    if len(header) < _FILE_HEADER:
        file.cut = True
        warnings.append(
            InputWarning(
                file.name,
                len(header),
                stream.broken or "the file ends inside the file header",
                "copy the file again from its source",
            )
        )
        return
    major, minor, _, _, snap_length, network = Struct(order + "HHiIII").unpack(header[4:])
    link_type = network & _LINK_TYPE_MASK
    interface = Interface(link_type, link_type_name(link_type), snap_length=snap_length)
    file.interfaces.append(interface)
    # Before version 2.4 the two lengths of a record may stand in either order.
    swapped_lengths = major == 2 and minor <= 3
    unpack = Struct(order + "IIII").unpack_from
    liars = 0
    liar_offset = -1
    while True:
        offset = stream.offset
        head = stream.read(record_header)
        if len(head) < record_header:
            if head or stream.broken:
                _cut(stream, file, warnings, offset)
            break
        seconds, fraction, captured, wire = unpack(head)
        if swapped_lengths and captured > wire:
            captured, wire = wire, captured
        if captured > MAX_CAPTURED:
            file.cut = True
            warnings.append(
                InputWarning(
                    file.name,
                    offset,
                    f"a record claims {captured} bytes, more than the {MAX_CAPTURED} that a "
                    "frame may have; reading stopped here",
                    "the file is damaged from here on; repair it with pcapfix or record again",
                )
            )
            break
        data = stream.read(captured)
        if len(data) < captured:
            _cut(stream, file, warnings, offset)
            break
        if wire < captured:
            liars += 1
            liar_offset = offset if liar_offset < 0 else liar_offset
            wire = captured
        interface.frames += 1
        yield Record(seconds * NS + fraction * tick, link_type, data, wire)
    if liars:
        warnings.append(
            InputWarning(
                file.name,
                liar_offset,
                "a record keeps more bytes than it says were on the wire; the kept bytes were used",
                count=liars,
            )
        )


def _cut(stream: ByteStream, file: CaptureFile, warnings: list[InputWarning], offset: int) -> None:
    file.cut = True
    warnings.append(
        InputWarning(
            file.name,
            offset,
            stream.broken or "the file ends inside a record",
            stream.fix,
        )
    )
