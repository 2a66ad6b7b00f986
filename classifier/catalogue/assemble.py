"""Signature files into a :class:`Catalogue`: read, check, overlay, compile, remember."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from classifier.catalogue.cache import recall, remember
from classifier.catalogue.catalogue import Catalogue
from classifier.catalogue.compiled import Compiled
from classifier.catalogue.locate import read_bytes, signature_files, signature_folder, table_files
from classifier.catalogue.schema import SCHEMA_VERSION

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
    files = {file: read_bytes(file) for file in signature_files(folder)}
    tables = {file.name: read_bytes(file) for file in table_files(folder)}
    added = [(file, read_bytes(file)) for file in overlays]
    shipped = [(file.name, data) for file, data in files.items()] + list(tables.items())
    digest = _digest([*shipped, *((file.name, data) for file, data in added)])
    places = "\0".join(str(file) for file in overlays)  # notes name them
    form = f"{digest}\0{sys.byteorder}\0{places}\0{_code()}".encode()
    key = f"catalogue-{SCHEMA_VERSION}-{hashlib.sha256(form).hexdigest()[:24]}"
    packed = recall(key)
    compiled = _unpack(packed) if packed is not None else None
    if compiled is None:
        from classifier.catalogue.build import build

        packed = msgspec.msgpack.encode(build(folder, files, added, tables))
        remember(key, packed)
        compiled = _DECODER.decode(packed)
    return Catalogue.of(compiled, tables, digest)


def _code() -> str:
    """What tells this code from another version of it, which may compile in another way."""
    files = sorted(os.scandir(Path(__file__).parent), key=lambda file: file.name)
    stats = [(file.name, file.stat()) for file in files if file.name.endswith(".py")]
    return ";".join(f"{name}:{facts.st_size}:{facts.st_mtime_ns}" for name, facts in stats)


_DECODER = msgspec.msgpack.Decoder(Compiled)


def _unpack(packed: bytes) -> Compiled | None:
    """What the cache kept, or None where it is of another form."""
    try:
        return _DECODER.decode(packed)
    except msgspec.MsgspecError:
        return None


def _digest(contents: Sequence[tuple[str, bytes]]) -> str:
    """A short name of the content: names and bytes of the files, in their order."""
    whole = hashlib.sha256()
    for name, content in contents:
        whole.update(f"{name}\0{len(content)}\0".encode())
        whole.update(content)
    return whole.hexdigest()[:16]
