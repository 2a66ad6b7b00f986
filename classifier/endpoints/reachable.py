"""Which host an address means that was said in a payload, where NAT may stand in between."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

__all__ = ["address", "reachable"]


@lru_cache(maxsize=1024)
def address(text: str) -> str:
    """An IP address as the flow table writes it; empty where the text is none.

    IPv4 within IPv6 (RFC 4291 2.5.5.2) is IPv4; a zone (RFC 4007 11) is left out.
    """
    found = _parsed(text)
    return "" if found is None else str(found)


@lru_cache(maxsize=1024)
def reachable(said: str, speaker: str) -> tuple[str, ...]:
    """The addresses at which a host may be reached that said one of its own.

    A private address that a host with a public one says was not rewritten by the NAT on the way:
    others reach it at the address that it has outside.

    Args:
        said: As text; empty, or no address: it means its own.
        speaker: Address of the host that said it.

    Returns:
        The said one first; never empty.
    """
    told, own = _parsed(said), _parsed(speaker)
    if told is None or told.is_unspecified or own is None:
        return (speaker,)
    if told.is_loopback and not own.is_loopback:
        return (speaker,)
    if told == own or told.is_multicast or told.is_global or not own.is_global:
        return (str(told),)
    return (str(told), speaker)


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        return found.ipv4_mapped
    return found
