"""Who asked whom for what: one row for client, server endpoint and service."""

from __future__ import annotations

import numpy as np
import pandas as pd

from classifier.model import Confidence
from classifier.tables.columns import shape
from classifier.tables.grouping import (
    addresses,
    codes,
    confidence_rank,
    endings,
    joined,
    numbers,
    ports,
)

__all__ = ["conversations"]

KEYS = ["client", "server", "transport", "ip_protocol", "port", "service"]


def conversations(flows: pd.DataFrame) -> pd.DataFrame:
    """One row for client, server, transport, server port and service, most bytes first."""
    if flows.empty:
        return shape("conversations", [])
    client, server, names = addresses(flows)
    transport, transports = codes(flows["transport"])
    service, services = codes(flows["service"])
    frame = pd.DataFrame(
        {
            "client": client,
            "server": server,
            "transport": transport,
            "ip_protocol": flows["ip_protocol"].to_numpy(),
            "port": ports(flows["server_port"]),
            "service": service,
            "rank": confidence_rank(flows["confidence"]),
            "packets": flows["client_packets"].to_numpy() + flows["server_packets"].to_numpy(),
            "client_bytes": flows["client_bytes"].to_numpy(),
            "server_bytes": flows["server_bytes"].to_numpy(),
            "first_seen": flows["first_seen"].array,
            "last_seen": flows["last_seen"].array,
        }
    )
    grouped = frame.groupby(KEYS, sort=False)
    group = grouped.ngroup().to_numpy()
    table = grouped[["packets", "client_bytes", "server_bytes"]].sum()
    table["flows"] = grouped.size()
    table["rank"] = grouped["rank"].min()
    table["first_seen"] = grouped["first_seen"].min()
    table["last_seen"] = grouped["last_seen"].max()
    table = table.reset_index()
    table["states"] = _states(flows, group, len(table))
    table["client_ip"] = names[table["client"].to_numpy()]
    table["server_ip"] = names[table["server"].to_numpy()]
    table["transport"] = transports[table["transport"].to_numpy()]
    table["service"] = services[table["service"].to_numpy()]
    table["server_port"] = numbers(table["port"].to_numpy())
    words = np.array([word.value for word in Confidence], dtype=object)
    table["confidence"] = words[table["rank"].to_numpy()]
    table["bytes"] = table["client_bytes"] + table["server_bytes"]
    return shape("conversations", table.sort_values("bytes", ascending=False, kind="stable"))


def _states(flows: pd.DataFrame, group: np.ndarray, size: int) -> np.ndarray:
    """How each group's flows ended, as text: ``SF 12, S0 (port unreachable) 3``."""
    state, labels = endings(flows)
    keys = {"group": group, "state": state}
    seen = pd.DataFrame(keys).groupby(list(keys)).size().reset_index(name="flows")
    seen = seen[labels[seen["state"].to_numpy()] != ""]
    text = labels[seen["state"].to_numpy()] + " " + seen["flows"].astype(str).to_numpy(dtype=object)
    return joined(seen["group"].to_numpy(), text, seen["flows"].to_numpy(), size)
