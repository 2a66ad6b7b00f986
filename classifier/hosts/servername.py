"""The name in a TLS ClientHello (RFC 8446 4.1.2, RFC 6066 3), as far as its bytes were kept."""

from __future__ import annotations

__all__ = ["server_name"]

_HANDSHAKE, _CLIENT_HELLO = 22, 1
_RANDOM_END = 43
"""Record header (5), handshake header (4), version (2) and random (32) stand before."""
_SERVER_NAME = 0
_MOST_EXTENSIONS = 64


def server_name(head: bytes) -> str:
    """The host name that a client asks for; empty where there is none, or it was cut off."""
    if len(head) < _RANDOM_END or head[0] != _HANDSHAKE or head[1] != 3 or head[5] != _CLIENT_HELLO:  # noqa: PLR2004
        return ""
    at = _RANDOM_END
    for size in (1, 2, 1):  # session id, cipher suites, compression methods
        if at + size > len(head):
            return ""
        at += size + int.from_bytes(head[at : at + size])
    at += 2
    for _ in range(_MOST_EXTENSIONS):
        if at + 4 > len(head):
            return ""
        kind, length = int.from_bytes(head[at : at + 2]), int.from_bytes(head[at + 2 : at + 4])
        if kind == _SERVER_NAME:
            return _name(head[at + 4 : at + 4 + length])
        at += 4 + length
    return ""


def _name(data: bytes) -> str:
    """The first name of a list, if it is a host's (type 0) and whole."""
    length = int.from_bytes(data[3:5])
    if len(data) < 5 or data[2] or not length or 5 + length > len(data):  # noqa: PLR2004
        return ""
    return data[5 : 5 + length].decode("ascii", "backslashreplace")
