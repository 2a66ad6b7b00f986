"""Protocol towers: one way to reach an interface (C706 appendix L, MS-RPCE 2.2.1.2.4).

Towers are little-endian whatever the sender's byte order is, and have no padding; only ports and
addresses are big-endian.
"""

from __future__ import annotations

from ipaddress import IPv4Address

from msgspec import Struct

from classifier.endpoints.dcerpc.wire import Broken, Reader

__all__ = ["Tower", "tower"]

_UUID_FLOOR = 0x0D
_TCP, _UDP, _IP, _PIPE, _HTTP = 0x07, 0x08, 0x09, 0x0F, 0x1F
_CO, _CL = 0x0B, 0x0A
_MOST_FLOORS = 16
_UUID_SIDE = 19


class Tower(Struct, frozen=True):
    """An interface and where it is served.

    Attributes:
        interface: UUID.
        version: Major and minor version.
        transport: ``tcp``, ``udp``, ``http`` (RPC over HTTP), ``pipe``, or empty where none of
            these is in it.
        port: Port of the transport, 0 where it has none.
        host: IPv4 address as text; empty where the tower has none or 0.0.0.0.
        pipe: Name of the pipe.
    """

    interface: str
    version: tuple[int, int]
    transport: str
    port: int
    host: str
    pipe: str


def tower(octets: bytes) -> Tower:
    """Read a tower.

    Raises:
        Broken: It is none.
    """
    reader = Reader(octets)
    floors = reader.number(2)
    if not 0 < floors <= _MOST_FLOORS:
        raise Broken(f"{floors} floors")
    interface, version = "", (0, 0)
    transport, port, host, pipe = "", 0, "", ""
    for number in range(floors):
        left = reader.take(reader.number(2))
        right = reader.take(reader.number(2))
        if not left:
            raise Broken("a floor without protocol")
        kind = left[0]
        if number == 0:
            if kind != _UUID_FLOOR or len(left) < _UUID_SIDE or len(right) < 2:  # noqa: PLR2004
                raise Broken("the first floor is no interface")
            side = Reader(left, offset=1)
            interface = side.uuid()
            version = side.number(2), int.from_bytes(right[:2], "little")
        elif kind in (_TCP, _UDP, _HTTP) and len(right) >= 2:  # noqa: PLR2004
            transport = {_TCP: "tcp", _UDP: "udp", _HTTP: "http"}[kind]
            port = int.from_bytes(right[:2], "big")
        elif kind == _IP and len(right) >= 4:  # noqa: PLR2004
            address = IPv4Address(right[:4])
            host = "" if address.is_unspecified else str(address)
        elif kind == _PIPE:
            transport = transport or "pipe"
            pipe = right.split(b"\0")[0].decode("ascii", "backslashreplace")
    return Tower(interface, version, transport, port, host, pipe)
