"""The endpoint map: what servers were seen to serve, kept from one capture for the next.

A server keeps its dynamic ports until it restarts. So an entry is dropped when it is older than
asked for, and when the recording itself shows something else at that port, or the same interface at
another one.
"""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from classifier.endpoints.learned import MOST_INTERFACES, Learned
from classifier.errors import OutputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from classifier.endpoints.listen import Heard
    from classifier.flows.oriented import Flows

__all__ = ["KnownEndpoint", "as_learned", "believed", "load", "merged", "observe", "save"]

_DAY = 86_400
_BILLION = 1_000_000_000
_TRANSPORTS = {6: "tcp", 17: "udp"}


class KnownEndpoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one server endpoint was seen to serve. Equal when every field is equal.

    Attributes:
        server: Address.
        port: Its port.
        transport: ``tcp`` or ``udp``.
        service: Id in the catalogue of what it is as a whole.
        interfaces: UUIDs of DCE/RPC interfaces, in the order in which they were seen.
        last_seen: When a capture showed it last, UTC.
        capture: The file that showed it.
    """

    server: str
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)]
    transport: Literal["tcp", "udp"]
    service: str
    last_seen: datetime
    capture: str
    interfaces: Annotated[tuple[str, ...], msgspec.Meta(max_length=MOST_INTERFACES)] = ()

    @property
    def endpoint(self) -> tuple[str, int, str]:
        """Server, port and transport."""
        return self.server, self.port, self.transport


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: Literal["classifier endpoints"]
    version: Literal[1]
    endpoints: tuple[KnownEndpoint, ...]


def load(paths: Iterable[Path]) -> list[KnownEndpoint]:
    """Read endpoint maps; of one endpoint in several the latest counts.

    Raises:
        UsageError: A file cannot be read, or is no endpoint map: file, place, cause.
    """
    latest: dict[tuple[str, int, str], KnownEndpoint] = {}
    for path in paths:
        try:
            read = msgspec.json.decode(path.read_bytes(), type=_File)
            entries = [_checked(entry) for entry in read.endpoints]
        except OSError as error:
            cause = error.strerror
            raise UsageError(f"{path}: {cause}; name a file of --save-endpoints") from error
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            cause = " ".join(str(error).split())[:200]
            raise UsageError(
                f"{path}: no endpoint map: {cause}; name a file that --save-endpoints wrote"
            ) from error
        for entry in entries:
            known = latest.get(entry.endpoint)
            if known is None or known.last_seen <= entry.last_seen:
                latest[entry.endpoint] = entry
    return list(latest.values())


def _checked(entry: KnownEndpoint) -> KnownEndpoint:
    """An entry with its address in the usual form and a time that knows its zone."""
    zone = entry.last_seen.tzinfo
    return msgspec.structs.replace(
        entry,
        server=str(ip_address(entry.server)),
        last_seen=entry.last_seen if zone else entry.last_seen.replace(tzinfo=UTC),
        interfaces=tuple(dict.fromkeys(uuid.lower() for uuid in entry.interfaces)),
    )


def save(path: Path, entries: Iterable[KnownEndpoint]) -> None:
    """Write an endpoint map, sorted by endpoint.

    Raises:
        OutputError: It cannot be written.
    """
    ordered = sorted(entries, key=lambda entry: (ip_address(entry.server).packed, *entry.endpoint))
    data = msgspec.json.encode(_File("classifier endpoints", 1, tuple(ordered)))
    try:
        path.write_bytes(msgspec.json.format(data, indent=1) + b"\n")
    except OSError as error:
        raise OutputError(f"{path}: {error.strerror}; name another file") from error


def observe(flows: Flows, heard: Heard, captures: Sequence[str]) -> list[KnownEndpoint]:
    """What a recording shows of server endpoints that stay as they are.

    Binds, and what a server says of its own ports for as long as it runs. What a host says of
    others, and ports for one transfer, are not kept.

    Args:
        flows: With their final direction.
        heard: What was said in them.
        captures: Names of the files by index.
    """
    found: dict[tuple[str, int, str], tuple[str, dict[str, None], tuple[int, int]]] = {}

    def add(
        endpoint: tuple[str, int, str], service: str, interface: str, when: tuple[int, int]
    ) -> None:
        first, interfaces, last = found.get(endpoint, (service, {}, when))
        if interface and len(interfaces) < MOST_INTERFACES:
            interfaces[interface] = None
        found[endpoint] = first, interfaces, max(last, when)

    numbers, ports = flows.column("ip_protocol"), flows.side("port", client=False)
    for one in heard.identifications:
        row = one.place.flow
        transport = _TRANSPORTS.get(int(numbers[row]))
        if one.interface and not one.carried and transport:
            server = flows.addresses[int(flows.server[row])]
            when = one.place.time, one.place.source
            add((server, int(ports[row]), transport), one.service, one.interface, when)
    for said in heard.announcements:
        lasting = said.lifetime == 0 and not said.host_is_client and said.service != "unknown"
        if lasting and said.host == said.speaker and said.transport in _TRANSPORTS.values():
            when = said.place.time, said.place.source
            add((said.host, said.port, said.transport), said.service, said.interface, when)
    entries = []
    for (server, port, transport), (service, interfaces, (time, source)) in found.items():
        seen = datetime.fromtimestamp(time // _BILLION, UTC)
        name = captures[source] if source < len(captures) else ""
        entries.append(
            KnownEndpoint(
                server=server,
                port=port,
                transport="tcp" if transport == "tcp" else "udp",
                service=service,
                last_seen=seen,
                capture=name.encode("utf-8", "backslashreplace").decode(),
                interfaces=tuple(interfaces),
            )
        )
    return [entry for entry in entries if entry.port]


def believed(
    known: Iterable[KnownEndpoint], shown: Sequence[KnownEndpoint], moment: int, days: float
) -> tuple[list[KnownEndpoint], list[str]]:
    """Which entries still hold for a recording.

    Args:
        known: Entries of earlier captures.
        shown: What this recording shows, see :func:`observe`.
        moment: ns since 1970 UTC, the recording's beginning.
        days: How old an entry may be, in either direction: a map may be younger than a capture.

    Returns:
        The entries that hold, and for each one that was dropped or made smaller a note.
    """
    here = {entry.endpoint: entry for entry in shown}
    places: dict[tuple[str, str], set[int]] = {}
    for entry in shown:
        for uuid in entry.interfaces:
            places.setdefault((entry.server, uuid), set()).add(entry.port)
    kept, notes = [], []
    for entry in known:
        name = f"{entry.server}:{entry.port}/{entry.transport}"
        age = abs(moment / _BILLION - entry.last_seen.timestamp()) / _DAY
        if age > days:
            notes.append(
                f"known endpoint {name} was not used: it was seen {age:.0f} days away, in "
                f"{entry.capture}; --endpoints-age allows {days:g}"
            )
            continue
        other = here.get(entry.endpoint)
        if other and not _agree(entry, other):
            notes.append(
                f"known endpoint {name} was not used: this recording shows "
                f"{', '.join(other.interfaces) or other.service} there"
            )
            continue
        gone = {
            uuid
            for uuid in entry.interfaces
            if entry.port not in places.get((entry.server, uuid), {entry.port})
        }
        if gone:
            where = sorted({port for uuid in gone for port in places[entry.server, uuid]})
            notes.append(
                f"known endpoint {name} was not used for {', '.join(sorted(gone))}: this recording "
                f"shows it at port {', '.join(map(str, where))}"
            )
            left = tuple(uuid for uuid in entry.interfaces if uuid not in gone)
            if not left:
                continue
            entry = msgspec.structs.replace(entry, interfaces=left)  # noqa: PLW2901
        kept.append(entry)
    return kept, notes


def merged(entries: Iterable[KnownEndpoint]) -> list[KnownEndpoint]:
    """One entry for each endpoint: everything that was seen there, and when last."""
    found: dict[tuple[str, int, str], KnownEndpoint] = {}
    for entry in entries:
        known = found.get(entry.endpoint)
        if known is None:
            found[entry.endpoint] = entry
            continue
        older, newer = sorted((known, entry), key=lambda each: each.last_seen)
        both = tuple(dict.fromkeys((*older.interfaces, *newer.interfaces)))[:MOST_INTERFACES]
        found[entry.endpoint] = msgspec.structs.replace(newer, interfaces=both)
    return list(found.values())


def _agree(entry: KnownEndpoint, other: KnownEndpoint) -> bool:
    """Whether two views of one endpoint can both be true."""
    if entry.interfaces and other.interfaces:
        return bool({*entry.interfaces} & {*other.interfaces})
    return entry.service == other.service


def as_learned(entry: KnownEndpoint) -> Learned:
    """An entry as evidence asks for it."""
    return Learned(
        entry.server,
        entry.port,
        entry.transport,
        entry.service,
        entry.interfaces,
        f"{entry.capture} of {entry.last_seen:%Y-%m-%d %H:%M} UTC",
    )
