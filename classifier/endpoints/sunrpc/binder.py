"""The port mapper and rpcbind: on which port a program listens (RFC 1833)."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

from msgspec import Struct

from classifier.endpoints.sunrpc.xdr import Broken, Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.endpoints.sunrpc.message import Call

__all__ = ["BINDER", "Entry", "asked", "entries"]

BINDER = 100_000
"""Program number of both"""

_PORTMAP = 2
_RPCBIND = (3, 4)
_SET, _GETPORT, _DUMP, _CALLIT = 1, 3, 4, 5
_GETVERSADDR, _INDIRECT, _GETADDRLIST = 9, 10, 11
_PROTOCOLS = {6: "tcp", 17: "udp"}
_NETIDS = {
    "tcp": "tcp",
    "tcp6": "tcp",
    "udp": "udp",
    "udp6": "udp",
    "sctp": "sctp",
    "sctp6": "sctp",
}
"""IANA RPC network identifiers; what has no port (``local``, ``rdma``) is left out."""
_MOST_TEXT = 1_024
"""RFC 1833 sets no bound; no address and no owner is longer."""
_MOST_ENTRIES = 4_096


class Entry(Struct, frozen=True):
    """A program and where it listens. Equal when every field is equal.

    Attributes:
        program, version: Of the program.
        transport: ``tcp``, ``udp`` or ``sctp``; empty where it is not told.
        port: 0: nowhere.
        host: As text; empty: the host that was asked.
    """

    program: int
    version: int
    transport: str
    port: int = 0
    host: str = ""


def asked(call: Call, transport: str) -> Entry | None:
    """What a call to either is about; None: nothing, or the whole list.

    Args:
        call: To the program 100000.
        transport: Of the conversation: indirect calls are answered over the same one.
    """
    reader = Reader(call.arguments)
    try:
        program, version = reader.number(), reader.number()
        if call.version == _PORTMAP and call.procedure in (_SET, _GETPORT):
            kind, port = _PROTOCOLS.get(reader.number(), ""), reader.number()
            return Entry(program, version, kind, port if port <= 0xFFFF else 0)  # noqa: PLR2004
        if call.version == _PORTMAP and call.procedure == _CALLIT:
            return Entry(program, version, transport)
        if call.version not in _RPCBIND:
            return None
        if call.procedure in (_CALLIT, _INDIRECT):
            return Entry(program, version, transport)
        if call.procedure in (_SET, _GETPORT, _GETVERSADDR, _GETADDRLIST):
            kind = _NETIDS.get(reader.text(_MOST_TEXT), "")
            host, port = _universal(reader.text(_MOST_TEXT))
            return Entry(program, version, kind, port, host)
    except Broken:
        pass
    return None


def entries(call: Call, wanted: Entry | None, results: bytes) -> Iterator[Entry]:
    """What an answer hands out; an entry with port 0 says that there is none.

    Args:
        call: The call.
        wanted: What it is about.
        results: Of the procedure.
    """
    reader = Reader(results)
    try:
        if call.procedure == _DUMP:
            yield from _list(reader, rpcbind=call.version != _PORTMAP)
        elif wanted is None:
            return
        elif call.procedure == _SET:
            if reader.number() == 1 and wanted.port:
                yield wanted
        elif call.version == _PORTMAP:
            port = reader.number()
            if port <= 0xFFFF:  # noqa: PLR2004
                yield Entry(wanted.program, wanted.version, wanted.transport, port)
        elif call.procedure == _GETADDRLIST:
            yield from _addresses(reader, wanted)
        else:
            said = reader.text(_MOST_TEXT)
            host, port = _universal(said)
            if port or not said:
                yield Entry(wanted.program, wanted.version, wanted.transport, port, host)
    except Broken:
        return


def _list(reader: Reader, *, rpcbind: bool) -> Iterator[Entry]:
    """The types pmaplist and rpcblist: entries, each after a 1, then a 0."""
    for _ in range(_MOST_ENTRIES):
        if reader.number() != 1:
            return
        program, version = reader.number(), reader.number()
        if rpcbind:
            kind = _NETIDS.get(reader.text(_MOST_TEXT), "")
            host, port = _universal(reader.text(_MOST_TEXT))
            reader.opaque(_MOST_TEXT)  # owner
        else:
            kind, host, port = _PROTOCOLS.get(reader.number(), ""), "", reader.number()
        if kind and 0 < port <= 0xFFFF:  # noqa: PLR2004
            yield Entry(program, version, kind, port, host)


def _addresses(reader: Reader, wanted: Entry) -> Iterator[Entry]:
    """Of the type rpcb_entry_list: address, netid, semantics, family and protocol of each."""
    for _ in range(_MOST_ENTRIES):
        if reader.number() != 1:
            return
        host, port = _universal(reader.text(_MOST_TEXT))
        kind = _NETIDS.get(reader.text(_MOST_TEXT), "")
        reader.number()
        reader.opaque(_MOST_TEXT)
        reader.opaque(_MOST_TEXT)
        if kind and port:
            yield Entry(wanted.program, wanted.version, kind, port, host)


def _universal(text: str) -> tuple[str, int]:
    """Host and port of a universal address, ``h.h.h.h.p.p`` or ``x:x::x.p.p`` (RFC 5665 5.2.3).

    The host is empty where it is any address; the port is 0 where it is none.
    """
    host, _, low = text.rpartition(".")
    host, _, high = host.rpartition(".")
    if not (low.isdigit() and high.isdigit() and len(low) < 4 and len(high) < 4):  # noqa: PLR2004
        return "", 0
    if int(high) > 0xFF or int(low) > 0xFF:  # noqa: PLR2004
        return "", 0
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return "", 0
    return "" if address.is_unspecified else str(address), int(high) << 8 | int(low)
