"""The endpoint in a URL that a device announces (RFC 3986 3.2)."""

from __future__ import annotations

from _socket import AF_INET, AF_INET6, inet_ntop, inet_pton  # socket makes enums: 3 ms
from typing import NamedTuple

from classifier.endpoints.everyone import is_everyone

__all__ = ["WebPlace", "address_text", "web_place"]

_DEFAULT_PORTS = {"http": 80, "https": 443}
_HIGHEST_PORT = 65_535
_LONGEST_PORT = 5
_NOWHERE = ("0.0.0.0", "::", "::1")  # noqa: S104 - not bound, refused
"""Addresses at which another host finds nothing."""


class WebPlace(NamedTuple):
    """Where a URL leads: address as text, port, and ``http`` or ``https``."""

    host: str
    port: int
    scheme: str


def address_text(text: str) -> str:
    """An address as the flow table writes it; empty if it is none (a name, a slip)."""
    family = AF_INET6 if ":" in text else AF_INET
    try:
        return inet_ntop(family, inet_pton(family, text.partition("%")[0]))
    except (OSError, ValueError):  # ValueError: a zero byte, a surrogate
        return ""


def web_place(url: str) -> WebPlace | None:
    """The endpoint of an http or https URL with an address for a host; None for any other."""
    scheme, colon, rest = url.strip().partition("://")
    scheme = scheme.lower()
    if not colon or scheme not in _DEFAULT_PORTS:
        return None
    authority = rest.partition("/")[0].partition("?")[0].rpartition("@")[2]
    if authority.startswith("["):
        host, bracket, port = authority[1:].partition("]")
        if not bracket or (port and not port.startswith(":")):
            return None
        port = port[1:]
    else:
        host, _, port = authority.partition(":")
    host = address_text(host)
    if not host or host in _NOWHERE or host.startswith("127.") or is_everyone(host):
        return None
    if not port:
        return WebPlace(host, _DEFAULT_PORTS[scheme], scheme)
    if not (port.isascii() and port.isdecimal()) or len(port) > _LONGEST_PORT:
        return None
    number = int(port)
    return WebPlace(host, number, scheme) if 0 < number <= _HIGHEST_PORT else None
