"""What others say about the flows of captures, and which of our flows each of them is.

Truth files hold JSON lines, one flow a line: ``file`` (path below the folder of captures), ``src``,
``sport``, ``dst``, ``dport``, ``l4`` (a word) or ``ipproto`` (a number), and what is said of it.
Where endpoints repeat, ``first_frame``, ``ts`` (s), ``first_ms`` and ``vlan`` tell flows apart.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pandas as pd

__all__ = ["RPC", "Ours", "TruthFlow", "ends", "key", "read"]

PROTOCOLS = {
    "tcp": 6, "udp": 17, "sctp": 132, "icmp": 1, "icmp6": 58, "icmpv6": 58, "igmp": 2, "gre": 47,
    "esp": 50, "ah": 51,
}  # fmt: skip
WITH_PORTS = (6, 17, 132)
UNSURE = ("suspect", "dissector-only")

RPC, LABELS, APPS = "rpc", "labels", "apps"
Ends = tuple[int, tuple[tuple[str, int], ...]]


@dataclass(frozen=True, slots=True)
class TruthFlow:
    """One line of a truth file that can be asked of us.

    Attributes:
        source: Name of the truth file, without its ending.
        capture: Path below the folder.
        question: ``rpc``, ``labels`` or ``apps``: which of its fields are the truth.
        ends: IP protocol number and both endpoints, sorted; ports are 0 where there are none.
        line: The line itself.
    """

    source: str
    capture: str
    question: str
    ends: Ends
    line: dict[str, Any]

    def __str__(self) -> str:
        """Where it is, as its line says."""
        line = self.line
        frame = f" frame {line['first_frame']}" if "first_frame" in line else ""
        return (
            f"{self.capture} {self.ends[0]} {line['src']}:{line['sport']}"
            f">{line['dst']}:{line['dport']}{frame}"
        )


def read(paths: Iterable[Path]) -> tuple[list[TruthFlow], Counter[str]]:
    """The flows of truth files, and how many lines were passed over and why."""
    flows = []
    passed: Counter[str] = Counter()
    for path in paths:
        with path.open(encoding="utf-8") as file:
            for text in file:
                line = json.loads(text)
                asked = question(line)
                flow = ends(line) if asked else None
                if flow is None:
                    passed[f"{path.stem}: {'no endpoints' if asked else 'nothing sure said'}"] += 1
                else:
                    flows.append(TruthFlow(path.stem, line["file"], asked, flow, line))
    return flows, passed


def question(line: dict[str, Any]) -> str:
    """Which of the fields are the truth; empty if none is sure."""
    if "kind" in line:
        return "" if line["strength"] in UNSURE else RPC
    if line.get("strength") == "payload" and ("label" in line or "labels" in line):
        return LABELS
    return APPS if line.get("apps") else ""


def ends(line: dict[str, Any]) -> Ends | None:
    """IP protocol and endpoints of a line; None if it does not say them."""
    word = str(line.get("l4", "")).lower()
    protocol = line.get("ipproto", PROTOCOLS.get(word))
    if protocol is None or "src" not in line or "dst" not in line:
        return None
    if protocol == 1 and ":" in line["src"]:
        protocol = 58  # Zeek says icmp of both versions
    return key(protocol, line["src"], line["sport"], line["dst"], line["dport"])


def key(protocol: int, src: str, sport: int, dst: str, dport: int) -> Ends:
    """The same for both directions and every spelling of an address."""
    if protocol not in WITH_PORTS:
        sport = dport = 0
    return protocol, tuple(
        sorted(((str(ip_address(src)), int(sport)), (str(ip_address(dst)), int(dport))))
    )


class Ours:
    """The flows of one capture by endpoints. Each is given to one truth flow as long as they last.

    Attributes:
        rows: The columns below, by name.
        tunnels: Kinds of tunnels around flows.
    """

    COLUMNS = (
        "flow", "first_seen", "ip_protocol", "client_ip", "client_port", "server_ip", "server_port",
        "client_packets", "server_packets", "vlan", "service", "confidence", "basis", "detail",
        "alternatives", "first_frame", "tunnel",
    )  # fmt: skip

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows = rows
        tunnels = {row["tunnel"] for row in rows}
        self.tunnels = {each.split(":")[0] for path in tunnels for each in path.split("/")} - {""}
        self._by_ends: dict[Ends, list[dict[str, Any]]] = defaultdict(list)
        for row in self.rows:
            ports = row["client_port"] or 0, row["server_port"] or 0
            self._by_ends[
                key(row["ip_protocol"], row["client_ip"], ports[0], row["server_ip"], ports[1])
            ].append(row)
        self._given: set[int] = set()

    @classmethod
    def of(cls, flows: pd.DataFrame, columns: Iterable[str] = COLUMNS) -> Ours:
        """From a flow table; more columns of it may be asked for."""
        table = flows[list(columns)].astype({"first_seen": "int64"}).astype(object)
        return cls(table.where(table.notna(), None).to_dict("records"))

    def find(self, truth: TruthFlow) -> dict[str, Any] | None:
        """The flow that this is: of the same VLAN, nearest in frames or time, longest."""
        rows = self._by_ends.get(truth.ends)
        if not rows:
            return None
        found = min(rows, key=lambda row: self._strangeness(row, truth.line))
        self._given.add(found["flow"])
        return found

    def _strangeness(self, row: dict[str, Any], line: dict[str, Any]) -> tuple[float, ...]:
        begun = line.get("ts", line.get("first_ms", 0) / 1000)
        distance = 0.0
        if "first_frame" in line:
            distance = abs(row["first_frame"] - line["first_frame"])
        elif begun:
            distance = round(abs(row["first_seen"] / 1e9 - begun), 2)
        other_vlan = "vlan" in line and row["vlan"] != line["vlan"]
        packets = row["client_packets"] + row["server_packets"]
        return other_vlan, distance, row["flow"] in self._given, -packets
