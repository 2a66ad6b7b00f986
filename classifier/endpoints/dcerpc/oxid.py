"""DCOM's answers that name the port of an object exporter (MS-DCOM 2.2.19, 3.1.2.5).

ResolveOxid, ResolveOxid2, RemoteActivation, RemoteGetClassObject and RemoteCreateInstance all hand
out string bindings in a DUALSTRINGARRAY, some of them deep inside a marshalled blob. The bindings
have a form of their own, so they are looked for, and nothing around them has to be understood:
tower id 7 (ncacn_ip_tcp), then ``host[port]`` in UTF-16 with a zero behind it.
"""

from __future__ import annotations

import re

from msgspec import Struct

__all__ = ["ACTIVATORS", "Binding", "bindings"]

ACTIVATORS: dict[str, tuple[int, ...]] = {
    "99fcfec4-5260-101b-bbcb-00aa0021347a": (0, 4),  # IObjectExporter: ResolveOxid, ResolveOxid2
    "4d9f4ab8-7d1c-11cf-861e-0020af6e7c57": (0,),  # IActivation: RemoteActivation
    # IRemoteSCMActivator: RemoteGetClassObject, RemoteCreateInstance
    "000001a0-0000-0000-c000-000000000046": (3, 4),
}
"""Interfaces with the operations whose answers hold bindings."""

_BINDING = re.compile(
    rb"\x07\x00((?:[0-9A-Za-z._:%\-]\x00){1,255})\[\x00((?:[0-9]\x00){1,5})\]\x00\x00\x00"
)
_HIGHEST_PORT = 65_535


class Binding(Struct, frozen=True):
    """A string binding over TCP.

    Attributes:
        host: Name or address as the server says it.
        port: Port.
        offset: Where in the bytes it stands.
    """

    host: str
    port: int
    offset: int


def bindings(data: bytes) -> tuple[Binding, ...]:
    """All TCP bindings with a port, in order."""
    found = []
    for match in _BINDING.finditer(data):
        port = int(match[2][::2])
        if 0 < port <= _HIGHEST_PORT:
            found.append(Binding(match[1][::2].decode("ascii"), port, match.start()))
    return tuple(found)
