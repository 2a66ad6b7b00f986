"""NAT-PMP (RFC 6886) and PCP (RFC 6887): a program has its router open a port.

What is behind the port is not said: the service is ``unknown``. The inner endpoint is announced,
and the outer one where its address is told.
"""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING

from msgspec import Struct

from classifier.endpoints.announcement import (
    Announcement,
    Identification,
    LookedFor,
    Place,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.endpoints.announcement import Conversation

__all__ = ["Mapping", "announcements", "read"]

_SERVICE = "nat-pmp"
_PORT = 5351
"""Of the router; what it tells unasked it sends to 5350 of 224.0.0.1 (RFC 6886 3.2.1)."""
_NAT_PMP, _PCP = 0, 2
_RESPONSE = 0x80
_ADDRESS, _MAP_UDP, _MAP_TCP = 0, 1, 2
_LENGTHS = {_ADDRESS: (2, 12), _MAP_UDP: (12, 16), _MAP_TCP: (12, 16)}
"""Lengths of a NAT-PMP request and of its response (RFC 6886 3.2, 3.3)"""
_REFUSED_ADDRESS = 8
"""Some routers leave the address out where they refuse."""

_ANNOUNCE, _MAP, _PEER = 0, 1, 2
_PCP_HEADER, _MAP_SIZE, _PEER_SIZE = 24, 36, 56
_PCP_MOST = 1_100
"""A PCP message is no longer (RFC 6887 section 7)."""
_THIRD_PARTY, _DESCRIPTION = 1, 128
"""Options: for whom else (RFC 6887 13.1), and what for (RFC 7220)"""
_TRANSPORTS = {6: ("tcp",), 17: ("udp",), 132: ("sctp",), 0: ("tcp", "udp")}

Said = Announcement | Identification | LookedFor


class Mapping(Struct, frozen=True):
    """A port of a router that leads inside. Equal when every field is equal.

    Attributes:
        host: Inside.
        port: Inside.
        transport: ``tcp``, ``udp`` or ``sctp``.
        outer_host: Of the router; empty where it was not told.
        outer_port: Of the router.
        lifetime: Seconds; 0: without end.
        text: What it is for, in the program's words, else empty.
        peer: The only host that may use it; empty: anybody.
    """

    host: str
    port: int
    transport: str
    outer_host: str
    outer_port: int
    lifetime: int
    text: str = ""
    peer: str = ""


def announcements(
    found: Mapping, place: Place, *, asker: str, router: str
) -> Iterator[Announcement]:
    """Both ends of a mapping, none of which says what it is for."""
    words = f": {found.text}" if found.text else ""
    outer = f"{found.outer_host} " if found.outer_host else ""
    ends = [
        (found.host, found.port, asker, f"mapped from outer {outer}port {found.outer_port}{words}")
    ]
    if found.outer_host:
        inner = f"mapped to inner {found.host} port {found.port}{words}"
        ends.append((found.outer_host, found.outer_port, router, inner))
    for host, port, speaker, detail in ends:
        if port:
            yield Announcement(
                host=host,
                port=port,
                transport=found.transport,
                service="unknown",
                detail=detail,
                place=place,
                speaker=speaker,
                peer=found.peer,
                lifetime=found.lifetime,
            )


def read(conversation: Conversation) -> Iterator[Said]:
    """What a router tells of the ports that it was asked to open."""
    if conversation.transport != "udp":
        return
    outer, identified, done = "", False, set()
    for piece in conversation.pieces:
        place = Place(conversation.flow, piece.frame, piece.source, piece.time)
        asker = conversation.speaker(client=not piece.client)
        router = conversation.speaker(client=piece.client)
        if not _is_message(piece.data):
            continue
        is_response = bool(piece.data[1] & _RESPONSE)
        port = conversation.client_port if piece.client else conversation.server_port
        if not identified and (port == _PORT) is is_response:
            identified = True
            yield Identification(_SERVICE, "", place, client_is_server=piece.client is is_response)
        if not is_response or port != _PORT:
            continue
        outer = _outer_address(piece.data) or outer
        for found in _mappings(piece.data, asker, outer):
            if isinstance(found, str):
                yield LookedFor("unknown", found, place)
            elif found not in done:
                done.add(found)
                yield from announcements(found, place, asker=asker, router=router)


def _is_message(data: bytes) -> bool:
    if len(data) < 2:  # noqa: PLR2004
        return False
    version, code = data[0], data[1] & ~_RESPONSE
    is_response = bool(data[1] & _RESPONSE)
    if version == _NAT_PMP:
        size = _LENGTHS.get(code, (0, 0))[is_response]
        refused = is_response and len(data) == _REFUSED_ADDRESS and data[3] != 0
        return len(data) == size or (refused and code in _LENGTHS)
    sizes = {_ANNOUNCE: 0, _MAP: _MAP_SIZE, _PEER: _PEER_SIZE}
    return (
        version == _PCP
        and code in sizes
        and _PCP_HEADER + sizes[code] <= len(data) <= _PCP_MOST
        and len(data) % 4 == 0
        and data[2] == 0
    )


def _outer_address(data: bytes) -> str:
    """The router's address outside, of a response of NAT-PMP that tells it."""
    if data[:4] != b"\x00\x80\x00\x00" or len(data) != _LENGTHS[_ADDRESS][1]:
        return ""
    address = ip_address(data[8:12])
    return "" if address.is_unspecified else str(address)


def _mappings(data: bytes, asker: str, outer: str) -> Iterator[Mapping | str]:
    """What a response maps, or in words what it refuses."""
    code = data[1] & ~_RESPONSE
    if data[0] == _PCP:
        if code in (_MAP, _PEER):
            yield from _pcp_mappings(data, asker)
        return
    if code == _ADDRESS:
        return
    transport = "udp" if code == _MAP_UDP else "tcp"
    result = int.from_bytes(data[2:4])
    if result:
        yield f"mapping of a {transport} port refused: NAT-PMP result {result}"
        return
    port, outer_port = int.from_bytes(data[8:10]), int.from_bytes(data[10:12])
    lifetime = int.from_bytes(data[12:16])
    if port and outer_port and lifetime:  # a lifetime of 0 takes the mapping away
        yield Mapping(asker, port, transport, outer, outer_port, lifetime)


def _pcp_mappings(data: bytes, asker: str) -> Iterator[Mapping | str]:
    body = data[_PCP_HEADER:]
    port, outer_port = int.from_bytes(body[16:18]), int.from_bytes(body[18:20])
    transports = _TRANSPORTS.get(body[12], ())
    if data[3]:
        words = "/".join(transports) or f"IP protocol {body[12]}"
        yield f"mapping of {words} port {port} refused: PCP result {data[3]}"
        return
    lifetime = int.from_bytes(data[4:8])
    is_peer = data[1] & ~_RESPONSE == _PEER
    options = dict(_options(body[_PEER_SIZE if is_peer else _MAP_SIZE :]))
    third = options.get(_THIRD_PARTY, b"")
    if not (port and outer_port and lifetime):
        return
    for transport in transports:
        yield Mapping(
            host=(_address(third) if len(third) == 16 else "") or asker,  # noqa: PLR2004
            port=port,
            transport=transport,
            outer_host=_address(body[20:36]),
            outer_port=outer_port,
            lifetime=lifetime,
            text=options.get(_DESCRIPTION, b"").decode("utf-8", "replace").strip("\0"),
            peer=_address(body[40:56]) if is_peer else "",
        )


def _options(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Code and value of each option (RFC 6887 section 7.3)."""
    at = 0
    while at + 4 <= len(data):
        size = int.from_bytes(data[at + 2 : at + 4])
        if at + 4 + size > len(data):
            return
        yield data[at], data[at + 4 : at + 4 + size]
        at += 4 + -(-size // 4) * 4


def _address(octets: bytes) -> str:
    """An IPv6 address, or the IPv4 address mapped in it; empty for any address."""
    address = IPv6Address(octets)
    found = address.ipv4_mapped or address
    return "" if found.is_unspecified else str(found)
