"""Every announcing protocol, in a visible order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.endpoints import (
    bittorrent,
    dcerpc,
    dhcp,
    ftp,
    h323,
    igd,
    irc,
    llmnr,
    mdns,
    natmap,
    netbios,
    pptp,
    rpc_over_http,
    rtsp,
    sip,
    skinny,
    smb,
    snmp,
    sqlbrowser,
    ssdp,
    stun,
    sunrpc,
    tftp,
    tns,
    wsdiscovery,
)
from classifier.endpoints.dcerpc import datagrams

if TYPE_CHECKING:
    from classifier.endpoints.protocol import Protocol

__all__ = ["PROTOCOLS"]

PROTOCOLS: tuple[Protocol, ...] = (
    # Those that name the most flows first. The order decides nothing but that of explanations.
    dcerpc.PROTOCOL,
    datagrams.PROTOCOL,
    smb.PROTOCOL,
    rpc_over_http.PROTOCOL,
    ftp.PROTOCOL,
    tftp.PROTOCOL,
    sip.PROTOCOL,
    rtsp.PROTOCOL,
    h323.PROTOCOL,
    skinny.PROTOCOL,
    irc.PROTOCOL,
    sunrpc.PROTOCOL,
    pptp.PROTOCOL,
    sqlbrowser.PROTOCOL,
    tns.PROTOCOL,
    natmap.PROTOCOL,
    igd.PROTOCOL,
    stun.PROTOCOL,
    # Answers of any host to a question that went to all.
    ssdp.PROTOCOL,
    wsdiscovery.PROTOCOL,
    mdns.PROTOCOL,
    llmnr.PROTOCOL,
    netbios.NAME_SERVICE,
    netbios.DATAGRAM_SERVICE,
    snmp.PROTOCOL,
    dhcp.PROTOCOL,
    bittorrent.PROTOCOL,
)
"""Every protocol. A flow is read by each protocol whose port or pattern it has."""
