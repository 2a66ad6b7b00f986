#!/usr/bin/env python3
"""Holds every expected.toml of the samples against tshark, which knows nothing of this project.

What is checked: the number of frames, the link types, the TCP and UDP conversations, and for
each server that somebody must be told of, that the capture holds traffic with it, and in how
many conversations. What a service is *called* is a person's judgement and not checked.

    check.py [--count] [CASE...]     --count prints what tshark counts instead of comparing
"""

import argparse
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
FIELDS = [
    "frame.encap_type",
    "ip.proto",
    "ipv6.nxt",
    "ip.src",
    "ip.dst",
    "ipv6.src",
    "ipv6.dst",
    "tcp.stream",
    "tcp.srcport",
    "tcp.dstport",
    "udp.stream",
    "udp.srcport",
    "udp.dstport",
    "sctp.srcport",
    "sctp.dstport",
    "sctp.assoc_index",
]
# tshark's own numbers for link types (wiretap/wtap.h), by the names of libpcap.
LINK_TYPES = {
    "1": "EN10MB",
    "4": "PPP",
    "7": "RAW",
    "15": "NULL",
    "25": "LINUX_SLL",
    "45": "USER0",
    "129": "IPV4",
    "130": "IPV6",
    "174": "LOOP",
    "210": "LINUX_SLL2",
}
PORTS = {"tcp": 6, "udp": 17, "sctp": 132}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server, as expected.toml names it; port is None where the protocol has none."""

    transport: str
    ip: str
    port: int | None
    ip_protocol: int


class Counts:
    """What tshark counts in one capture."""

    def __init__(self, capture: Path) -> None:
        """Run tshark over the capture once."""
        self.frames = 0
        self.link_types: set[str] = set()
        self.streams: dict[str, set[str]] = {"tcp": set(), "udp": set()}
        self.touching: dict[Endpoint, set[str]] = {}
        for row in dissect(capture):
            if row["frame.encap_type"]:  # else a pcapng block that is no packet
                self.add(row)

    def add(self, row: dict[str, list[str]]) -> None:
        """Count one frame."""
        self.frames += 1
        encapsulation = row["frame.encap_type"][0]
        self.link_types.add(LINK_TYPES.get(encapsulation, encapsulation))
        if is_icmp(row):  # the ports in it are quoted from another packet
            row = {f: [] if f.split(".")[0] in PORTS else v for f, v in row.items()}
        for transport in ("tcp", "udp"):
            self.streams[transport].update(row[f"{transport}.stream"])
        for endpoint, conversation in endpoints(row):
            self.touching.setdefault(endpoint, set()).add(conversation)

    def flows(self, server: Endpoint) -> int:
        """Conversations with the server; 0 when it does not occur."""
        return len(self.touching.get(server, ()))


def dissect(capture: Path) -> Iterator[dict[str, list[str]]]:
    """The wanted fields of every frame; a field may occur several times (tunnels)."""
    command = ["tshark", "-n", "-r", str(capture), "-T", "fields", "-E", "occurrence=a"]
    for field in FIELDS:
        command += ["-e", field]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    for line in done.stdout.splitlines():
        values = line.split("\t")
        yield {f: v.split(",") if v else [] for f, v in zip(FIELDS, values, strict=True)}


def is_icmp(row: dict[str, list[str]]) -> bool:
    """Whether the innermost header that is not quoted is ICMP's."""
    return "1" in row["ip.proto"] or "58" in row["ipv6.nxt"]


def endpoints(row: dict[str, list[str]]) -> Iterator[tuple[Endpoint, str]]:
    """Each endpoint of a frame with its conversation; ports belong to the innermost addresses."""
    sources = row["ip.src"] + row["ipv6.src"]
    targets = row["ip.dst"] + row["ipv6.dst"]
    for transport, number in PORTS.items():
        stream = row["sctp.assoc_index" if transport == "sctp" else f"{transport}.stream"]
        for ips, side in ((sources, "srcport"), (targets, "dstport")):
            for port in row[f"{transport}.{side}"]:
                yield Endpoint(transport, ips[-1], int(port), number), " ".join(stream)
    for protocol in row["ip.proto"] + row["ipv6.nxt"]:
        number = int(protocol)
        if number not in PORTS.values():
            transport = {1: "icmp", 58: "icmp6"}.get(number, "ip")
            for pair in zip(sources, targets, strict=True):
                for ip in pair:
                    yield Endpoint(transport, ip, None, number), " ".join(sorted(pair))


def compare(name: str, wanted: dict[str, Any], counts: Counts) -> Iterator[str]:
    """What does not agree, one sentence each."""
    measured = {
        "frames": counts.frames,
        "link_types": sorted(counts.link_types),
        "tcp_conversations": len(counts.streams["tcp"]),
        "udp_conversations": len(counts.streams["udp"]),
    }
    for key, value in measured.items():
        expected = sorted(wanted[key]) if key == "link_types" and key in wanted else wanted.get(key)
        if expected is not None and expected != value:
            yield f"{name}: {key}: expected {expected}, tshark counts {value}"
    for server in wanted.get("server", []):
        endpoint = Endpoint(
            server["transport"], server["ip"], server.get("port"), server["ip_protocol"]
        )
        flows = counts.flows(endpoint)
        if flows == 0 or server.get("flows", flows) != flows:
            yield f"{name}: {endpoint}: expected {server.get('flows')}, tshark counts {flows}"


def show(name: str, counts: Counts) -> None:
    """Print the counts, the endpoints with the most conversations first."""
    print(
        f"{name}: frames {counts.frames}, link types {sorted(counts.link_types)}, "
        f"tcp {len(counts.streams['tcp'])}, udp {len(counts.streams['udp'])}"
    )
    ranking = Counter({endpoint: len(found) for endpoint, found in counts.touching.items()})
    for endpoint, flows in ranking.most_common():
        if endpoint.port is None or endpoint.port < 32768 or flows > 1:
            print(f"  {flows:4} {endpoint}")


def main() -> int:
    """Check the named cases, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", action="store_true", help="print what tshark counts")
    parser.add_argument("case", nargs="*", help="names of folders; all without")
    arguments = parser.parse_args()
    wrong: list[str] = []
    checked = 0
    for case in sorted(path.parent for path in HERE.glob("*/make.*")):
        if arguments.case and case.name not in arguments.case:
            continue
        if arguments.count:
            for capture in sorted(case.glob("*.pcap*")):
                show(f"{case.name}/{capture.name}", Counts(capture))
            continue
        expected = tomllib.loads((case / "expected.toml").read_text(encoding="utf-8"))
        for name, wanted in expected["capture"].items():
            checked += 1
            wrong += compare(f"{case.name}/{name}", wanted, Counts(case / name))
    print(*wrong, sep="\n", end="\n" if wrong else "")
    if not arguments.count:
        print(f"{checked} captures checked, {len(wrong)} disagreements")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
