"""What nothing names, grouped so that a person can work through it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from classifier.model import FLOW_COLUMNS
from classifier.table import Table
from classifier.tables.columns import shape
from classifier.tables.firstbytes import common, sketch
from classifier.tables.grouping import addresses, codes, distinct, no_answer, numbers, ports
from classifier.verdict import unnamed

if TYPE_CHECKING:
    from classifier.tables.grouping import Codes, Texts

__all__ = ["display_filters", "unknown"]

KEYS = ["server", "transport", "ip_protocol", "port"]
FOLDED = -2
"""Stands in the port column for several ports that are folded into one row."""

QUIET_PORTS = {"tcp": 1, "udp": 10}
"""More silent ports than this on one server are one row. UDP is often one-way by design (syslog,
NetFlow), so a few silent ports there are still worth a row each."""


def unknown(flows: pd.DataFrame, heads: pd.DataFrame) -> pd.DataFrame:
    """One row for each server endpoint with unnamed traffic, most bytes first.

    Endpoints that never answered (scans, dead services) are folded into one row a server, with a
    null port, so that a port scan does not bury the rest.

    Args:
        flows: The flow table, named and unnamed flows alike: ``share`` is of all bytes.
        heads: First payloads by flow id (``client_head``, ``server_head``: bytes); may be empty.
    """
    named = [column for column in FLOW_COLUMNS if column.name in ("service", "basis")]
    rows = flows[unnamed(Table.of(flows, named))]
    if rows.empty:
        return shape("unknown", [])
    client, server, names = addresses(rows)
    transport, transports = codes(rows["transport"])
    frame = pd.DataFrame(
        {
            "server": server,
            "transport": transport,
            "ip_protocol": rows["ip_protocol"].to_numpy(),
            "port": ports(rows["server_port"]),
            "answered": ~no_answer(rows),
            "packets": rows["client_packets"].to_numpy() + rows["server_packets"].to_numpy(),
            "bytes": rows["client_bytes"].to_numpy() + rows["server_bytes"].to_numpy(),
            "first_seen": rows["first_seen"].array,
            "last_seen": rows["last_seen"].array,
        }
    )
    real_port = frame["port"].to_numpy(copy=True)
    frame["port"] = _folded(frame, transports)
    grouped = frame.groupby(KEYS, sort=False)
    group = grouped.ngroup().to_numpy()
    table = grouped[["answered", "packets", "bytes"]].sum()
    table["flows"] = grouped.size()
    table["first_seen"] = grouped["first_seen"].min()
    table["last_seen"] = grouped["last_seen"].max()
    table = table.reset_index()
    size = len(table)
    table["peers"] = distinct(group, client, size)
    whole = int(flows["client_bytes"].sum()) + int(flows["server_bytes"].sum())
    table["share"] = table["bytes"] / max(whole, 1)

    table["detail"] = _details(rows, group, size)
    silent = (table["answered"] == 0) & np.isin(transports[table["transport"]], list(QUIET_PORTS))
    dead = silent & ((table["port"] == FOLDED) | (transports[table["transport"]] == "tcp"))
    count = distinct(group, np.maximum(real_port, 0), size)
    table.loc[dead, "detail"] = _never_answered(count[dead.to_numpy()])

    table["first_bytes"] = sketch(common(rows["flow"], heads, group, size))
    earliest = frame["first_seen"].groupby(group).idxmin().to_numpy()
    table["example_flow"] = rows["flow"].to_numpy()[earliest]
    captures, files = codes(rows["capture"])
    table["capture"] = files[captures[earliest]]
    table["first_frame"] = rows["first_frame"].to_numpy()[earliest]
    table["server_ip"] = names[table["server"].to_numpy()]
    table["transport"] = transports[table["transport"].to_numpy()]
    table["display_filter"] = display_filters(table)
    table["server_port"] = numbers(np.maximum(table["port"].to_numpy(), -1))
    return shape("unknown", table.sort_values("bytes", ascending=False, kind="stable"))


def display_filters(table: pd.DataFrame) -> Texts:
    """Wireshark display filters, one for each row.

    Args:
        table: Needs ``server_ip``, ``transport``, ``ip_protocol`` and ``port``, where -1 is no
            port and :data:`FOLDED` all ports that the row folds together.
    """
    ip = table["server_ip"].to_numpy(dtype=object)
    transport = table["transport"].to_numpy(dtype=object)
    port = table["port"].to_numpy()
    six = np.array([":" in address for address in ip], dtype=bool)
    version = np.where(six, "ipv6", "ip").astype(object)
    protocol = table["ip_protocol"].astype(str).to_numpy(dtype=object)
    by_number = np.where(six, "ipv6.nxt == ", "ip.proto == ").astype(object) + protocol
    by_name = np.where(transport == "icmp6", "icmpv6", transport).astype(object)
    what = np.where(transport == "ip", by_number, by_name)
    numbered = port >= 0
    what[numbered] = transport[numbered] + ".port == " + port[numbered].astype(str).astype(object)
    folded = port == FOLDED
    asked = np.where(transport == "tcp", "tcp.flags.syn == 1 && tcp.flags.ack == 0", transport)
    what[folded] = asked[folded]
    side = np.where(folded, ".dst == ", ".addr == ").astype(object)
    return np.asarray(version + side + ip + " && " + what, dtype=object)


def _folded(frame: pd.DataFrame, transports: Texts) -> Codes:
    """The port column, with :data:`FOLDED` for the silent ports of a server that has many."""
    port = frame["port"].to_numpy(copy=True)
    endpoint = frame.groupby(KEYS, sort=False).ngroup().to_numpy()
    answered = np.bincount(endpoint, weights=frame["answered"].to_numpy()) > 0
    silent = ~answered[endpoint] & (port >= 0)
    owner = frame.groupby(["server", "transport"], sort=False).ngroup().to_numpy()
    quiet = distinct(owner[silent], port[silent], int(owner.max()) + 1)
    limits = np.array([QUIET_PORTS.get(str(name), 65_536) for name in transports])
    port[silent & (quiet[owner] > limits[frame["transport"].to_numpy()])] = FOLDED
    return port


def _never_answered(count: Codes) -> list[str]:
    """The note on endpoints that stayed silent, by their number of ports."""
    return [
        (f"{ports:,} ports, " if ports > 1 else "") + "never answered: port scan or dead service"
        for ports in count
    ]


def _details(rows: pd.DataFrame, group: Codes, size: int) -> Texts:
    """The most common note on each group's flows."""
    note, labels = codes(rows["detail"])
    keys = {"group": group, "note": note}
    seen = pd.DataFrame(keys).groupby(list(keys), sort=False).size().reset_index(name="flows")
    seen = seen[labels[seen["note"].to_numpy()] != ""]
    seen["text"] = labels[seen["note"].to_numpy()]
    best = seen.sort_values(["flows", "text"], ascending=[False, True]).drop_duplicates("group")
    result = np.full(size, "", dtype=object)
    result[best["group"].to_numpy()] = best["text"].to_numpy(dtype=object)
    return result
