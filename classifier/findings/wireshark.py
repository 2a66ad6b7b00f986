"""Display filters for Wireshark, so that a reader can go and look at the packets."""

from __future__ import annotations

__all__ = ["between", "conversation", "endpoint", "host"]

WITH_PORTS = ("tcp", "udp", "sctp")
ICMP = {"icmp": "icmp", "icmp6": "icmpv6"}
"""Transports and what Wireshark calls them."""


def host(address: str) -> str:
    """Packets from or to a host."""
    return f"{'ipv6' if ':' in address else 'ip'}.addr == {address}"


def endpoint(server: str, transport: str, port: int | None) -> str:
    """Packets from or to a port of a host; all of the host where there is no port."""
    if port is None or transport not in WITH_PORTS:
        return host(server)
    return f"{host(server)} && {transport}.port == {port}"


def between(client: str, server: str, transport: str, port: int | None) -> str:
    """Packets between two hosts on the server's port."""
    return f"{host(client)} && {endpoint(server, transport, port)}"


def conversation(
    client: tuple[str, int | None], server: tuple[str, int | None], transport: str, protocol: int
) -> str:
    """Packets of one conversation.

    Args:
        client: Address and port, None where there are no ports.
        server: The same of the other side.
        transport: As in the flow table.
        protocol: IP protocol number, for transports without ports.
    """
    both = f"{host(client[0])} && {host(server[0])}"
    ports = [port for _, port in (client, server) if port is not None]
    if transport in WITH_PORTS and ports:
        own = " && ".join(f"{transport}.port == {port}" for port in dict.fromkeys(ports))
        return f"{both} && {own}"
    if transport in ICMP:
        return f"{both} && {ICMP[transport]}"
    field = "ipv6.nxt" if ":" in client[0] else "ip.proto"
    return f"{both} && {field} == {protocol}"
