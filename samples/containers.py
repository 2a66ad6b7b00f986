"""Writes pcap and pcapng byte by byte, sound or, where a test wants it, not.

pcap: draft-ietf-opsawg-pcap. pcapng: draft-ietf-opsawg-pcapng.
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass

EPOCH = 1_795_219_200  # 2026-11-21T00:00:00Z, when the first written packet is said to be seen
SNAPLEN = 262_144

# Link types, https://www.tcpdump.org/linktypes.html
NULL, EN10MB, PPP, DLT_RAW_12, RAW, LOOP, SLL, USER0 = 0, 1, 9, 12, 101, 108, 113, 147
IPV4_ONLY, IPV6_ONLY, SLL2 = 228, 229, 276

Option = tuple[int, bytes]
COMMENT = 1


# ---- pcap ----


def pcap_header(
    link_type: int, *, order: str = "<", nanoseconds: bool = False, snaplen: int = SNAPLEN
) -> bytes:
    """The file header; `order` is "<" or ">"."""
    magic = 0xA1B23C4D if nanoseconds else 0xA1B2C3D4
    return struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, snaplen, link_type)


def pcap_record(
    frame: bytes, ticks: int, *, order: str = "<", captured: int | None = None,
    per_second: int = 1_000_000, original: int | None = None,
) -> bytes:  # fmt: skip
    """One packet, `ticks` after EPOCH; of the frame `captured` bytes were kept."""
    kept = frame if captured is None else frame[:captured]
    seconds, fraction = divmod(ticks, per_second)
    length = len(frame) if original is None else original
    return struct.pack(order + "IIII", EPOCH + seconds, fraction, len(kept), length) + kept


def pcap(
    frames: Iterable[bytes], link_type: int = EN10MB, *, order: str = "<",
    nanoseconds: bool = False, snaplen: int = SNAPLEN,
) -> bytes:  # fmt: skip
    """A whole file, a frame each millisecond."""
    per_second = 1_000_000_000 if nanoseconds else 1_000_000
    step = per_second // 1000
    out = [pcap_header(link_type, order=order, nanoseconds=nanoseconds, snaplen=snaplen)]
    for count, frame in enumerate(frames):
        captured = min(len(frame), snaplen)
        out.append(
            pcap_record(frame, count * step, order=order, per_second=per_second, captured=captured)
        )
    return b"".join(out)


# ---- pcapng ----


def padded(data: bytes) -> bytes:
    """Filled up to a multiple of four bytes."""
    return data + b"\0" * (-len(data) % 4)


@dataclass(frozen=True, slots=True)
class Section:
    """Makes the blocks of one section, in one byte order."""

    order: str = "<"

    def block(self, kind: int, body: bytes) -> bytes:
        """Any block: type, length, body, length."""
        length = 12 + len(padded(body))
        return (
            struct.pack(self.order + "II", kind, length)
            + padded(body)
            + struct.pack(self.order + "I", length)
        )

    def options(self, options: Iterable[Option]) -> bytes:
        """Options and their end; nothing for none."""
        out = b"".join(
            struct.pack(self.order + "HH", code, len(value)) + padded(value)
            for code, value in options
        )
        return out + b"\0\0\0\0" if out else b""

    def header(self, *options: Option) -> bytes:
        """The section header block, of unknown section length."""
        head = struct.pack(self.order + "IHHq", 0x1A2B3C4D, 1, 0, -1)
        return self.block(0x0A0D0D0A, head + self.options(options))

    def interface(self, link_type: int, *options: Option, snaplen: int = SNAPLEN) -> bytes:
        """An interface description block; the first is interface 0."""
        head = struct.pack(self.order + "HHI", link_type, 0, snaplen)
        return self.block(1, head + self.options(options))

    def packet(
        self, frame: bytes, ticks: int, *options: Option, interface: int = 0,
        captured: int | None = None,
    ) -> bytes:  # fmt: skip
        """An enhanced packet block; ticks in the unit of its interface."""
        kept = frame if captured is None else frame[:captured]
        head = struct.pack(
            self.order + "IIIII", interface, ticks >> 32, ticks & 0xFFFFFFFF, len(kept), len(frame)
        )
        return self.block(6, head + padded(kept) + self.options(options))

    def simple_packet(self, frame: bytes) -> bytes:
        """A simple packet block: interface 0, no time."""
        return self.block(3, struct.pack(self.order + "I", len(frame)) + frame)

    def obsolete_packet(self, frame: bytes, ticks: int, interface: int = 0) -> bytes:
        """The packet block of old files, with a count of drops."""
        head = struct.pack(
            self.order + "HHIIII",
            interface, 0, ticks >> 32, ticks & 0xFFFFFFFF, len(frame), len(frame),
        )  # fmt: skip
        return self.block(2, head + frame)

    def statistics(self, ticks: int, received: int, dropped: int, interface: int = 0) -> bytes:
        """An interface statistics block with isb_ifrecv and isb_ifdrop."""
        head = struct.pack(self.order + "III", interface, ticks >> 32, ticks & 0xFFFFFFFF)
        counts = ((4, received), (5, dropped))
        options = [(code, struct.pack(self.order + "Q", value)) for code, value in counts]
        return self.block(5, head + self.options(options))

    def names(self, address: bytes, name: str) -> bytes:
        """A name resolution block with one IPv4 record."""
        record = address + name.encode() + b"\0"
        head = struct.pack(self.order + "HH", 1, len(record)) + padded(record)
        return self.block(4, head + b"\0\0\0\0")


def comment(text: str) -> Option:
    """opt_comment, allowed on every block."""
    return COMMENT, text.encode()


def interface_name(text: str) -> Option:
    """if_name."""
    return 2, text.encode()


def interface_description(text: str) -> Option:
    """if_description."""
    return 3, text.encode()


def resolution(value: int) -> Option:
    """if_tsresol: a power of ten, or with the high bit set of two."""
    return 9, bytes([value])


def time_offset(seconds: int, order: str = "<") -> Option:
    """if_tsoffset, seconds to add to each timestamp."""
    return 14, struct.pack(order + "q", seconds)
