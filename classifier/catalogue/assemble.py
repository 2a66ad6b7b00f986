"""Signature files into a :class:`Catalogue`: read, check, overlay, compile, remember."""

from __future__ import annotations

import os
import sys
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from classifier.catalogue.cache import recall, remember
from classifier.catalogue.catalogue import Catalogue
from classifier.catalogue.compiled import Compiled
from classifier.catalogue.locate import (
    TableFiles,
    read_bytes,
    signature_files,
    signature_folder,
    table_files,
)
from classifier.catalogue.schema import SCHEMA_VERSION
from classifier.catalogue.stamp import stamp

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["load", "load_folder"]


def load(overlays: Sequence[Path] = ()) -> Catalogue:
    """The shipped catalogue, with overlays on top.

    Args:
        overlays: Signature files of the same form, applied in order: an entry with a known id
            replaces the one of before, any other is added.

    Raises:
        CatalogueError: A file is wrong. The message names file, line, entry, cause and fix.
    """
    return load_folder(signature_folder(), overlays)


def load_folder(folder: Path, overlays: Sequence[Path] = ()) -> Catalogue:
    """The catalogue of a folder of signature files, with overlays on top; see :func:`load`."""
    signatures, tables = signature_files(folder), table_files(folder)
    place = _place([*signatures, *tables], overlays)
    known = _known(place)
    if known is not None:
        compiled = _unpack(recall(known.key))
        if compiled is not None:
            return Catalogue.of(compiled, TableFiles(tables), known.digest)
    return _read(folder, signatures, tables, overlays, place)


class _Known(Struct, frozen=True, array_like=True):
    """What reading certain files would come to: they have not changed since."""

    stamp: bytes
    digest: str
    key: str


def _place(files: Sequence[Path], overlays: Sequence[Path]) -> tuple[str, bytes] | None:
    """Where the cache says what these files are, and their stamp; None: they must be read."""
    stamped = stamp([*files, *overlays])
    if stamped is None:
        return None
    form = os.fsencode(f"{SCHEMA_VERSION}\n{sys.byteorder}\n{len(overlays)}\n{_code()}\n{stamped}")
    return f"stamp-{zlib.crc32(form):08x}", form


def _known(place: tuple[str, bytes] | None) -> _Known | None:
    if place is None:
        return None
    try:
        known = msgspec.msgpack.decode(recall(place[0]) or b"", type=_Known)
    except msgspec.MsgspecError:
        return None
    return known if known.stamp == place[1] else None


def _read(
    folder: Path,
    signatures: Sequence[Path],
    tables: Sequence[Path],
    overlays: Sequence[Path],
    place: tuple[str, bytes] | None,
) -> Catalogue:
    """The same of files that are new, or that only their content can tell from others."""
    import hashlib

    files = {file: read_bytes(file) for file in signatures}
    contents = {file.name: read_bytes(file) for file in tables}
    added = [(file, read_bytes(file)) for file in overlays]
    shipped = [(file.name, data) for file, data in files.items()] + list(contents.items())
    digest = _digest([*shipped, *((file.name, data) for file, data in added)])
    places = "\0".join(str(file) for file in overlays)  # notes name them
    form = os.fsencode(f"{digest}\0{sys.byteorder}\0{places}\0{_code()}")
    key = f"catalogue-{SCHEMA_VERSION}-{hashlib.sha256(form).hexdigest()[:24]}"
    compiled = _unpack(recall(key))
    if compiled is None:
        from classifier.catalogue.build import build

        packed = msgspec.msgpack.encode(build(folder, files, added, contents))
        remember(key, packed)
        compiled = _DECODER.decode(packed)
    if place is not None and _place([*signatures, *tables], overlays) == place:
        known = _Known(place[1], digest, key)
        remember(place[0], msgspec.msgpack.encode(known))
    return Catalogue.of(compiled, contents, digest)


def _code() -> str:
    """What tells this code from another version of it, which may compile in another way."""
    files = sorted(os.scandir(Path(__file__).parent), key=lambda file: file.name)
    stats = [(file.name, file.stat()) for file in files if file.name.endswith(".py")]
    return ";".join(f"{name}:{facts.st_size}:{facts.st_mtime_ns}" for name, facts in stats)


_DECODER = msgspec.msgpack.Decoder(Compiled)


def _unpack(packed: memoryview | None) -> Compiled | None:
    """What the cache kept, or None where it is of another form."""
    try:
        return None if packed is None else _DECODER.decode(packed)
    except msgspec.MsgspecError:
        return None


def _digest(contents: Sequence[tuple[str, bytes]]) -> str:
    """A short name of the content: names and bytes of the files, in their order."""
    import hashlib

    whole = hashlib.sha256()
    for name, content in contents:
        whole.update(f"{name}\0{len(content)}\0".encode())
        whole.update(content)
    return whole.hexdigest()[:16]
