"""Community ID, version 1, seed 0: one id for a flow that other tools compute too.

Source: the specification at github.com/corelight/community-id-spec.
"""

from __future__ import annotations

from binascii import b2a_base64
from struct import pack
from typing import TYPE_CHECKING

import numpy as np

from classifier import compiled
from classifier.flows.memory import memory_of

if TYPE_CHECKING:
    from classifier.flows.columns import Array

__all__ = ["community_id", "community_ids"]

ID_BYTES = 30
"""Characters of an id: ``1:`` and 20 bytes in base 64."""

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
    from hashlib import sha1  # compiled code has its own

    digest = sha1(
        _SEED + source + destination + bytes((protocol, 0)) + ports, usedforsecurity=False
    ).digest()
    return "1:" + b2a_base64(digest, newline=False).decode("ascii")


def community_ids(
    protocol: Array,
    version: Array,
    packed: Array,
    sides: tuple[Array, Array],
    ports: tuple[Array, Array],
) -> Array:
    """The ids of many flows, as bytes of one width (``S30``); one row a flow.

    Args:
        protocol: uint8, IP protocol numbers, one a flow.
        version: uint8, of each different address: 4 or 6.
        packed: The addresses, 16 bytes a row, those of IPv4 in the first four.
        sides: int32, numbers of the source and of the destination of each flow.
        ports: uint16, of the source and of the destination; for ICMP type and code.
    """
    if compiled.native is not None:
        addresses = memory_of(packed), memory_of(version)
        ids = compiled.native.community_ids(*addresses, protocol, sides, ports)
        return np.frombuffer(ids, dtype=f"S{ID_BYTES}")
    lengths = np.where(version == 4, 4, 16).tolist()  # noqa: PLR2004  the IP version
    texts = [row.tobytes()[:length] for row, length in zip(packed, lengths, strict=True)]
    ends = [[texts[number] for number in side.tolist()] for side in sides]
    flows = zip(protocol.tolist(), *ends, *(side.tolist() for side in ports), strict=True)
    return np.array([community_id(*flow) for flow in flows], dtype=f"S{ID_BYTES}")
