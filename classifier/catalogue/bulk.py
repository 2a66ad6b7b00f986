"""Services that no entry describes: DCE/RPC interfaces and IANA's names, from shipped tables.

The tables are kept as the bytes that were read, and opened when somebody asks: most runs meet a
handful of their eight thousand names, or none.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from classifier.catalogue import interfaces, registry
from classifier.catalogue.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from classifier.catalogue.interfaces import Interface
    from classifier.catalogue.schema import Service

__all__ = ["Bulk"]


class Bulk:
    """What the shipped tables know, opened when asked.

    Args:
        tables: Content of the tables by file name; those that are missing are empty.
        words: The id of a curated entry by each of its words, as a map in MessagePack: names of
            IANA that it has as id or alias lead to it.
    """

    def __init__(
        self, tables: Mapping[str, bytes] | None = None, words: bytes | memoryview = b"\x80"
    ) -> None:
        self._tables = tables or {}
        self._words = words

    @cached_property
    def interfaces(self) -> Mapping[str, Interface]:
        """DCE/RPC interfaces by UUID."""
        rows = interfaces.read_interfaces(self._tables.get(interfaces.FILE, b""))
        return {row.uuid: row for row in rows}

    @cached_property
    def registry(self) -> Registry:
        """IANA's registry."""
        words = msgspec.msgpack.decode(self._words, type=dict[str, str])
        return Registry(self._tables.get(registry.FILE, b""), words)

    @cached_property
    def _interfaces_of(self) -> Mapping[str, Sequence[Interface]]:
        found: dict[str, list[Interface]] = {}
        for row in self.interfaces.values():
            found.setdefault(row.service, []).append(row)
        return found

    def interface(self, uuid: str, version: str | float | None = None) -> Interface | None:
        """See :meth:`Catalogue.interface`."""
        found = self.interfaces.get(uuid.strip().strip("{}").lower())
        if found is None or version is None or not found.version:
            return found
        return found if str(version).partition(".")[0] == found.version else None

    def interfaces_of(self, service: str) -> Sequence[Interface]:
        """The interfaces by which a service is known."""
        return self._interfaces_of.get(service, ())

    def ids_of(self, family: str) -> Iterable[str]:
        """The ids of a family that the tables name; entries of their own may be among them."""
        if family == registry.FAMILY:
            return self.registry.ids()
        return self._interfaces_of if family == interfaces.CARRIER else ()

    def service(self, identity: str) -> Service:
        """The entry that is made up for a service which has none.

        Raises:
            KeyError: No table names it.
        """
        if identity in self._interfaces_of:
            return interfaces.as_service(identity, self._interfaces_of[identity])
        rows = self.registry.of_service(identity)
        if not rows:
            raise KeyError(identity)
        return registry.as_service(identity, rows)
