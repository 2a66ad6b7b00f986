"""Which flow a person means: by its number, or by its endpoints."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classifier.errors import UsageError
from classifier.explain.explain import conversation
from classifier.explain.material import Material

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classifier.grounds import Explained
    from classifier.table import Array, Table

__all__ = ["choose"]

_SIDE = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+))(?::([0-9]{1,5}))?|([0-9A-Fa-f:]+)")
_TRANSPORT = re.compile(r"(tcp|udp|sctp|icmp6|icmp|ip)(?::|\s+)(.*)")
_LAST_PORT = 65535
_NEAR = 5


class _Side(NamedTuple):
    address: str
    port: int | None


def choose(analysis: Explained, word: str) -> list[int]:
    """The flows that a word means, in order of time.

    Args:
        analysis: What a run concluded.
        word: A flow id, or ``client:port>server:port`` with IPv6 in brackets, a transport in front
            if wanted (``udp:``), without ports where there are none.

    Returns:
        Ids of the flows, at least one.

    Raises:
        UsageError: The word has another form, or there is no such flow: what there is instead.
    """
    word = word.strip()
    table = analysis.flow_table
    if re.fullmatch(r"[0-9]{1,18}", word):
        ids = table["flow"].data
        if (ids == int(word)).any():
            return [int(word)]
        there = f"they go from {ids.min()} to {ids.max()}" if len(ids) else "there are no flows"
        raise UsageError(f"--flow {word}: no such flow; {there}")
    transport, client, server = _parsed(word)
    of = _Places(table)
    rows = of.between(client, server, transport)
    if not len(rows):
        raise UsageError(_missing(analysis, of, word, transport, (client, server)))
    return [int(number) for number in table["flow"].data[rows].tolist()]


def _parsed(word: str) -> tuple[str, _Side, _Side]:
    """Transport (empty: any), client and server."""
    transport = ""
    rest = word
    if found := _TRANSPORT.fullmatch(word):
        transport, rest = found[1], found[2]
    sides = [_side(part.strip()) for part in rest.split(">")]
    if len(sides) == 2 and None not in sides:  # noqa: PLR2004 - client and server
        client, server = sides
        assert client is not None
        assert server is not None
        return transport, client, server
    raise UsageError(
        f"--flow {word}: expected the number of a flow, or its endpoints as "
        f"client:port>server:port in quotes, IPv6 in brackets, tcp: or udp: in front if you like"
    )


def _side(text: str) -> _Side | None:
    """One endpoint; None if it is none."""
    found = _SIDE.fullmatch(text)
    if found is None:
        return None
    try:
        address = str(ip_address(found[1] or found[2] or found[4]))
    except ValueError:
        return None
    port = int(found[3]) if found[3] else None
    return None if port is not None and port > _LAST_PORT else _Side(address, port)


class _Places:
    """The flow table, asked for endpoints."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def between(self, client: _Side, server: _Side, transport: str) -> Array:
        """The rows of flows from one endpoint to another."""
        here = self.at(client, "client") & self.at(server, "server")
        if transport:
            here &= self._table["transport"].is_label(transport)
        return np.nonzero(here)[0]

    def at(self, side: _Side, name: str) -> Array:
        """Whether each flow has this endpoint on this side; any port where none is said."""
        addresses = self._table[f"{name}_ip"]
        here = self._has(addresses.labels or (), addresses.data, side.address)
        if side.port is not None:
            ports = self._table[f"{name}_port"]
            here &= ports.data == side.port
            if ports.missing is not None:
                here &= ~ports.missing
        return here

    def _has(self, labels: Sequence[str], codes: Array, address: str) -> Array:
        own = np.array([label == address for label in labels] or [False], dtype=bool)
        return np.asarray(own[codes], dtype=bool)


def _missing(
    analysis: Explained, of: _Places, word: str, transport: str, sides: tuple[_Side, _Side]
) -> str:
    """That there is no such flow, and what there is near it."""
    client, server = sides
    hosts = _Side(client.address, None), _Side(server.address, None)
    for near in (
        of.between(server, client, ""),
        of.between(client, server, ""),
        of.between(hosts[0], server, transport),
        of.between(client, hosts[1], transport),
        of.between(*hosts, ""),
        of.between(*hosts[::-1], ""),
        np.nonzero(of.at(server, "server"))[0],
        np.nonzero(of.at(client, "client"))[0],
    ):
        if len(near):
            found = [
                f"{flow.number('flow')} ({conversation(flow)})"
                for flow in Material(analysis, near[:_NEAR]).rows
            ]
            more = f" and {len(near) - _NEAR:,} more" if len(near) > _NEAR else ""
            return f"--flow {word}: no such flow; near it are {', '.join(found)}{more}"
    return f"--flow {word}: no such flow, and none between these hosts; look into --flows FILE"
