"""RTSP's Transport header (RFC 2326 12.39, RFC 7826 18.54), also as RealNetworks has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from classifier.endpoints.expression import expression
from classifier.endpoints.printable import printable
from classifier.endpoints.reachable import address, reachable

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["End", "transport"]


class End(NamedTuple):
    """One endpoint of a stream, over UDP.

    Attributes:
        host: Address as text.
        port: Port.
        service: Id in the catalogue.
        detail: The protocol as the header says it.
    """

    host: str
    port: int
    service: str
    detail: str


_PORTS = rb"([0-9]{1,5})(?:-([0-9]{1,5}))?"
_ADDRESSES = rb'"(?:\[([0-9A-Fa-f:.]{2,45})\]|([^":\[\]]{0,255})):([0-9]{1,5})"'
_HIGHEST = 65_535
_SERVICES = {
    "RTP": "rtp",
    "MP2T": "mpeg-ts-udp",
    "X-REAL-RDT": "realaudio",
    "X-PN-TNG": "realaudio",
}
"""By the first word of the protocol."""


def transport(header: bytes, client: str, server: str) -> Iterator[End]:
    """Where a stream goes, and where it comes from.

    Args:
        header: Value of the header in an answer.
        client: Address of the host that asked.
        server: Address of the host that answers.
    """
    said, *parameters = header.decode("latin-1").split(",")[0].split(";")
    words = said.strip().upper().split("/")
    named = dict(_parameter(parameter) for parameter in reversed(parameters))
    service = _SERVICES.get(words[0], "")
    if not service or "TCP" in words or "interleaved" in named:
        return
    detail = printable(said.strip().encode())
    for host, ports in (*_old(named, client, server), *_new(named, client, server)):
        muxed = "rtcp-mux" in named
        for number, port in enumerate(ports[: 1 if muxed or service != "rtp" else 2]):
            if 0 < port <= _HIGHEST:
                yield End(host, port, "rtcp" if number else service, detail)


def _parameter(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name.strip().lower(), value.strip()


def _old(named: dict[str, str], client: str, server: str) -> Iterator[tuple[str, list[int]]]:
    """``client_port=4588-4589;server_port=6256-6257`` with ``destination`` and ``source``."""
    destination = address(named.get("destination", ""))
    if "multicast" in named:
        if destination:
            yield destination, _ports(named.get("port", ""))
        return
    for host in reachable(destination, client):
        yield host, _ports(named.get("client_port", ""))
    for host in reachable(address(named.get("source", "")), server):
        yield host, _ports(named.get("server_port", ""))


def _new(named: dict[str, str], client: str, server: str) -> Iterator[tuple[str, list[int]]]:
    """``dest_addr="192.0.2.5:3456"/"192.0.2.5:3457"`` with ``src_addr``."""
    for name, own in (("dest_addr", client), ("src_addr", server)):
        pairs = [
            ((v6 or said).decode("latin-1"), int(port))
            for v6, said, port in expression(_ADDRESSES).findall(named.get(name, "").encode())
        ]
        for number, (said, port) in enumerate(pairs[:2]):
            for host in reachable(address(said), own):
                yield host, [0] * number + [port]


def _ports(text: str) -> list[int]:
    """The port of the stream and, if said, that of its reports."""
    found = expression(_PORTS).fullmatch(text.encode())
    if not found:
        return []
    first, second = int(found[1]), int(found[2] or 0)
    # Some write a range of one port.
    return [first, second] if second != first else [first]
