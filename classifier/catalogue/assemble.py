"""Signature files into a :class:`Catalogue`: read, check, overlay, index."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from classifier.catalogue.cache import recall, remember
from classifier.catalogue.catalogue import Catalogue
from classifier.catalogue.check import problems, reference_problems
from classifier.catalogue.locate import HEADER, signature_files, signature_folder
from classifier.catalogue.read import complaint, read_bytes, read_document
from classifier.catalogue.schema import UNKNOWN_SERVICE, Band, IpProtocol, Service
from classifier.errors import CatalogueError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from classifier.catalogue.schema import Document, Header

__all__ = ["load", "load_folder"]


@dataclass(frozen=True, slots=True)
class _Source:
    """A file that was read, kept so that a message can name a line of it."""

    file: Path
    data: bytes
    document: Document

    def error(self, path: str, cause: str, fix: str) -> CatalogueError:
        return complaint(self.file, self.data.decode(), path, cause, fix)


@dataclass(slots=True)
class _Merged:
    """Entries by id, in the order of the files; what replaced what."""

    services: dict[str, Service] = field(default_factory=dict)
    bands: dict[str, Band] = field(default_factory=dict)
    protocols: dict[int, IpProtocol] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    overlaid: dict[str, Path] = field(default_factory=dict)

    def add(self, source: _Source, *, overlay: bool) -> None:
        """Take over the entries of one file; only an overlay may replace, and only once."""
        here: set[str] = set()
        for n, service in enumerate(source.document.service):
            taken = service.id in here or service.id == UNKNOWN_SERVICE.id
            if taken or (service.id in self.services and not overlay):
                raise _taken(source, f"$.service[{n}].id", f"id {service.id}")
            self._note(source, service.id, replaced=service.id in self.services, overlay=overlay)
            here.add(service.id)
            self.services[service.id] = service
        for n, band in enumerate(source.document.band):
            if f"band {band.id}" in here or (band.id in self.bands and not overlay):
                raise _taken(source, f"$.band[{n}].id", f"id {band.id}")
            self._note(source, band.id, replaced=band.id in self.bands, overlay=overlay)
            here.add(f"band {band.id}")
            self.bands[band.id] = band
        for n, protocol in enumerate(source.document.ip_protocol):
            if protocol.number in self.protocols and not overlay:
                raise _taken(source, f"$.ip_protocol[{n}].number", f"number {protocol.number}")
            self.protocols[protocol.number] = protocol

    def _note(self, source: _Source, name: str, *, replaced: bool, overlay: bool) -> None:
        if replaced:
            other = self.overlaid.get(name)
            whose = f"one of {other}" if other else "shipped one"
            self.notes.append(f"{source.file}: entry {name} replaces the {whose}")
        if overlay:
            self.overlaid[name] = source.file


def _taken(source: _Source, path: str, what: str) -> CatalogueError:
    return source.error(path, f"{what} is taken", "use another one, or merge the two entries")


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
    files = signature_files(folder)
    data = [read_bytes(file) for file in files]
    digest = _digest(files, data)
    documents = recall(digest)
    if documents is None or len(documents) != len(files):
        documents = [read_document(f, content) for f, content in zip(files, data, strict=True)]
        header = _header(folder, documents)
        shipped = [_Source(*parts) for parts in zip(files, data, documents, strict=True)]
        _check(shipped, _merge(shipped, []), header)
        remember(digest, documents)
    header = _header(folder, documents)
    shipped = [_Source(*parts) for parts in zip(files, data, documents, strict=True)]
    added = [_overlay(file) for file in overlays]
    merged = _merge(shipped, added)
    _check(added, merged, header)
    names = [f"protocol {number}" for number in range(256)]
    for protocol in merged.protocols.values():
        names[protocol.number] = protocol.name
    return Catalogue(
        services=(UNKNOWN_SERVICE, *merged.services.values()),
        bands=tuple(merged.bands.values()),
        ip_protocol_names=tuple(names),
        name=header.name,
        version=header.version,
        date=header.date,
        digest=_digest([*files, *overlays], [s.data for s in (*shipped, *added)])
        if added
        else digest,
        families=header.families,
        flags=header.flags,
        eras=header.eras,
        notes=merged.notes,
    )


def _overlay(file: Path) -> _Source:
    data = read_bytes(file)
    return _Source(file, data, read_document(file, data))


def _digest(files: Sequence[Path], data: Sequence[bytes]) -> str:
    """A short name of the content: names and bytes of the files, in their order."""
    whole = hashlib.sha256()
    for file, content in zip(files, data, strict=True):
        whole.update(f"{file.name}\0{len(content)}\0".encode())
        whole.update(content)
    return whole.hexdigest()[:16]


def _header(folder: Path, documents: Sequence[Document]) -> Header:
    """What ``catalogue.toml`` declares."""
    headers = [document.catalogue for document in documents if document.catalogue]
    if len(headers) != 1:
        raise CatalogueError(
            f"{folder / HEADER}: {len(headers)} tables [catalogue] in the folder; keep one, here"
        )
    return headers[0]


def _merge(shipped: Sequence[_Source], overlays: Sequence[_Source]) -> _Merged:
    merged = _Merged()
    for source in shipped:
        merged.add(source, overlay=False)
    for source in overlays:
        if source.document.catalogue:
            raise source.error(
                "$.catalogue", "an overlay declares [catalogue]", "remove it; families are fixed"
            )
        merged.add(source, overlay=True)
    return merged


def _check(sources: Sequence[_Source], merged: _Merged, header: Header) -> None:
    """Raise for the first thing that is wrong, in the order of the files."""
    for source in sources:
        for problem in problems(source.document, header):
            raise source.error(problem.path, problem.cause, problem.fix)
        for problem in reference_problems(source.document, merged.services, merged.bands):
            raise source.error(problem.path, problem.cause, problem.fix)
