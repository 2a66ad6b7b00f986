"""The bands: ranges from which systems take ports on demand, by era."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classifier.catalogue.schema import Band

__all__ = ["bands_of", "default_bands"]


def default_bands(bands: Sequence[Band]) -> tuple[Band, ...]:
    """The server bands that count where nobody named a range: Windows RPC, old and new."""
    return tuple(band for band in bands if band.default and "server" in band.use)


def bands_of(bands: Sequence[Band], transport: str, port: int) -> tuple[Band, ...]:
    """The bands that hold a port, narrowest first."""
    holding = [b for b in bands if transport in b.transport and b.low <= port <= b.high]
    return tuple(sorted(holding, key=lambda band: band.high - band.low))
