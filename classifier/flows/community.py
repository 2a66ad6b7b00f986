"""Community ID, version 1, seed 0: one id for a flow that other tools compute too.

Source: the specification at github.com/corelight/community-id-spec.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha1
from struct import pack
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["community_id", "community_ids"]

_SEED = b"\0\0"
_ICMP, _ICMP6 = 1, 58
_WITH_PORTS = frozenset((6, 17, 132))
_ICMP_COUNTERPARTS = {8: 0, 0: 8, 9: 10, 10: 9, 13: 14, 14: 13, 15: 16, 16: 15, 17: 18, 18: 17}
_ICMP6_COUNTERPARTS = {
    128: 129, 129: 128, 133: 134, 134: 133, 135: 136, 136: 135, 130: 131, 131: 130, 139: 140,
    140: 139, 144: 145, 145: 144,
}  # fmt: skip


def community_id(
    protocol: int, source: bytes, destination: bytes, source_port: int, destination_port: int
) -> str:
    """The id of one flow.

    Args:
        protocol: IP protocol number.
        source: Address, 4 or 16 bytes.
        destination: The other address, as long.
        source_port: Port; for ICMP its type.
        destination_port: The other port; for ICMP its code.
    """
    ports = b""
    one_way = False
    if protocol in (_ICMP, _ICMP6):
        counterparts = _ICMP_COUNTERPARTS if protocol == _ICMP else _ICMP6_COUNTERPARTS
        one_way = source_port not in counterparts
        destination_port = counterparts.get(source_port, destination_port)
    elif protocol not in _WITH_PORTS:
        source_port = destination_port = -1
    if not one_way and (source, source_port) > (destination, destination_port):
        source, destination = destination, source
        source_port, destination_port = destination_port, source_port
    if source_port >= 0:
        ports = pack(">HH", source_port, destination_port)
    digest = sha1(
        _SEED + source + destination + bytes((protocol, 0)) + ports, usedforsecurity=False
    ).digest()
    return "1:" + b64encode(digest).decode("ascii")


def community_ids(
    protocols: Iterable[int],
    sources: Iterable[bytes],
    destinations: Iterable[bytes],
    source_ports: Iterable[int],
    destination_ports: Iterable[int],
) -> list[str]:
    """The ids of many flows; arguments as in :func:`community_id`, one value a flow."""
    return [
        community_id(*flow)
        for flow in zip(
            protocols, sources, destinations, source_ports, destination_ports, strict=True
        )
    ]
