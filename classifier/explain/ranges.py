"""Ranges of ports and roles of hosts: what they say about a flow, and what they do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.evidence.dynamic_band import ENDPOINT_MAPPER_PORT
from classifier.hosts.bands import BANDS
from classifier.model import Basis

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from classifier.explain.ladder import Rung
    from classifier.explain.material import FlowRow, Material

__all__ = ["dynamic_range", "ranges"]

_LOWEST = 1024
"""Ports below are never handed out on demand."""
_WINDOWS = {"windows-legacy": "legacy", "windows-modern": "dynamic"}
"""Words of a host's band that are not those of :data:`classifier.hosts.bands.BANDS`."""


def dynamic_range(flow: FlowRow, material: Material) -> tuple[int, int] | None:
    """The range of RPC ports that the server's port lies in; None: in none, or no TCP."""
    if material.grounds is None or flow.text("transport") != "tcp":
        return None
    port = flow.number("server_port")
    for low, high in _counting(flow, material):
        if low <= port <= high:
            return low, high
    return None


def ranges(flow: FlowRow, ordered: Sequence[Rung], material: Material) -> Iterator[str]:
    """What the ranges of ports say, then what is known of both hosts."""
    is_dynamic = flow.text("transport") == "tcp" and flow.number("server_port") >= _LOWEST
    if material.grounds is not None and is_dynamic:
        yield from _server_port(flow, ordered, material)
    for side in ("client", "server"):
        yield from _host(flow, side, material)


def _counting(flow: FlowRow, material: Material) -> Sequence[tuple[int, int]]:
    """The ranges that count for the server of a flow."""
    assert material.grounds is not None
    context = material.grounds.context
    number = 0 if context.rpc_set is None else int(context.rpc_set[flow.row])
    return context.rpc_bands[number]


def _server_port(flow: FlowRow, ordered: Sequence[Rung], material: Material) -> Iterator[str]:
    assert material.grounds is not None
    context = material.grounds.context
    own = ", ".join(f"{low}-{high}" for low, high in _counting(flow, material))
    if material.grounds.rpc_range:
        origin = f"as --rpc-range {material.grounds.rpc_range} says"
    elif context.rpc_set is not None and int(context.rpc_set[flow.row]):
        origin = "as the policy says of this server"
    else:
        origin = "as the policy says of every server that it does not name"
    port = flow.number("server_port")
    found = dynamic_range(flow, material)
    if found is None:
        yield f"port {port} is outside of the ranges of Windows RPC, {own} ({origin})"
        return
    yield (
        f"port {port} is in the range {found[0]}-{found[1]} that Windows RPC hands out; ranges "
        f"that count: {own} ({origin})"
    )
    if not any(rung.basis is Basis.DYNAMIC_BAND for rung in ordered):
        yield (
            f"the range alone names nothing: the client had no connection to the server's endpoint "
            f"mapper ({ENDPOINT_MAPPER_PORT}/tcp) before, or what it sent here first is no RPC"
        )


def _host(flow: FlowRow, side: str, material: Material) -> Iterator[str]:
    """What is known of one host: names, roles, the band that it asks from, its RPC range."""
    address = flow.text(f"{side}_ip")
    facts = material.known_of(flow, side)
    name = f"{side} {address}"
    if facts.get("names"):
        yield f"{name} is called {facts['names']} ({facts['name_basis']})"
    if facts.get("roles"):
        yield f"{name} serves as {facts['roles']}"
    if facts.get("dynamic_range"):
        yield f"{name} hands out RPC ports: {facts['dynamic_range']}"
    if facts.get("ephemeral_band"):
        yield from _band(flow, side, name, facts["ephemeral_band"], facts["band_ports"])


def _band(flow: FlowRow, side: str, name: str, word: str, ports: str) -> Iterator[str]:
    """The band that a host asks from, and whether its port of this flow is one of it."""
    edges = {band: (low, high) for band, low, high in BANDS}.get(_WINDOWS.get(word, word))
    where = f" {edges[0]}-{edges[1]}" if edges else ""
    text = f"{name} asks from the range {word}{where}, as {ports} source ports show"
    if edges and flow.has(f"{side}_port"):
        port = flow.number(f"{side}_port")
        inside = edges[0] <= port <= edges[1]
        if side == "client":
            text += f"; its port {port} is {'one' if inside else 'none'} of them"
        elif inside:
            text += f"; port {port} is one of them, so that it may be a client's port"
    yield text
