"""Who took part: one row an address."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from classifier.model import UNKNOWN
from classifier.tables.columns import shape
from classifier.tables.grouping import addresses, codes, distinct, joined, no_answer

if TYPE_CHECKING:
    from classifier.tables.grouping import Codes, Texts

__all__ = ["hosts", "scope"]


def hosts(flows: pd.DataFrame) -> pd.DataFrame:
    """One row an address, most bytes first.

    A service counts as offered only where the host answered; a refused connection offers nothing.
    A flow from an address to itself counts once in ``packets`` and in both byte columns.
    """
    if flows.empty:
        return shape("hosts", [])
    client, server, names = addresses(flows)
    size = len(names)
    sent = flows["client_bytes"].to_numpy()
    received = flows["server_bytes"].to_numpy()
    packets = flows["client_packets"].to_numpy() + flows["server_packets"].to_numpy()
    twice = {name: pd.concat([flows[name]] * 2).array for name in ("first_seen", "last_seen")}
    halves = pd.DataFrame(
        {
            "host": np.concatenate([client, server]),
            "bytes_sent": np.concatenate([sent, received]),
            "bytes_received": np.concatenate([received, sent]),
            "packets": np.concatenate([packets, np.where(client == server, 0, packets)]),
            **twice,
        }
    )
    grouped = halves.groupby("host")
    table = grouped[["packets", "bytes_sent", "bytes_received"]].sum()
    table["first_seen"] = grouped["first_seen"].min()
    table["last_seen"] = grouped["last_seen"].max()
    table["ip"] = names
    table["scope"] = [scope(str(name)) for name in names]
    table["flows_as_client"] = np.bincount(client, minlength=size)
    table["flows_as_server"] = np.bincount(server, minlength=size)
    apart = client != server
    table["peers"] = distinct(
        np.concatenate([client[apart], server[apart]]),
        np.concatenate([server[apart], client[apart]]),
        size,
    )
    service, words = codes(flows["service"])
    answered = ~no_answer(flows)
    table["services_offered"] = _listed(server[answered], service[answered], words, size)
    table["services_used"] = _listed(client, service, words, size)
    total = table["bytes_sent"] + table["bytes_received"]
    table = table.assign(total=total).sort_values(["total", "ip"], ascending=[False, True])
    return shape("hosts", table)


def scope(address: str) -> str:
    """Which part of the address plan an address is from, in one word or two."""
    try:
        ip = ip_address(address)
    except ValueError:
        return "not an address"
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    if ip == IPv4Address("255.255.255.255"):
        return "broadcast"
    for word, holds in (
        ("unspecified", ip.is_unspecified),
        ("loopback", ip.is_loopback),
        ("multicast", ip.is_multicast),
        ("link-local", ip.is_link_local),
        ("public", ip.is_global),
        ("reserved", ip.is_reserved),
        ("private", ip.is_private),
    ):
        if holds:
            return word
    return "shared"  # RFC 6598: carrier-grade NAT, neither private nor global


def _listed(host: Codes, service: Codes, words: Texts, size: int) -> Texts:
    """The services of each host as text, most flows first and unknown last."""
    keys = {"host": host, "service": service}
    pairs = pd.DataFrame(keys).groupby(list(keys)).size().reset_index(name="flows")
    named = words[pairs["service"].to_numpy()]
    weight = np.where(named == UNKNOWN, -1, pairs["flows"].to_numpy())
    return joined(pairs["host"].to_numpy(), named, weight, size)
