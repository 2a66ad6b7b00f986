"""Display filters for Wireshark, so that a reader can go and look at the packets."""

from __future__ import annotations

__all__ = ["between", "endpoint", "host"]

WITH_PORTS = ("tcp", "udp", "sctp")


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
