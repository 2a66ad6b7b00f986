"""Flows by endpoint: found without a look at every flow for each."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import numpy as np

from classifier.distinct import among

if TYPE_CHECKING:
    from collections.abc import Iterable

    from classifier.flows.columns import Array
    from classifier.flows.oriented import Flows

__all__ = ["PROTOCOLS", "FlowIndex", "address_numbers"]

PROTOCOLS = {"tcp": 6, "udp": 17, "sctp": 132, "gre": 47}
"""IP protocol numbers of what announcements call a transport."""
_GRE = 47


def address_numbers(flows: Flows, texts: Iterable[str]) -> dict[str, int]:
    """The numbers of addresses, as far as they are in the recording; what is none is left out."""
    by_bytes: dict[bytes, list[str]] = {}
    for text in texts:
        packed = _packed(text)
        if packed is not None:
            by_bytes.setdefault(packed, []).append(text)
    if not by_bytes:
        return {}
    # One pass over all addresses, by their bytes: their texts may not have been written yet.
    addresses = flows.addresses
    keys = np.column_stack([addresses.version, addresses.packed]).astype(np.uint8)
    everyone = np.ascontiguousarray(keys).view("S17").ravel()
    known = {}
    asked = np.array(list(by_bytes), dtype="S17")
    for number in np.nonzero(among(everyone, asked))[0].tolist():
        for text in by_bytes.get(keys[number].tobytes().rstrip(b"\0"), ()):
            known[text] = number
    return known


def _packed(text: str) -> bytes | None:
    """An address as a key; None where the text is none. Zeros at the end do not count."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return (bytes([address.version]) + address.packed).rstrip(b"\0")


class FlowIndex:
    """The flows by endpoint, sorted once for each side that is asked for."""

    def __init__(self, flows: Flows) -> None:
        self._flows = flows
        self._sorted: dict[bool, tuple[Array, Array]] = {}

    def rows(self, host: int, port: int, protocol: int, *, client: bool) -> Array:
        """The flows of which one side is this endpoint.

        Args:
            host: Number of the address.
            port: Port, or the key of a GRE flow.
            protocol: IP protocol number.
            client: Which side.
        """
        if client not in self._sorted:
            flows = self._flows
            own = flows.column("ip_protocol")
            number = flows.side("port", client=client).astype(np.int64)
            if (own == _GRE).any():
                number = np.where(own == _GRE, flows.column("key_id"), number)
            side = flows.client if client else flows.server
            key = _key(side.astype(np.int64), number, own.astype(np.int64))
            order = np.argsort(key, kind="stable")
            self._sorted[client] = key[order], order
        key, order = self._sorted[client]
        wanted = _key(host, port, protocol)
        first, last = np.searchsorted(key, [wanted, wanted + 1])
        return order[first:last]


def _key(host: Any, port: Any, protocol: Any) -> Any:
    """An endpoint as one number; of a longer GRE key the lower half, where PPTP's call id is."""
    return (host * 256 + protocol) * (1 << 24) + (port & 0xFFFF)
