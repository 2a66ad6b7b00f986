"""Builds frames byte by byte, with correct lengths and checksums, for the written captures.

Each function returns bytes and takes its payload as bytes: a frame is read from the inside out.
Only the standard library, so that nobody has to trust a packet library to test one.
"""

import ipaddress
import struct

TCP, UDP, ICMP, ICMP6, SCTP = 6, 17, 1, 58, 132
FIN, SYN, RST, PSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10
IPV4, IPV6, ARP = 0x0800, 0x86DD, 0x0806
MAC_A = bytes.fromhex("020000000001")
MAC_B = bytes.fromhex("020000000002")


def checksum(data: bytes) -> int:
    """The internet checksum, RFC 1071."""
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def crc32c(data: bytes) -> int:
    """The checksum of SCTP, RFC 9260 appendix A."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def packed(address: str) -> bytes:
    """An IPv4 or IPv6 address in network order."""
    return ipaddress.ip_address(address).packed


def pseudo_header(source: str, target: str, protocol: int, length: int) -> bytes:
    """What the checksums of TCP, UDP and ICMPv6 cover besides themselves."""
    if ":" in source:
        return packed(source) + packed(target) + struct.pack("!I3xB", length, protocol)
    return packed(source) + packed(target) + struct.pack("!BBH", 0, protocol, length)


# ---- link layer ----


def ethernet(payload: bytes, ethertype: int = IPV4, *, vlans: tuple[int, ...] = ()) -> bytes:
    """Ethernet II; `vlans` from the outside in, the outer of two with the tag of 802.1ad."""
    tags = b""
    for depth, vlan in enumerate(vlans):
        outer = depth + 1 < len(vlans)
        tags += struct.pack("!HH", 0x88A8 if outer else 0x8100, vlan)
    return MAC_B + MAC_A + tags + struct.pack("!H", ethertype) + payload


def ethernet_802_3(target: str, payload: bytes) -> bytes:
    """An IEEE 802.3 frame: a length where Ethernet II has its type."""
    frame = bytes.fromhex(target) + MAC_A + struct.pack("!H", len(payload)) + payload
    return frame.ljust(60, b"\0")


def sll(payload: bytes, ethertype: int = IPV4) -> bytes:
    """Linux cooked capture version 1, an outgoing packet of an Ethernet device."""
    return struct.pack("!HHH8sH", 4, 1, 6, MAC_A + b"\0\0", ethertype) + payload


def sll2(payload: bytes, ethertype: int = IPV4) -> bytes:
    """Linux cooked capture version 2, from interface 3."""
    return struct.pack("!HHIHBB8s", ethertype, 0, 3, 1, 4, 6, MAC_A + b"\0\0") + payload


# ---- network layer ----


def ipv4(
    source: str,
    target: str,
    protocol: int,
    payload: bytes,
    *,
    identification: int = 1,
    offset: int = 0,
    more: bool = False,
    options: bytes = b"",
) -> bytes:
    """IPv4; `offset` in bytes, `options` padded to four bytes."""
    options = options.ljust((len(options) + 3) // 4 * 4, b"\0")
    fragment = (0x2000 if more else 0) | offset // 8
    length = 20 + len(options)
    head = struct.pack(
        "!BBHHHBBH4s4s",
        0x40 | length // 4, 0, length + len(payload), identification, fragment,
        64, protocol, 0, packed(source), packed(target),
    )  # fmt: skip
    value = checksum(head + options)
    return head[:10] + struct.pack("!H", value) + head[12:] + options + payload


def ipv6(source: str, target: str, following: int, payload: bytes) -> bytes:
    """IPv6; extension headers are the front of the payload."""
    head = struct.pack("!IHBB", 6 << 28, len(payload), following, 64)
    return head + packed(source) + packed(target) + payload


def extension(following: int, body: bytes = b"\x01\x04\0\0\0\0") -> bytes:
    """Hop-by-hop, destination options (default: padding) or routing header; body of 6+8n bytes."""
    return bytes([following, (len(body) + 2) // 8 - 1]) + body


def fragment_header(following: int, offset: int, *, more: bool, identification: int = 7) -> bytes:
    """The IPv6 fragment header; `offset` in bytes."""
    return struct.pack("!BBHI", following, 0, offset | more, identification)


# ---- transport layer ----


def tcp(
    source: str,
    target: str,
    ports: tuple[int, int],
    flags: int,
    seq: int = 0,
    ack: int = 0,
    payload: bytes = b"",
) -> bytes:
    """A TCP segment without options."""
    head = struct.pack("!HHIIBBHHH", *ports, seq, ack, 5 << 4, flags, 64240, 0, 0)
    pseudo = pseudo_header(source, target, TCP, len(head) + len(payload))
    value = checksum(pseudo + head + payload)
    return head[:16] + struct.pack("!H", value) + head[18:] + payload


def udp(source: str, target: str, ports: tuple[int, int], payload: bytes) -> bytes:
    """A UDP datagram."""
    head = struct.pack("!HHH", *ports, 8 + len(payload))
    pseudo = pseudo_header(source, target, UDP, 8 + len(payload))
    value = checksum(pseudo + head + b"\0\0" + payload) or 0xFFFF
    return head + struct.pack("!H", value) + payload


def icmp(kind: int, code: int, rest: bytes, payload: bytes = b"") -> bytes:
    """ICMP; `rest` are the four bytes after the checksum."""
    value = checksum(struct.pack("!BBH", kind, code, 0) + rest + payload)
    return struct.pack("!BBH", kind, code, value) + rest + payload


def icmp6(
    source: str, target: str, kind: int, code: int, rest: bytes, payload: bytes = b""
) -> bytes:
    """ICMPv6, whose checksum covers the addresses."""
    body = struct.pack("!BBH", kind, code, 0) + rest + payload
    value = checksum(pseudo_header(source, target, ICMP6, len(body)) + body)
    return body[:2] + struct.pack("!H", value) + body[4:]


def sctp(ports: tuple[int, int], tag: int, *chunks: bytes) -> bytes:
    """An SCTP packet of ready chunks."""
    head = struct.pack("!HHI", *ports, tag)
    body = b"".join(chunks)
    return head + struct.pack("<I", crc32c(head + b"\0\0\0\0" + body)) + body


def sctp_chunk(kind: int, body: bytes, flags: int = 0) -> bytes:
    """One chunk, padded to four bytes."""
    length = 4 + len(body)
    return struct.pack("!BBH", kind, flags, length) + body + b"\0" * (-length % 4)


# ---- a whole conversation ----


class TcpConversation:
    """Keeps the sequence numbers of a conversation; each method returns one IP packet."""

    def __init__(self, client: str, server: str, ports: tuple[int, int], isn: int = 1000) -> None:
        """The client speaks from the first port to the second."""
        self.ends = (client, server)
        self.ports = ports
        self.next = [isn, isn + 50_000]

    def send(self, side: int, flags: int, payload: bytes = b"") -> bytes:
        """A segment from the client (side 0) or the server (side 1)."""
        source, target = self.ends[side], self.ends[1 - side]
        ports = self.ports if side == 0 else self.ports[::-1]
        acknowledged = self.next[1 - side] if flags & ACK else 0
        segment = tcp(source, target, ports, flags, self.next[side], acknowledged, payload)
        self.next[side] += len(payload) + bool(flags & SYN) + bool(flags & FIN)
        if ":" in source:
            return ipv6(source, target, TCP, segment)
        return ipv4(source, target, TCP, segment)

    def handshake(self) -> list[bytes]:
        """SYN, SYN-ACK, ACK."""
        return [self.send(0, SYN), self.send(1, SYN | ACK), self.send(0, ACK)]

    def say(self, side: int, payload: bytes) -> list[bytes]:
        """Data and its acknowledgement."""
        return [self.send(side, PSH | ACK, payload), self.send(1 - side, ACK)]

    def close(self) -> list[bytes]:
        """FIN from the client, FIN from the server, the last ACK."""
        return [self.send(0, FIN | ACK), self.send(1, FIN | ACK), self.send(0, ACK)]
