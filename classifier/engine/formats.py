"""What a file is, by its first bytes: a capture, something compressed, or a known stranger.

A stranger is answered with the exact command that converts it. Event trace logs (``.etl``) have
no magic number, so they alone are recognised by their ending.
"""

from __future__ import annotations

__all__ = ["MAGIC_LENGTH", "compression", "is_capture", "stranger"]

MAGIC_LENGTH = 32
"""How many first bytes the functions here want to see."""

_PCAP = {
    bytes.fromhex(text)
    for text in ("a1b2c3d4", "d4c3b2a1", "a1b23c4d", "4d3cb2a1", "a1b2cd34", "34cdb2a1")
}
_PCAPNG = bytes.fromhex("0a0d0d0a")

_COMPRESSED: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x04\x22\x4d\x18", "lz4"),
)

_EDITCAP = "editcap -F pcapng {path} {stem}.pcapng"
_STRANGERS: tuple[tuple[bytes, str, str], ...] = (
    (b"snoop\x00\x00\x00", "a Solaris snoop capture", _EDITCAP),
    (b"GMBU", "a Microsoft NetMon 2 capture", _EDITCAP),
    (b"RTSS", "a Microsoft NetMon 1 capture", _EDITCAP),
    (b"TRSNIFF data    \x1a", "a Sniffer capture", _EDITCAP),
    (b"XCP\x00", "a NetXRay capture", _EDITCAP),
    (b"\x7fver", "a Peek (OmniPeek) capture", _EDITCAP),
    (b"btsnoop\x00", "a Bluetooth btsnoop capture", _EDITCAP),
    (b"\x54\x52\x00\x64", "an iptrace capture", _EDITCAP),
    (b"iptrace 1.0", "an AIX iptrace capture", _EDITCAP),
    (b"iptrace 2.0", "an AIX iptrace capture", _EDITCAP),
    (b"PK\x03\x04", "a zip archive", "unzip {path}"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "7z x {path}"),
    (b"Rar!\x1a\x07", "a RAR archive", "unrar x {path}"),
    (b"PAR1", "a Parquet file", ""),
)


def compression(head: bytes) -> str:
    """Name of the compression that ``head`` begins, empty if none."""
    return next((name for magic, name in _COMPRESSED if head.startswith(magic)), "")


def is_capture(head: bytes) -> bool:
    """Whether ``head`` begins a pcap or pcapng file."""
    return head[:4] in _PCAP or head[:4] == _PCAPNG


def stranger(head: bytes, path: str) -> tuple[str, str]:
    """What a file is that is no capture we read, and what to do about it.

    Args:
        head: Its first :data:`MAGIC_LENGTH` bytes.
        path: Its name, for the command.

    Returns:
        The cause ("is …") and the fix; the fix may be empty.
    """
    import shlex

    if path.lower().endswith(".etl"):
        stem = path[:-4]
        fix = (
            f"convert it on Windows: pktmon etl2pcap {shlex.quote(path)} -o "
            f"{shlex.quote(stem + '.pcapng')} (pktmon), or etl2pcapng for a netsh trace"
        )
        return "is a Windows event trace log", fix
    stem = path.rsplit(".", 1)[0] if "." in path.rsplit("/", 1)[-1] else path
    for magic, name, command in _STRANGERS:
        if head.startswith(magic):
            fix = command.format(path=shlex.quote(path), stem=shlex.quote(stem))
            return f"is {name}", f"convert it: {fix}" if fix else ""
    if not head:
        return "is empty", "check that the recording was stopped and copied completely"
    shown = head[:8].hex(" ")
    return (
        f"is not a capture (first bytes {shown})",
        "expected pcap or pcapng, plain or compressed; Wireshark's capinfos may know it",
    )
