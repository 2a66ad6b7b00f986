"""The forms in which FTP writes an endpoint (RFC 959 4.1.2, RFC 1123 4.1.2.6, RFC 1639, 2428)."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING

from classifier.endpoints.expression import expression
from classifier.endpoints.reachable import address

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

__all__ = ["ACTIVE", "PASSIVE", "Endpoint"]

Endpoint = tuple[str, int]
"""Address as text, empty: of the speaker; port, never 0."""

_SIX = rb"(?<![0-9,])([0-9]{1,3}(?:, ?[0-9]{1,3}){5})(?![0-9,])"
_NUMBERS = rb"(?<![0-9,])([0-9]{1,3}(?:, ?[0-9]{1,3}){8,20})(?![0-9,])"
_EXTENDED = rb"([!-~])([12]?)\1([0-9A-Fa-f:.]{0,45})\1([0-9]{1,5})\1"
_OCTET, _HIGHEST = 255, 65_535
_LONG = {(4, 4): IPv4Address, (6, 16): IPv6Address}
"""Version and length of an address: its type (RFC 1639 2)"""


def _numbers(found: re.Match[bytes] | None) -> list[int]:
    """Numbers of one octet each, else none."""
    numbers = [int(number) for number in found[1].split(b",")] if found else []
    return numbers if all(number <= _OCTET for number in numbers) else []


def _six(text: bytes) -> Endpoint | None:
    """``h1,h2,h3,h4,p1,p2``, with any words around it."""
    numbers = _numbers(expression(_SIX).search(text))
    if not numbers:
        return None
    port = numbers[4] << 8 | numbers[5]
    return (str(IPv4Address(bytes(numbers[:4]))), port) if port else None


def _long(text: bytes) -> Endpoint | None:
    """``af,hal,h1,h2 …,pal,p1,p2``."""
    numbers = _numbers(expression(_NUMBERS).search(text))
    if not numbers:
        return None
    length = numbers[1]
    kind = _LONG.get((numbers[0], length))
    if kind is None or len(numbers) != length + 5 or numbers[length + 2] != 2:  # noqa: PLR2004
        return None
    port = numbers[-2] << 8 | numbers[-1]
    return (str(kind(bytes(numbers[2 : length + 2]))), port) if port else None


def _extended(text: bytes) -> Endpoint | None:
    """``|1|132.235.1.2|6275|`` with any sign for ``|``."""
    found = expression(_EXTENDED).match(text.strip())
    if not found or not 0 < int(found[4]) <= _HIGHEST:
        return None
    host = address(found[3].decode("ascii"))
    return (host, int(found[4])) if host else None


def _extended_port(text: bytes) -> Endpoint | None:
    """``(|||6446|)``: the host is the one that speaks, whatever is said (RFC 2428 3)."""
    for found in expression(rb"\((?=[!-~])").finditer(text):
        inside = expression(_EXTENDED).match(text, found.end())
        if inside and 0 < int(inside[4]) <= _HIGHEST:
            return "", int(inside[4])
    return None


ACTIVE: dict[bytes, Callable[[bytes], Endpoint | None]] = {
    b"PORT": _six,
    b"EPRT": _extended,
    b"LPRT": _long,
}
"""Commands by which a client says where it listens."""

PASSIVE: dict[int, tuple[bytes, Callable[[bytes], Endpoint | None]]] = {
    227: (b"PASV", _six),
    228: (b"LPSV", _long),
    229: (b"EPSV", _extended_port),
}
"""Replies by which a server says where it listens, with the command that asks for them."""
