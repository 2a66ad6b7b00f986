"""Signature files laid upon each other: entries by id, and what replaced what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from classifier.catalogue.read import complaint
from classifier.catalogue.schema import UNKNOWN_SERVICE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from classifier.catalogue.schema import (
        Band,
        Dependency,
        Document,
        IpProtocol,
        Overlap,
        Payload,
        Service,
        SystemService,
        Tunnel,
    )
    from classifier.errors import CatalogueError

__all__ = ["Merged", "Source", "merge"]

RESERVED = ("iana/",)
"""Ids that begin so are made from IANA's registry; nobody writes such an entry."""


class Source(Struct, frozen=True):
    """A file that was read, kept so that a message can name a line of it."""

    file: Path
    data: bytes
    document: Document

    def error(self, path: str, cause: str, fix: str) -> CatalogueError:
        """What is wrong at a place of this file."""
        return complaint(self.file, self.data.decode(), path, cause, fix)


class Merged(Struct):
    """Entries by id, in the order of the files; what replaced what."""

    services: dict[str, Service] = field(default_factory=dict)
    bands: dict[str, Band] = field(default_factory=dict)
    protocols: dict[int, IpProtocol] = field(default_factory=dict)
    system_services: dict[str, SystemService] = field(default_factory=dict)
    tunnels: dict[str, Tunnel] = field(default_factory=dict)
    dependencies: list[Dependency] = field(default_factory=list)
    overlaps: list[Overlap] = field(default_factory=list)
    payloads: dict[str, Payload] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    overlaid: dict[tuple[str, object], Path] = field(default_factory=dict)

    def add(self, source: Source, *, overlay: bool) -> None:
        """Take over the entries of one file; only an overlay may replace, and only once."""
        document = source.document
        for n, service in enumerate(document.service):
            if service.id == UNKNOWN_SERVICE.id or service.id.startswith(RESERVED):
                raise _taken(source, f"$.service[{n}].id", f"id {service.id}")
        self._take(source, "service", "id", document.service, self.services, overlay=overlay)
        self._take(source, "band", "id", document.band, self.bands, overlay=overlay)
        self._take(
            source, "ip_protocol", "number", document.ip_protocol, self.protocols, overlay=overlay
        )
        self._take(
            source, "system_service", "id", document.system_service, self.system_services,
            overlay=overlay,
        )  # fmt: skip
        self._take(source, "tunnel", "id", document.tunnel, self.tunnels, overlay=overlay)
        self._take(source, "payload", "id", document.payload, self.payloads, overlay=overlay)
        self.dependencies.extend(document.dependency)
        self.overlaps.extend(document.overlap)

    def _take(
        self,
        source: Source,
        table: str,
        key: str,
        entries: Iterable[Any],
        into: dict[Any, Any],
        *,
        overlay: bool,
    ) -> None:
        here: set[object] = set()
        for n, entry in enumerate(entries):
            name = getattr(entry, key)
            known = name in into
            if name in here or (known and not overlay):
                raise _taken(source, f"$.{table}[{n}].{key}", f"{key} {name}")
            here.add(name)
            into[name] = entry
            if overlay:
                self._note(source, (table, name), replaced=known)

    def _note(self, source: Source, what: tuple[str, object], *, replaced: bool) -> None:
        """Keep who brought an entry, and say which one it takes the place of."""
        if replaced:
            table, name = what
            other = self.overlaid.get(what)
            whose = f"one of {other}" if other else "shipped one"
            noun = "entry" if table in {"service", "band", "payload"} else table.replace("_", " ")
            self.notes.append(f"{source.file}: {noun} {name} replaces the {whose}")
        self.overlaid[what] = source.file


def _taken(source: Source, path: str, what: str) -> CatalogueError:
    return source.error(path, f"{what} is taken", "use another one, or merge the two entries")


def merge(shipped: Sequence[Source], overlays: Sequence[Source]) -> Merged:
    """All files in one, overlays last.

    Raises:
        CatalogueError: An id is taken, or an overlay declares what only the catalogue may.
    """
    merged = Merged()
    for source in shipped:
        merged.add(source, overlay=False)
    for source in overlays:
        for table in ("catalogue", "generated"):
            if getattr(source.document, table):
                raise source.error(
                    f"$.{table}", f"an overlay declares [{table}]", "remove it; families are fixed"
                )
        merged.add(source, overlay=True)
    return merged
