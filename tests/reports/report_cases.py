"""Analyses to render in tests: an office network, a hostile capture, nothing at all."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from build import flow_table
from classifier import catalogue as knowledge
from classifier.analysis import Analysis
from classifier.endpoints import Announcement, LookedFor, Place
from classifier.endpoints.listen import Heard
from classifier.endpoints.matching import Matches, claims
from classifier.engine.contract import CaptureFile, Health, InputWarning, Interface
from classifier.evidence import Context, Evidence
from classifier.flows.unnamed import UnnamedHeads
from classifier.grounds import Grounds
from classifier.model import FLOW_COLUMNS, Finding, Severity
from classifier.policy import VIOLATION_COLUMNS
from classifier.table import Table

HOSTILE = (
    "\x1b[31mred\x1b[0m\x9b31m\x7f",
    "<script>alert(1)</script>\"'><img src=//evil.example/x onerror=alert(1)>",
    "=cmd|'/C calc'!A0",
    "＝1+1",  # noqa: RUF001 - full-width on purpose
    "@SUM(1)",
    "-2+3",
    "a|b\nc\rd\te `code` [link](http://evil.example) ![i](//evil.example/i) <b>",
    "www.evil.example user@evil.example https://evil.example/?q={{7*7}}{% raw %}",
    "\u202egnp.exe\u2066\u200bzero\ufeff",
    "bad\udcffbyte\ud800",
    "e\u0301\u0323" * 4 + "漢字カタカナ한국어😀" * 3,
    "</style></script><!-- --><svg onload=alert(1)>",
    "\\x1b already escaped \\",
    "\u2028line\u2029paragraph\x00nul\x0bvt\x0cff\x85nel",
)

UNICODE = tuple(text for text in HOSTILE if "\ud800" not in text)
"""Those that a DataFrame can hold: pandas has no text with lone surrogates."""


class Catalogue:
    """The two services that the cases name, and nothing else."""

    entries: ClassVar[dict[str, Any]] = {
        "kerberos": SimpleNamespace(name="Kerberos", family="identity", flags=(), summary=""),
        "telnet": SimpleNamespace(
            name="Telnet", family="remote access", flags=("obsolete", "cleartext"), summary=""
        ),
    }

    def brief(self, service: str, /) -> Any:
        return self.entries.get(service)


def analysis(flows: pd.DataFrame, **parts: Any) -> Analysis:
    """An analysis of these flows; what is not given is empty or follows from the flows."""
    frames = int(flows["client_packets"].sum() + flows["server_packets"].sum())
    heads = parts.pop("heads", pd.DataFrame({"client_head": [], "server_head": []}))
    violations = parts.pop("violations", pd.DataFrame())
    dtypes = {column.name: column.dtype for column in VIOLATION_COLUMNS}
    violations = violations.reindex(columns=list(dtypes)).astype(dtypes)
    values: dict[str, Any] = {
        "flow_table": Table.of(flows, FLOW_COLUMNS),
        "unnamed": UnnamedHeads.of(heads),
        "capture_health": Health(
            frames=frames,
            outcomes=Counter({("in flow", ""): frames} if frames else {}),
            first_frames={("in flow", ""): (0, 1)},
            captures=[CaptureFile("test.pcap", format="pcap", frames=frames)],
            engine="portable",
        ),
        "findings": (),
        "violation_table": Table.of(violations, VIOLATION_COLUMNS),
        "catalogue": Catalogue(),
        "settings": {"version": "0.1.0", "timeouts": {"tcp": 600.0}, "inputs": ["test.pcap"]},
    }
    return Analysis(**{**values, **parts})


def few(flows: int) -> Analysis:
    """So many plain unknown flows from 10.0.0.1 to 10.0.0.2."""
    return analysis(flow_table(*({} for _ in range(flows))))


def nothing() -> Analysis:
    """A capture without a frame."""
    return analysis(flow_table(), capture_health=Health(), settings={})


KINDS: tuple[dict[str, Any], ...] = (
    {"server_ip": "10.20.0.10", "server_port": 53, "transport": "udp", "ip_protocol": 17,
     "service": "dns", "confidence": "confirmed", "basis": "payload", "state": "",
     "client_bytes": 74, "server_bytes": 210, "client_packets": 1, "server_packets": 1},
    {"server_ip": "10.20.0.10", "server_port": 88, "service": "kerberos",
     "confidence": "assigned", "basis": "port", "server_bytes": 1800},
    {"server_ip": "10.20.0.10", "server_port": 389, "service": "ldap",
     "confidence": "assigned", "basis": "port", "server_bytes": 9100},
    {"server_ip": "10.20.0.11", "server_port": 445, "service": "smb",
     "confidence": "confirmed", "basis": "payload", "server_bytes": 2_450_000,
     "server_packets": 1750, "detail": "SMB 3.1.1"},
    {"server_ip": "10.20.0.10", "server_port": 49670, "service": "ms-rpc",
     "confidence": "announced", "basis": "announcement", "detail": "NETLOGON, frame 412"},
    {"server_ip": "10.20.0.12", "server_port": 49702, "service": "ms-rpc",
     "confidence": "likely", "basis": "dynamic_band", "detail": "contact on 135 before"},
    {"server_ip": "2001:db8:4:11::8a2e:370:7334", "server_port": 443, "service": "https",
     "confidence": "confirmed", "basis": "payload", "server_bytes": 861_000,
     "client_ip": "2001:db8:20:0:9d4c:1f2a:77b0:5e01", "detail": "portal.example.org"},
    {"server_ip": "203.0.113.25", "server_port": 25, "service": "smtp",
     "confidence": "assigned", "basis": "port", "client_bytes": 48_000},
    {"server_ip": "10.20.0.77", "server_port": 23, "service": "telnet",
     "confidence": "assigned", "basis": "port"},
    {"server_ip": "198.51.100.4", "server_port": 5938, "service": "remote-control",
     "confidence": "possible", "basis": "port_inferred", "alternatives": "sip;xmpp",
     "direction_basis": "lower_port", "client_flags": "AP", "server_flags": "AP", "state": "OTH"},
    {"server_ip": "10.20.0.12", "server_port": 49733, "detail": "in the dynamic band 49152-65535",
     "server_bytes": 310_000},
    {"server_ip": "198.51.100.77", "server_port": 8472, "transport": "udp", "ip_protocol": 17,
     "state": "", "server_packets": 0, "server_bytes": 0, "client_bytes": 96_400,
     "icmp_error": "port unreachable", "icmp_errors": 2},
    {"server_ip": "224.0.0.5", "server_port": None, "client_port": None, "transport": "ip",
     "ip_protocol": 89, "service": "ospf", "confidence": "assigned", "basis": "ip_protocol",
     "state": "", "server_packets": 0, "server_bytes": 0},
    {"server_ip": "10.20.0.1", "server_port": None, "client_port": None, "transport": "icmp",
     "ip_protocol": 1, "icmp_type": 8, "icmp_code": 0, "service": "icmp-echo",
     "confidence": "assigned", "basis": "ip_protocol", "state": ""},
)  # fmt: skip


def office(flows: int = 200) -> Analysis:
    """An office network with a domain controller, unknown traffic, a port scan and warnings."""
    generator = np.random.default_rng(7)
    rows = []
    for number in range(flows):
        kind = KINDS[number % len(KINDS)] if number % 5 else KINDS[int(generator.integers(0, 4))]
        if number % 10 == 9:
            kind = {"client_ip": "10.20.0.66", "server_ip": "10.20.0.12", "state": "REJ",
                    "server_port": 1000 + number, "server_bytes": 40, "server_packets": 1,
                    "client_bytes": 44, "server_payload": 0, "client_payload": 0}  # fmt: skip
        client = {"client_ip": f"10.20.1.{10 + int(generator.integers(0, 24))}"}
        port = {"client_port": 49152 + int(generator.integers(0, 16000))}
        rows.append({**client, **port, **kind})
    table = flow_table(*rows)
    unnamed = table[table["service"] == "unknown"]
    heads = pd.DataFrame(
        {
            "client_head": [
                b"\x05\x00\x0b\x03\x10" + b"\x00" * 20 if port == 49733 else b"HELO probe\r\n"
                for port in unnamed["server_port"]
            ],
            "server_head": b"",
        },
        index=unnamed["flow"].to_numpy(),
    )
    frames = int(table["client_packets"].sum() + table["server_packets"].sum()) + 419
    begun = int(table["first_seen"].min().value)
    # fmt: off
    health = Health(
        frames=frames,
        outcomes=Counter(
            {
                ("in flow", ""): frames - 419,
                ("not IP", "ARP"): 311,
                ("not IP", "LLDP"): 60,
                ("not IP", "STP"): 38,
                ("undecodable", "IPv4: header length 8 is below 20"): 7,
                ("fragment without head", ""): 3,
            }
        ),
        first_frames={("in flow", ""): (0, 1), ("not IP", "ARP"): (0, 4),
                      ("undecodable", "IPv4: header length 8 is below 20"): (1, 1204)},
        partial=Counter({("TCP", "options cut by the snap length"): 12}),
        captures=[
            CaptureFile(
                "office-core-switch-2026-01-05-0900.pcapng", "pcapng", "gzip", 8_431_220,
                frames - 1500, begun, begun + 200 * 10**9, 0, 2,
                [Interface(1, "ETHERNET", "eth0", "SPAN of core switch", 0, frames - 1600, 0),
                 Interface(113, "LINUX_SLL", "any", "", 262144, 100, -1)],
                [(12, "user reports slow logon"), (0, "recorded by the night shift")], 2,
                "Intel Xeon", "Linux 6.8", "Dumpcap 4.2.2",
            ),
            CaptureFile(
                "office-core-switch-2026-01-05-1000.pcap", "pcap", "", 1_204_000, 1500,
                begun + 200 * 10**9, begun + 260 * 10**9, 1400, 0,
                [Interface(1, "ETHERNET", "", "", 96, 1500)], cut=True,
            ),
        ],
        warnings=[
            InputWarning(
                "office-core-switch-2026-01-05-1000.pcap", 1_203_944,
                "record says 1,514 bytes, the file ends after 40",
                "the recording was stopped hard; copy the file again if it was longer",
            ),
            InputWarning(
                "office-core-switch-2026-01-05-1000.pcap", -1,
                "1,400 of 1,500 frames were cut at 96 bytes",
                "record with -s 0 to see payloads", 1400,
            ),
        ],
        engine="portable",
        notes=["the native engine is not built here: the portable engine read the capture"],
    )
    # fmt: on
    smtp = table[table["service"] == "smtp"]
    telnet = table[table["service"] == "telnet"]
    return analysis(
        table,
        heads=heads,
        capture_health=health,
        violations=pd.DataFrame([
            verdict("no-direct-smtp", "high", "violation", smtp,
                    "mail leaves only through the relay 10.20.0.25"),
            verdict("no-telnet", "medium", "violation", telnet, "passwords in cleartext"),
            verdict("no-remote-control", "medium", "undetermined",
                    table[table["service"] == "remote-control"], "remote control of desktops"),
            verdict("trojan-port", "low", "hint", telnet, "trojans also use this port"),
        ]),
        findings=(
            Finding("policy-1", "policy", Severity.CRITICAL, "Mail sent past the relay",
                    ("service smtp is assigned by port 25/tcp, direction known by SYN",
                     "rule no-direct-smtp denies smtp from inside to outside"),
                    ("Ask the owner of 10.20.1.17 what sends mail", "Block 25/tcp at the edge"),
                    tuple(smtp["flow"]), len(smtp), 48_000 * len(smtp), "no-direct-smtp"),
            Finding("scan-1", "scan", Severity.HIGH, "10.20.0.66 tried 20 ports of 10.20.0.12",
                    ("20 ports refused within 200 s",), ("Find out who runs 10.20.0.66",),
                    tuple(table[table["state"] == "REJ"]["flow"]), 20, 1680),
            Finding("policy-2", "policy", Severity.MEDIUM, "Remote control of a desktop",
                    ("the service is only possible: alternatives sip, xmpp",), (), (10,), 1, 4500,
                    "no-remote-control", undetermined=True),
            Finding("unknown-1", "unknown", Severity.LOW, "A third of the bytes have no name", (),
                    ("Start with 10.20.0.12:49733/tcp",), (), 30, 3_100_000),
        ),
        settings={
            "version": "0.1.0", "engine": "portable", "generated_at": "2026-01-06T08:15:00Z",
            "catalogue": {"date": "2026-01-02", "digest": "sha256:9f2c61d0a7"},
            "timeouts": {"tcp": 600.0, "closed": 60.0, "udp": 120.0}, "rpc_range": "modern",
            "policy": "default", "inputs": ["office-core-switch-2026-01-05-0900.pcapng",
                                            "office-core-switch-2026-01-05-1000.pcap"],
            "strict": False, "known_endpoints": None,
        },
    )  # fmt: skip


def verdict(rule: str, severity: str, word: str, flows: pd.DataFrame, why: str) -> dict[str, Any]:
    """One row of a policy's verdicts about these flows."""
    copied = ("client_ip", "server_ip", "transport", "server_port", "service", "confidence")
    return {
        "rule": rule,
        "severity": severity,
        "verdict": word,
        **{name: flows[name].iloc[0] for name in copied},
        "flows": len(flows),
        "bytes": int(flows["client_bytes"].sum() + flows["server_bytes"].sum()),
        "first_seen": flows["first_seen"].min(),
        "last_seen": flows["last_seen"].max(),
        "why": why,
        "example_flow": int(flows["flow"].iloc[0]),
    }


def hostile() -> Analysis:
    """Every text that comes from a capture, a file name or a policy, each with every attack."""
    rows = [
        {
            "client_ip": bad, "server_ip": bad, "service": bad, "detail": bad, "state": bad,
            "alternatives": bad, "tunnel": bad, "capture": bad, "community_id": bad,
            "client_flags": bad, "server_flags": bad, "basis": bad, "direction_basis": bad,
            "confidence": "likely" if number % 2 else "assigned",
        }
        for number, bad in enumerate(UNICODE)
    ]  # fmt: skip
    rows += [{"server_ip": bad, "detail": bad, "capture": bad} for bad in UNICODE]
    flows = flow_table(*rows)
    unnamed = flows[flows["service"] == "unknown"]
    payloads = [bad.encode("utf-8", "surrogatepass") for bad in UNICODE]
    outcomes = {(bad, bad): 1 for bad in HOSTILE}
    health = Health(
        frames=len(outcomes),
        outcomes=Counter(outcomes),
        first_frames=dict.fromkeys(outcomes, (0, 1)),
        partial=Counter({(bad, bad): 1 for bad in HOSTILE}),
        captures=[
            CaptureFile(bad, bad, bad, 1, 1, 1, 2, 0, 0,
                        [Interface(1, bad, bad, bad), Interface(1, bad, bad, bad)],
                        [(1, bad)], 3, bad, bad, bad)
            for bad in HOSTILE
        ],
        warnings=[InputWarning(bad, 7, bad, bad) for bad in HOSTILE],
        engine=HOSTILE[0],
        notes=list(HOSTILE),
    )  # fmt: skip
    verdicts = []
    for bad in UNICODE:
        row = verdict(bad, bad, "violation", flows.head(3), bad)
        names = ("client_ip", "server_ip", "transport", "service", "confidence")
        verdicts.append({**row, **dict.fromkeys(names, bad)})
        verdicts.append({**row, "verdict": "hint"})
    return analysis(
        flows,
        heads=pd.DataFrame(
            {"client_head": payloads, "server_head": payloads}, index=unnamed["flow"].to_numpy()
        ),
        capture_health=health,
        violations=pd.DataFrame(verdicts),
        findings=tuple(
            Finding(bad, bad, Severity.HIGH, bad, (bad,), (bad,), (number,), 9, 1, bad)
            for number, bad in enumerate(HOSTILE, 1)
        ),
        settings={**dict(zip(HOSTILE, HOSTILE, strict=True)), "nested": {HOSTILE[1]: [HOSTILE[1]]}},
    )


def told() -> Analysis:
    """Control traffic that says every attack."""
    return analysis(flow_table({}), grounds=_told(UNICODE))


def _told(words: tuple[str, ...]) -> Grounds:
    """Control traffic that says these words."""
    place = Place(0, 1, 0, 0)
    said = [Announcement(bad, 1, "tcp", "unknown", bad, place, bad) for bad in words]
    heard = Heard(said, [], [LookedFor("unknown", bad, place) for bad in words])
    none = np.zeros(0, dtype=np.int64)
    matches = Matches(none, none, none, none, none.astype(bool), claims(said))
    context = Context(knowledge.load(()), (((49152, 65535),),), heard=heard, announced=matches)
    return Grounds(Evidence.none(), context)
