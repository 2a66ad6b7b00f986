"""Every announcing protocol, in a visible order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.endpoints import dcerpc, ftp, h323, irc, rtsp, sip, skinny, tftp

if TYPE_CHECKING:
    from classifier.endpoints.protocol import Protocol

__all__ = ["PROTOCOLS"]

PROTOCOLS: tuple[Protocol, ...] = (
    # Those that name the most flows first. The order decides nothing but that of explanations.
    dcerpc.PROTOCOL,
    ftp.PROTOCOL,
    tftp.PROTOCOL,
    sip.PROTOCOL,
    rtsp.PROTOCOL,
    h323.PROTOCOL,
    skinny.PROTOCOL,
    irc.PROTOCOL,
)
"""Every protocol. A flow is read by each protocol whose port or pattern it has."""
