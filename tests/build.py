"""Small flow tables for tests: say what matters, the rest has sensible values."""

from __future__ import annotations

from typing import Any

import pandas as pd

from classifier.flows.schema import conform, empty
from classifier.model import FLOW_COLUMNS

DEFAULTS: dict[str, Any] = {
    "transport": "tcp",
    "ip_protocol": 6,
    "client_ip": "10.0.0.1",
    "client_port": 50000,
    "server_ip": "10.0.0.2",
    "server_port": 443,
    "direction_basis": "syn",
    "client_packets": 5,
    "server_packets": 4,
    "client_bytes": 500,
    "server_bytes": 4000,
    "client_payload": 300,
    "server_payload": 3800,
    "client_flags": "SAFP",
    "server_flags": "SAFP",
    "state": "SF",
    "icmp_type": None,
    "icmp_code": None,
    "vlan": None,
    "tunnel": "",
    "service": "unknown",
    "confidence": "unknown",
    "basis": "none",
    "detail": "",
    "alternatives": "",
    "capture": "test.pcap",
    "community_id": "1:AAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "outer_vlan": None,
    "icmp_error": None,
    "icmp_errors": 0,
}


def flow_table(*rows: dict[str, Any]) -> pd.DataFrame:
    """A flow table with one row for each dictionary; missing columns take ``DEFAULTS``.

    ``flow`` counts from 1, ``first_frame`` likewise; times start at 2026-01-05 09:00 UTC, one
    second apart, each flow two seconds long.
    """
    if not rows:
        return empty()
    start = pd.Timestamp("2026-01-05 09:00", tz="UTC")
    full = []
    for number, row in enumerate(rows, 1):
        begun = start + pd.Timedelta(seconds=number)
        base = {
            "flow": number,
            "first_frame": number,
            "first_seen": begun,
            "last_seen": begun + pd.Timedelta(seconds=2),
        }
        unknown = set(row) - {column.name for column in FLOW_COLUMNS}
        assert not unknown, f"no such columns: {unknown}"
        full.append({**DEFAULTS, **base, **row})
    frame = pd.DataFrame(full)
    return conform({name: frame[name] for name in frame.columns})
