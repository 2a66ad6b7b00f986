"""Flows for tests of what hosts are: as much of ``Flows`` as that stage asks for."""

from __future__ import annotations

from typing import Any

import numpy as np

from classifier.flows.direction import RUNGS
from classifier.flows.state import STATES
from classifier.model import DirectionBasis

DEFAULTS: dict[str, Any] = {
    "client": "10.0.0.1",
    "client_port": 50_000,
    "server": "10.0.0.2",
    "server_port": 443,
    "ip_protocol": 6,
    "rung": DirectionBasis.SYN,
    "state": "SF",
    "server_packets": 4,
}


class MadeFlows:
    """Flows of which the tests say what matters; addresses are numbered as they appear."""

    def __init__(self, *rows: dict[str, Any]) -> None:
        full = [{**DEFAULTS, **row} for row in rows]
        texts = list(dict.fromkeys(row[side] for row in full for side in ("client", "server")))
        self.addresses = texts
        self.rung = np.array(
            [[basis for basis, _ in RUNGS].index(row["rung"]) for row in full], dtype=np.int8
        )
        self.state = np.array([STATES.index(row["state"]) for row in full], dtype=np.int8)
        self.client = np.array([texts.index(row["client"]) for row in full], dtype=np.int32)
        self.server = np.array([texts.index(row["server"]) for row in full], dtype=np.int32)
        self._rows = full

    def __len__(self) -> int:
        return len(self._rows)

    def side(self, name: str, *, client: bool) -> np.ndarray[Any, Any]:
        values = [row.get(f"{'client' if client else 'server'}_{name}", 0) for row in self._rows]
        return np.array(values, dtype=np.uint16 if name == "port" else np.int64)

    def column(self, name: str) -> np.ndarray[Any, Any]:
        return np.array([row[name] for row in self._rows], dtype=np.int64)
