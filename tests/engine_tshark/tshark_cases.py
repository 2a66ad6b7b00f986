"""Small captures made of bytes, and a way to compare what two engines say of one."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from socket import AF_INET, AF_INET6, inet_pton
from typing import TYPE_CHECKING, Any

from classifier.engine.contract import BATCH_COLUMNS, EngineOptions, Source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classifier.engine.contract import Engine, Health

START = 1_700_000_000
ETHERNET, RAW, NULL, SLL, SLL2 = 1, 101, 0, 113, 276
PPP, HDLC, DOT11, USB, USER0, NFLOG = 9, 104, 105, 189, 147, 239
A4, B4 = "10.0.0.1", "192.168.7.9"
A6, B6 = "2001:db8::1", "fd00::42"


def ether(ethertype: int, payload: bytes) -> bytes:
    return bytes.fromhex("0200000000b0 0200000000a0") + ethertype.to_bytes(2) + payload


def vlan(tag: int, ethertype: int, payload: bytes) -> bytes:
    return struct.pack(">HH", tag, ethertype) + payload


def ip4(
    protocol: int,
    payload: bytes,
    source: str = A4,
    destination: str = B4,
    *,
    ident: int = 7,
    fragment: int = 0,
    length: int | None = None,
    head: int = 0x45,
    options: bytes = b"",
) -> bytes:
    total = 20 + len(options) + len(payload) if length is None else length
    fixed = struct.pack(">BBHHHBBH", head, 0, total, ident, fragment, 64, protocol, 0)
    ends = inet_pton(AF_INET, source) + inet_pton(AF_INET, destination)
    return fixed + ends + options + payload


def ip6(protocol: int, payload: bytes, source: str = A6, destination: str = B6) -> bytes:
    fixed = struct.pack(">IHBB", 6 << 28, len(payload), protocol, 64)
    return fixed + inet_pton(AF_INET6, source) + inet_pton(AF_INET6, destination) + payload


def tcp(
    source: int,
    destination: int,
    flags: int,
    seq: int = 1000,
    ack: int = 0,
    payload: bytes = b"",
    options: bytes = b"",
) -> bytes:
    offset = (20 + len(options)) // 4 << 4
    ports = struct.pack(">HHII", source, destination, seq, ack)
    return ports + struct.pack(">BBHHH", offset, flags, 512, 0, 0) + options + payload


def udp(source: int, destination: int, payload: bytes, length: int | None = None) -> bytes:
    size = 8 + len(payload) if length is None else length
    return struct.pack(">HHHH", source, destination, size, 0) + payload


def icmp(kind: int, code: int, ident: int, payload: bytes = b"") -> bytes:
    return struct.pack(">BBHHH", kind, code, 0, ident, 1) + payload


def pcap(
    frames: Sequence[bytes],
    link_type: int = ETHERNET,
    *,
    kept: Sequence[int] | None = None,
    times: Sequence[int] | None = None,
) -> bytes:
    """A pcap file with ns. ``kept``: bytes kept of each frame; ``times``: ns since 1970."""
    parts = [struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262_144, link_type)]
    for number, frame in enumerate(frames):
        time = times[number] if times else (START + number) * 1_000_000_000 + number * 1_001
        data = frame[: kept[number]] if kept else frame
        seconds, ns = divmod(time, 1_000_000_000)
        parts.append(struct.pack("<IIII", seconds, ns, len(data), len(frame)) + data)
    return b"".join(parts)


def block(kind: int, body: bytes) -> bytes:
    """A pcapng block."""
    size = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + size + body + size


def option(code: int, value: bytes) -> bytes:
    """A pcapng option."""
    return struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4)


def rows(
    engine: Engine, *paths: Path | None, options: EngineOptions | None = None
) -> tuple[list[dict[str, Any]], Health]:
    """All rows in one order, with the tunnel's description for its index and the heads."""
    sources = [
        Source(path, str(path), path.stat().st_size if path.exists() else 0)
        if path
        else Source(None, "standard input")
        for path in paths
    ]
    reading = engine.read(sources, options or EngineOptions())
    found = []
    for batch in reading:
        for number in range(len(batch)):
            row: dict[str, Any] = {}
            for column in BATCH_COLUMNS:
                value = batch.columns[column.name][number]
                row[column.name] = value.tobytes() if column.width else value.item()
            row["tunnel"] = reading.tunnels[row["tunnel"]]
            row["heads"] = batch.a_head[number], batch.b_head[number]
            found.append(row)
    return sorted(found, key=lambda row: str(list(row.items()))), reading.health


def without_heads(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: row[name] for name in row if name != "heads"} for row in found]


def account(health: Health) -> dict[str, Any]:
    """What two engines must agree on besides the rows."""
    return {
        "frames": health.frames,
        "outcomes": dict(health.outcomes),
        "first_frames": health.first_frames,
        "partial": dict(health.partial),
        "captures": health.captures,
        "warnings": [str(warning) for warning in health.warnings],
    }


def children() -> list[str]:
    """Names of this process's children, zombies too."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, rest = stat.read_text().split("(", 1)[1].rsplit(")", 1)
        except OSError:  # it ended meanwhile
            continue
        if int(rest.split()[1]) == os.getpid():
            found.append(name)
    return found


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))
