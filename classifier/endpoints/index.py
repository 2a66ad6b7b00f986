"""Flows by endpoint: found without a look at every flow for each."""

from __future__ import annotations

from _socket import AF_INET, AF_INET6, inet_pton  # socket makes enums of all it knows: 3 ms
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import numpy as np

from classifier.grouping import group

if TYPE_CHECKING:
    from collections.abc import Iterable

    from classifier.flows.columns import Array
    from classifier.flows.oriented import Flows

__all__ = ["PROTOCOLS", "FlowIndex", "address_numbers"]

PROTOCOLS = {"tcp": 6, "udp": 17, "sctp": 132, "gre": 47}
"""IP protocol numbers of what announcements call a transport."""
_GRE = 47
_IPV4_BYTES = 4


def address_numbers(flows: Flows, texts: Iterable[str]) -> dict[str, int]:
    """The numbers of addresses, as far as they are in the recording; what is none is left out."""
    asked = {text: packed for text in texts if (packed := _packed(text))}
    if not asked:
        return {}
    # One pass over all addresses, by their bytes: their texts may not have been written yet.
    addresses = flows.addresses
    keys = np.frombuffer(b"".join(asked.values()), dtype=np.uint8).reshape(len(asked), -1)
    code, first = group(
        np.concatenate([addresses.version.astype(np.uint8), keys[:, 0]]),
        np.concatenate([addresses.packed, keys[:, 1:]]),
    )
    numbers = first[code[len(addresses) :]].tolist()
    return {
        text: number for text, number in zip(asked, numbers, strict=True) if number < len(addresses)
    }


def _packed(text: str) -> bytes:
    """Version and 16 bytes of an address, IPv4 in the first four; empty where the text is none."""
    four = ":" not in text
    try:
        packed = inet_pton(AF_INET if four else AF_INET6, text)
    except (OSError, ValueError):  # such as fe80::1%eth0
        try:
            packed = ip_address(text).packed
        except ValueError:
            return b""
    return (b"\4" if len(packed) == _IPV4_BYTES else b"\6") + packed.ljust(16, b"\0")


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
