"""The shipped catalogue, read and checked once, kept in the user's cache folder.

The key is a hash of what was read, so that a stale file cannot be taken for a fresh one. A cache
that cannot be written or read is no error: the signature files are there.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from classifier.catalogue.schema import SCHEMA_VERSION, Document

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["cache_folder", "recall", "remember"]

KEEP = 8
"""How many catalogues the folder keeps: several versions on one machine, not all of a year's."""


def cache_folder() -> Path:
    """The program's folder below ``XDG_CACHE_HOME``, which need not exist."""
    home = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(home) if Path(home).is_absolute() else Path.home() / ".cache"
    return base / "pcap-service-classifier"


def _file(digest: str) -> Path:
    return cache_folder() / f"catalogue-{SCHEMA_VERSION}-{digest}.msgpack"


def recall(digest: str) -> list[Document] | None:
    """The documents that were remembered under a digest, or None."""
    try:
        data = _file(digest).read_bytes()
        return msgspec.msgpack.decode(data, type=list[Document])
    except (OSError, RuntimeError, msgspec.MsgspecError):
        return None


def remember(digest: str, documents: Sequence[Document]) -> None:
    """Keep documents for the next start: written beside, then renamed; silent where it fails."""
    try:
        file = _file(digest)
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=".catalogue-")
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(msgspec.msgpack.encode(documents))
            Path(name).replace(file)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        kept = sorted(file.parent.glob("catalogue-*.msgpack"), key=lambda f: f.stat().st_mtime)
        for old in kept[:-KEEP]:
            old.unlink(missing_ok=True)
    except (OSError, RuntimeError):
        return
