"""Write a capture to measure on: seeded, so that it is the same everywhere.

    python benchmarks/generate.py {medium|small|few} OUT.pcap [--seed N]

TCP with handshake and close, UDP, ICMP, 15 % IPv6, 10 % with a VLAN tag; ports as they are common,
and a scan in *small*. The first payload of a flow begins as its protocol does; all other payload is
noise. Checksums are left empty, as a recorder before the card sees them.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np

TCP, UDP, ICMP = 6, 17, 1
HEADER = 16 + 14 + 4 + 40 + 20
"""Bytes of a record before the payload, at most: record header, Ethernet, VLAN, IPv6, TCP."""
CHUNK = 100_000
PORTS = {
    TCP: {443: 45, 80: 15, 445: 6, 22: 5, 3389: 3, 25: 3, 389: 2, 135: 2, 1433: 2, 8080: 2, 0: 15},
    UDP: {53: 45, 443: 20, 123: 8, 161: 5, 1900: 4, 5353: 3, 137: 2, 0: 13},
    ICMP: {0: 1},
}
"""Port -> weight; 0 stands for any port above 1023."""
OPENINGS = {
    80: b"GET / HTTP/1.1\r\nHost: www.example.net\r\n\r\n",
    443: bytes.fromhex("16030100c8010000c40303") + bytes(32),
    22: b"SSH-2.0-OpenSSH_9.6\r\n",
    25: b"EHLO mail.example.net\r\n",
    53: bytes.fromhex("2a2a01000001000000000000") + b"\3www\7example\3net\0\0\1\0\1",
}
SYN, SYN_ACK, ACK, PUSH, FIN, RESET = 2, 18, 16, 24, 17, 20


@dataclass(frozen=True, slots=True)
class Shape:
    """Packets, flows, frame lengths with their weights, share of scanned ports, addresses."""

    packets: int
    flows: int
    lengths: dict[int, int]
    scanned: float
    clients: int
    servers: int


SHAPES = {
    "medium": Shape(2_000_000, 100_000, {60: 40, 590: 20, 1514: 40}, 0.06, 5_000, 9_000),
    "small": Shape(5_000_000, 1_000_000, {60: 50, 80: 30, 96: 20}, 0.5, 5_000, 200_000),
    "few": Shape(2_000_000, 1_000, {60: 35, 590: 15, 1514: 50}, 0.0, 120, 300),
}


class Flows:
    """The conversations: one array a property."""

    def __init__(self, shape: Shape, random: np.random.Generator) -> None:
        count = shape.flows
        self.protocol = random.choice([TCP, UDP, ICMP], count, p=[0.85, 0.14, 0.01])
        self.scanned = (random.random(count) < shape.scanned) & (self.protocol == TCP)
        self.ipv6 = random.random(count) < 0.15
        self.vlan = np.where(random.random(count) < 0.1, random.integers(2, 200, count), 0)
        self.client = random.integers(0, shape.clients, count)
        popular = (shape.servers * random.random(count) ** 3).astype(np.int64)
        anyone = random.integers(0, shape.servers, count)
        self.server = np.where(self.scanned, anyone, popular)
        self.client_port = random.integers(32_768, 61_000, count)
        self.server_port = np.zeros(count, np.int64)
        for protocol, weights in PORTS.items():
            chosen = np.flatnonzero(self.protocol == protocol)
            odds = np.array(list(weights.values())) / sum(weights.values())
            ports = random.choice(list(weights), len(chosen), p=odds)
            high = random.integers(1_024, 65_536, len(chosen))
            self.server_port[chosen] = np.where(ports == 0, high, ports)
        low = random.integers(1, 65_536, count)
        self.server_port = np.where(self.scanned, low, self.server_port)
        portless = self.protocol == ICMP
        self.client_port[portless] = self.server_port[portless] = 0
        self.packets = self._packets(shape, random)
        self.start = random.random(count) * 540
        # No pause is long enough to cut a flow.
        self.gap = np.minimum(random.lognormal(-3, 1, count), 50 / self.packets)
        self.isn = random.integers(0, 1 << 32, (2, count))

    def _packets(self, shape: Shape, random: np.random.Generator) -> np.ndarray:
        """Packets of each flow: a few elephants, many mice, and the total as it should be."""
        least = np.where(self.scanned, 2, np.where(self.protocol == TCP, 4, 1))
        weight = np.where(self.scanned, 0, random.lognormal(0, 1.2, shape.flows))
        rest = shape.packets - least.sum()
        packets = least + np.floor(weight / weight.sum() * rest).astype(np.int64)
        packets[np.argmax(weight)] += shape.packets - packets.sum()
        return packets


class Packets:
    """The packets in order of time: which flow, which of its packets, what it carries."""

    def __init__(self, shape: Shape, flows: Flows, random: np.random.Generator) -> None:
        flow = np.repeat(np.arange(shape.flows), flows.packets)
        begin = np.cumsum(flows.packets) - flows.packets
        number = np.arange(shape.packets) - begin[flow]
        left = flows.packets[flow] - 1 - number
        tcp, scanned = (flows.protocol == TCP)[flow], flows.scanned[flow]
        closes = tcp & ~scanned & (flows.packets >= 6)[flow]
        from_server = (random.random(shape.packets) < 0.5).astype(np.int64)
        from_server[(number == 0) | (tcp & (number <= 3))] = 0
        from_server[(number == 1) & ~(flows.protocol == ICMP)[flow]] = 1
        from_server[closes & (left == 0)] = 1
        flags = np.full(shape.packets, PUSH)
        flags[number == 0], flags[number == 1], flags[number == 2] = SYN, SYN_ACK, ACK
        flags[scanned & (number == 1)] = RESET
        flags[closes & (left <= 1)] = FIN
        silent = tcp & (flags != PUSH)
        self.header = 14 + 4 * (flows.vlan[flow] > 0) + np.where(flows.ipv6[flow], 40, 20)
        self.header += np.where(tcp, 20, 8)
        odds = np.array(list(shape.lengths.values())) / sum(shape.lengths.values())
        length = random.choice(list(shape.lengths), shape.packets, p=odds)
        self.payload = np.where(silent, 0, np.maximum(length - self.header, 0))
        opening = np.where(tcp, number == 3, number == 0) & ~scanned
        self.opening = np.zeros(shape.packets, np.int64)
        for port, data in OPENINGS.items():
            chosen = opening & (flows.server_port[flow] == port)
            self.opening[chosen] = port
            self.payload[chosen] = np.maximum(self.payload[chosen], len(data))
        moved = np.where(tcp, self.payload + np.isin(flags, (SYN, SYN_ACK, FIN)), 0)
        numbers = []
        for side in (0, 1):
            sent = self._before(np.where(from_server == side, moved, 0), begin[flow])
            numbers.append((flows.isn[side][flow] + sent) & 0xFFFFFFFF)
        time = flows.start[flow] + flows.gap[flow] * number
        order = np.argsort(time, kind="stable")
        self.time = time[order]
        self.flow, self.from_server, self.flags = flow[order], from_server[order], flags[order]
        self.header, self.payload = self.header[order], self.payload[order]
        self.opening = self.opening[order]
        swap = self.from_server == 1
        self.sequence = np.where(swap, numbers[1][order], numbers[0][order])
        self.acknowledgement = np.where(swap, numbers[0][order], numbers[1][order])
        self.acknowledgement[self.flags == SYN] = 0

    @staticmethod
    def _before(values: np.ndarray, begin: np.ndarray) -> np.ndarray:
        """Sum of the values of the same flow before each one."""
        total = np.cumsum(values) - values
        return total - total[begin]


def records(  # noqa: PLR0915 - one line a header field
    flows: Flows, packets: Packets, part: slice, noise: np.ndarray
) -> np.ndarray:
    """The bytes of the records of some packets."""
    flow, swap = packets.flow[part], packets.from_server[part] == 1
    header, payload = packets.header[part], packets.payload[part]
    length = np.maximum(header + payload, 60)
    place = np.concatenate([[0], np.cumsum(16 + length)])
    out = np.resize(noise, int(place[-1])).copy()
    place = place[:-1]

    def put(at: np.ndarray, value: np.ndarray, size: int, order: str = ">") -> None:
        data = np.ascontiguousarray(value.astype(f"{order}u{size}")).view(np.uint8)
        for byte, column in enumerate(data.reshape(-1, size).T):
            out[at + byte] = column

    micro = (packets.time[part] * 1e6).astype(np.int64)
    out[(place[:, None] + np.arange(HEADER)).ravel().clip(max=len(out) - 1)] = 0
    put(place, 1_700_000_000 + micro // 1_000_000, 4, "<")
    put(place + 4, micro % 1_000_000, 4, "<")
    put(place + 8, length, 4, "<")
    put(place + 12, length, 4, "<")
    frame = place + 16
    put(frame + 5, 1 + swap, 1)
    put(frame + 11, 2 - swap.astype(np.int64), 1)
    tagged = flows.vlan[flow] > 0
    put((frame + 12)[tagged], np.full(tagged.sum(), 0x8100), 2)
    put((frame + 14)[tagged], flows.vlan[flow][tagged], 2)
    ip = frame + 14 + 4 * tagged
    six, protocol = flows.ipv6[flow], flows.protocol[flow]
    put(ip - 2, np.where(six, 0x86DD, 0x0800), 2)
    client, server = flows.client[flow], flows.server[flow]
    source, target = np.where(swap, server, client), np.where(swap, client, server)
    nets = np.where(swap, 0x2D000000, 0x0A000000), np.where(swap, 0x0A000000, 0x2D000000)
    four = ~six
    ip_payload = header - (ip - frame) - np.where(six, 40, 20) + payload
    put(ip[four], np.full(four.sum(), 0x45), 1)
    put((ip + 2)[four], (20 + ip_payload)[four], 2)
    put((ip + 8)[four], np.full(four.sum(), 64), 1)
    put((ip + 9)[four], protocol[four], 1)
    put((ip + 12)[four], (nets[0] + source)[four], 4)
    put((ip + 16)[four], (nets[1] + target)[four], 4)
    put(ip[six], np.full(six.sum(), 0x60), 1)
    put((ip + 4)[six], ip_payload[six], 2)
    put((ip + 6)[six], np.where(protocol == ICMP, 58, protocol)[six], 1)
    put((ip + 7)[six], np.full(six.sum(), 64), 1)
    for at, net, host in ((8, nets[0], source), (24, nets[1], target)):
        put((ip + at)[six], np.full(six.sum(), 0x20010DB8), 4)
        put((ip + at + 8)[six], net[six], 4)
        put((ip + at + 12)[six], host[six], 4)
    body = ip + np.where(six, 40, 20)
    ports = flows.client_port[flow], flows.server_port[flow]
    carried = protocol != ICMP
    put(body[carried], np.where(swap, ports[1], ports[0])[carried], 2)
    put((body + 2)[carried], np.where(swap, ports[0], ports[1])[carried], 2)
    udp, tcp = protocol == UDP, protocol == TCP
    put((body + 4)[udp], (8 + payload)[udp], 2)
    put((body + 4)[tcp], packets.sequence[part][tcp], 4)
    put((body + 8)[tcp], packets.acknowledgement[part][tcp], 4)
    put((body + 12)[tcp], np.full(tcp.sum(), 0x50), 1)
    put((body + 13)[tcp], packets.flags[part][tcp], 1)
    put((body + 14)[tcp], np.full(tcp.sum(), 64_240), 2)
    asks = np.where(six, np.where(swap, 129, 128), np.where(swap, 0, 8))
    put(body[~carried], asks[~carried], 1)
    put((body + 4)[~carried], (flow & 0xFFFF)[~carried], 2)
    for port, data in OPENINGS.items():
        chosen = (frame + header)[packets.opening[part] == port]
        out[(chosen[:, None] + np.arange(len(data))).ravel()] = np.tile(
            np.frombuffer(data, np.uint8), len(chosen)
        )
    return out


def generate(shape: Shape, path: Path, seed: int = 1) -> None:
    """Write the capture of one shape."""
    random = np.random.default_rng(seed)
    flows = Flows(shape, random)
    packets = Packets(shape, flows, random)
    noise = random.integers(0, 256, 1 << 20, np.uint8)
    with path.open("wb") as file:
        file.write(bytes.fromhex("d4c3b2a1020004000000000000000000") + b"\0\0\4\0\1\0\0\0")
        for begin in range(0, shape.packets, CHUNK):
            file.write(records(flows, packets, slice(begin, begin + CHUNK), noise).data)


def main() -> None:
    """Read the command line and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=SHAPES)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    generate(SHAPES[options.kind], options.out, options.seed)


if __name__ == "__main__":
    main()
