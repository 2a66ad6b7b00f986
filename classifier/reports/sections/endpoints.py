"""An address and a port in one cell."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

__all__ = ["carriers", "endpoints"]


def carriers(transport: Iterable[str], ip_protocol: Iterable[int]) -> list[str]:
    """What carries each flow: ``tcp``; where the transport says only ``ip``, with its number."""
    return [
        f"{word} {number}" if word == "ip" else word
        for word, number in zip(transport, ip_protocol, strict=True)
    ]


def endpoints(
    ip: Iterable[str], port: pd.Series[Any], transport: Iterable[str] | None = None
) -> list[str]:
    """``10.0.0.5:443/tcp``, ``[2001:db8::1]:53/udp``; without a port ``10.0.0.5 icmp``.

    For rows that are shown, not for whole tables: this is Python a row.
    """
    words = repeat("") if transport is None else transport
    numbers = port.astype(object).where(port.notna(), None)
    return [_endpoint(*each) for each in zip(ip, numbers, words, strict=False)]


def _endpoint(ip: str, port: int | None, transport: str) -> str:
    """One endpoint as text."""
    if port is None:
        return f"{ip} {transport}".rstrip()
    address = f"[{ip}]" if ":" in ip else ip
    return f"{address}:{port}" + (f"/{transport}" if transport else "")
