"""An address and a port in one cell."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING

from classifier.reports.values import plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from classifier.table import Table

__all__ = ["carriers", "endpoints"]


def carriers(table: Table) -> list[str]:
    """What carries each flow: ``tcp``; where the transport says only ``ip``, with its number."""
    return [
        f"{word} {number}" if word == "ip" else str(word)
        for word, number in zip(plain(table, "transport"), plain(table, "ip_protocol"), strict=True)
    ]


def endpoints(table: Table, side: str, transport: Iterable[object] | None = None) -> list[str]:
    """``10.0.0.5:443/tcp``, ``[2001:db8::1]:53/udp``; without a port ``10.0.0.5 icmp``.

    For rows that are shown, not for whole tables: this is Python a row.

    Args:
        table: Has the address and the port of the side.
        side: ``client`` or ``server``.
        transport: What stands behind them, one a row.
    """
    words = repeat("") if transport is None else transport
    both = plain(table, f"{side}_ip"), plain(table, f"{side}_port")
    return [_endpoint(*each) for each in zip(*both, words, strict=False)]


def _endpoint(ip: object, port: object, transport: object) -> str:
    """One endpoint as text."""
    if port is None:
        return f"{ip} {transport}".rstrip()
    address = f"[{ip}]" if ":" in str(ip) else ip
    return f"{address}:{port}" + (f"/{transport}" if transport else "")
