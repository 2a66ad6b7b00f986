"""Every announcing protocol, in a visible order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.endpoints import (
    bittorrent,
    dcerpc,
    igd,
    natmap,
    pptp,
    sqlbrowser,
    stun,
    sunrpc,
    tns,
)

if TYPE_CHECKING:
    from classifier.endpoints.protocol import Protocol

__all__ = ["PROTOCOLS"]

PROTOCOLS: tuple[Protocol, ...] = (
    # Those that name the most flows first. The order decides nothing but that of explanations.
    dcerpc.PROTOCOL,
    sunrpc.PROTOCOL,
    pptp.PROTOCOL,
    sqlbrowser.PROTOCOL,
    tns.PROTOCOL,
    natmap.PROTOCOL,
    igd.PROTOCOL,
    stun.PROTOCOL,
    bittorrent.PROTOCOL,
)
"""Every protocol. A flow is read by each protocol whose port or pattern it has."""
