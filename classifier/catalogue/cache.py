"""What was read and checked once, catalogue or policy, kept in the user's cache folder.

The key is a hash of what was read, so that a stale file cannot be taken for a fresh one. A cache
that cannot be written or read, that is damaged, or that somebody else could have written, is no
error: the signature files are there.
"""

from __future__ import annotations

import os
import stat
import zlib
from pathlib import Path

__all__ = ["cache_folder", "recall", "remember"]

KEEP = 8
"""How many of a kind the folder keeps: several versions on one machine, not all of a year's."""

LARGEST = 64 << 20
"""Bytes; nothing comes near. What is larger is not read."""

_SUM_BYTES = 4


def cache_folder() -> Path:
    """The program's folder below ``XDG_CACHE_HOME``, which need not exist."""
    home = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(home) if Path(home).is_absolute() else Path.home() / ".cache"
    return base / "pcap-service-classifier"


def _file(key: str) -> Path:
    return cache_folder() / f"{key}.msgpack"


def recall(key: str) -> memoryview | None:
    """What was remembered under a key, whole and by ourselves; else None.

    Args:
        key: Begins with its kind and a hyphen, and names the content that the bytes were made of.
    """
    try:
        with _file(key).open("rb") as file:
            facts = os.fstat(file.fileno())
            ours = facts.st_uid == os.geteuid() and not facts.st_mode & (
                stat.S_IWGRP | stat.S_IWOTH
            )
            if not (ours and stat.S_ISREG(facts.st_mode) and facts.st_size <= LARGEST):
                return None
            content = file.read(LARGEST)
    except (OSError, RuntimeError):
        return None
    data = memoryview(content)[_SUM_BYTES:]
    return data if _sum(data) == content[:_SUM_BYTES] else None


def _sum(data: bytes | memoryview) -> bytes:
    """Tells damage; who could forge it could forge anything."""
    return zlib.crc32(data).to_bytes(_SUM_BYTES, "big")


def remember(key: str, data: bytes) -> None:
    """Keep bytes for the next start: written beside, then renamed; silent where it fails."""
    import tempfile

    try:
        file = _file(key)
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{key}-")
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(_sum(data))
                out.write(data)
            Path(name).replace(file)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        kind = key.partition("-")[0]
        kept = sorted(file.parent.glob(f"{kind}-*.msgpack"), key=lambda f: f.stat().st_mtime)
        for old in kept[:-KEEP]:
            old.unlink(missing_ok=True)
    except (OSError, RuntimeError):
        return
