#!/usr/bin/env python3
"""Writes one small capture for each container, link type and layer that the engine must read.

Same input, same bytes: running it again changes nothing.
"""

import gzip
import struct
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from samples import containers as c  # noqa: E402  the writers that all cases share
from samples import wire as w  # noqa: E402

CLIENT, SERVER = "10.1.0.1", "10.1.0.2"
CLIENT6, SERVER6 = "2001:db8:1::1", "2001:db8:1::2"
# A query for www.example.org, A, and its answer 192.0.2.80 (RFC 1035).
QUESTION = b"\x03www\x07example\x03org\0\0\x01\0\x01"
DNS_QUERY = bytes.fromhex("123401000001000000000000") + QUESTION
DNS_ANSWER = (
    bytes.fromhex("123481800001000100000000")
    + QUESTION
    + bytes.fromhex("c00c000100010000003c0004c0000250")
)


def web(client: str = CLIENT, server: str = SERVER, port: int = 40001) -> list[bytes]:
    """A complete HTTP conversation, ten packets."""
    talk = w.TcpConversation(client, server, (port, 80))
    return [
        *talk.handshake(),
        *talk.say(0, b"GET / HTTP/1.0\r\nHost: www.example.org\r\n\r\n"),
        *talk.say(1, b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nhi\n"),
        *talk.close(),
    ]


def dns(port: int = 40002) -> list[bytes]:
    """A DNS query and its answer."""
    query = w.udp(CLIENT, SERVER, (port, 53), DNS_QUERY)
    answer = w.udp(SERVER, CLIENT, (53, port), DNS_ANSWER)
    return [w.ipv4(CLIENT, SERVER, w.UDP, query), w.ipv4(SERVER, CLIENT, w.UDP, answer)]


def dns6(port: int = 40003) -> list[bytes]:
    """The same over IPv6."""
    query = w.udp(CLIENT6, SERVER6, (port, 53), DNS_QUERY)
    answer = w.udp(SERVER6, CLIENT6, (53, port), DNS_ANSWER)
    return [w.ipv6(CLIENT6, SERVER6, w.UDP, query), w.ipv6(SERVER6, CLIENT6, w.UDP, answer)]


def on_ethernet(packets: list[bytes]) -> list[bytes]:
    """Each packet in an Ethernet frame of its IP version."""
    return [w.ethernet(p, w.IPV6 if p[0] >> 4 == 6 else w.IPV4) for p in packets]


def transports() -> bytes:
    """TCP in all its states, UDP, SCTP, ICMP, ICMPv6: pcap, little-endian, microseconds."""
    refused = w.TcpConversation(CLIENT, SERVER, (41001, 81))
    refused_packets = [refused.send(0, w.SYN), refused.send(1, w.RST | w.ACK)]
    reset = w.TcpConversation(CLIENT, SERVER, (41002, 22))
    reset_packets = [
        *reset.handshake(),
        *reset.say(1, b"SSH-2.0-example\r\n"),
        reset.send(0, w.RST),
    ]
    midstream = w.TcpConversation(CLIENT, SERVER, (41003, 443))
    midstream_packets = [*midstream.say(1, b"\x17\x03\x03\0\x05hello"), *midstream.say(0, b"x")]
    unanswered = w.TcpConversation(CLIENT, "10.1.0.9", (41004, 8080))
    return c.pcap(
        on_ethernet(
            [
                *web(),
                *web(CLIENT6, SERVER6, 40004),
                *refused_packets,
                *reset_packets,
                *midstream_packets,
                unanswered.send(0, w.SYN),
                *dns(),
                *dns6(),
                *sctp_packets(),
                *icmp_packets(),
                *icmp6_packets(),
            ]
        )
    )


def sctp_packets() -> list[bytes]:
    """INIT, INIT ACK, COOKIE ECHO, COOKIE ACK on port 2905 (M3UA)."""
    init = struct.pack("!IIHHI", 0x11111111, 65535, 4, 4, 1)
    init_ack = struct.pack("!IIHHI", 0x22222222, 65535, 4, 4, 1) + b"\0\x07\0\x0ccookie!!"
    out = w.sctp((42001, 2905), 0, w.sctp_chunk(1, init))
    back = w.sctp((2905, 42001), 0x11111111, w.sctp_chunk(2, init_ack))
    echo = w.sctp((42001, 2905), 0x22222222, w.sctp_chunk(10, b"cookie!!"))
    done = w.sctp((2905, 42001), 0x11111111, w.sctp_chunk(11, b""))
    return [
        w.ipv4(CLIENT, SERVER, w.SCTP, out),
        w.ipv4(SERVER, CLIENT, w.SCTP, back),
        w.ipv4(CLIENT, SERVER, w.SCTP, echo),
        w.ipv4(SERVER, CLIENT, w.SCTP, done),
    ]


def icmp_packets() -> list[bytes]:
    """Echo request and reply, and a port unreachable that quotes a UDP datagram."""
    identity = struct.pack("!HH", 77, 1)
    probe = w.ipv4(CLIENT, SERVER, w.UDP, w.udp(CLIENT, SERVER, (43001, 9999), b"anybody?"))
    return [
        w.ipv4(CLIENT, SERVER, w.ICMP, w.icmp(8, 0, identity, b"abcdefgh")),
        w.ipv4(SERVER, CLIENT, w.ICMP, w.icmp(0, 0, identity, b"abcdefgh")),
        probe,
        w.ipv4(SERVER, CLIENT, w.ICMP, w.icmp(3, 3, b"\0\0\0\0", probe[:28])),
    ]


def icmp6_packets() -> list[bytes]:
    """Neighbour solicitation and advertisement, echo request and reply."""
    identity = struct.pack("!HH", 78, 1)
    solicited = "ff02::1:ff00:2"
    solicit = w.packed(SERVER6) + b"\x01\x01" + w.MAC_A
    advertise = w.packed(SERVER6) + b"\x02\x01" + w.MAC_B

    def packet(source: str, target: str, kind: int, rest: bytes, payload: bytes) -> bytes:
        body = w.icmp6(source, target, kind, 0, rest, payload)
        return w.ipv6(source, target, w.ICMP6, body)

    return [
        packet(CLIENT6, solicited, 135, b"\0\0\0\0", solicit),
        packet(SERVER6, CLIENT6, 136, b"\x60\0\0\0", advertise),
        packet(CLIENT6, SERVER6, 128, identity, b"abcdefgh"),
        packet(SERVER6, CLIENT6, 129, identity, b"abcdefgh"),
    ]


def ip_protocols() -> bytes:
    """GRE, IP-in-IP, 6in4, ESP, AH, OSPF, IGMP, a protocol without a name, and IP options."""
    inside = w.ipv4("172.16.0.1", "172.16.0.2", w.UDP,
                    w.udp("172.16.0.1", "172.16.0.2", (44001, 53), DNS_QUERY))  # fmt: skip
    inside6 = dns6(44002)[0]
    esp = struct.pack("!II", 0x1001, 1) + bytes(range(48))
    datagram = w.udp(CLIENT, SERVER, (44003, 53), DNS_QUERY)
    ah = struct.pack("!BBHII", w.UDP, 4, 0, 0x2002, 1) + bytes(range(12)) + datagram
    ospf = struct.pack("!BBH4s4sHHQ", 2, 1, 44, w.packed(CLIENT), b"\0\0\0\0", 0, 0, 0)
    hello = struct.pack("!4sHBBI4s4s", b"\xff\xff\xff\0", 10, 2, 1, 40, b"\0" * 4, b"\0" * 4)
    ospf = ospf[:12] + struct.pack("!H", w.checksum(ospf[:16] + hello)) + ospf[14:] + hello
    group = "239.1.2.3"
    igmp = struct.pack("!BBH4s", 0x16, 0, 0, w.packed(group))
    igmp = igmp[:2] + struct.pack("!H", w.checksum(igmp)) + igmp[4:]
    routed = w.udp(CLIENT, SERVER, (44004, 53), DNS_QUERY)
    router_alert = bytes.fromhex("94040000")
    packets = [
        w.ipv4(CLIENT, SERVER, 47, struct.pack("!HH", 0, w.IPV4) + inside),
        w.ipv4(CLIENT, SERVER, 4, inside),
        w.ipv4(CLIENT, SERVER, 41, inside6),
        w.ipv4(CLIENT, SERVER, 50, esp),
        w.ipv4(CLIENT, SERVER, 51, ah),
        w.ipv4(CLIENT, "224.0.0.5", 89, ospf),
        w.ipv4(CLIENT, group, 2, igmp, options=router_alert),
        w.ipv4(CLIENT, SERVER, 253, b"nobody knows what this is"),
        w.ipv4(SERVER, CLIENT, 253, b"nor this"),
        # Record route (RFC 791) in front of an ordinary datagram.
        w.ipv4(CLIENT, SERVER, w.UDP, routed, options=b"\x07\x07\x04" + bytes(4) + b"\0"),
    ]
    return c.pcap(on_ethernet(packets))


def fragments() -> bytes:
    """Datagrams in pieces: head first, head last, without a head; IPv4 and IPv6."""
    big = bytes(range(256)) * 6
    pieces = [
        *pieces4(w.udp(CLIENT, SERVER, (45001, 5001), big), 101),
        *reversed(pieces4(w.udp(CLIENT, SERVER, (45002, 5002), big), 102)),
        *pieces4(w.udp(CLIENT, SERVER, (45003, 5003), big), 103)[1:],
        *pieces6(w.udp(CLIENT6, SERVER6, (45004, 5004), big), 104),
    ]
    return c.pcap(on_ethernet(pieces))


def pieces4(datagram: bytes, identification: int, size: int = 600) -> list[bytes]:
    """The IPv4 fragments of a datagram."""
    return [
        w.ipv4(CLIENT, SERVER, w.UDP, datagram[at : at + size], identification=identification,
               offset=at, more=at + size < len(datagram))
        for at in range(0, len(datagram), size)
    ]  # fmt: skip


def pieces6(datagram: bytes, identification: int, size: int = 600) -> list[bytes]:
    """The IPv6 fragments of a datagram."""
    out = []
    for at in range(0, len(datagram), size):
        more = at + size < len(datagram)
        head = w.fragment_header(w.UDP, at, more=more, identification=identification)
        out.append(w.ipv6(CLIENT6, SERVER6, 44, head + datagram[at : at + size]))
    return out


def ipv6_extensions() -> bytes:
    """Each extension header, one after another, and all of them in a row."""
    routing = bytes([0, 0, 0, 0, 0, 0])  # type 0, no segments left, without addresses
    hop, route, fragment, destination = 0, 43, 44, 60

    def query(port: int) -> bytes:
        return w.udp(CLIENT6, SERVER6, (port, 53), DNS_QUERY)

    chain = (
        w.extension(destination)
        + w.extension(route)
        + w.extension(fragment, routing)
        + w.fragment_header(destination, 0, more=False)
        + w.extension(w.UDP)
    )
    packets = [
        w.ipv6(CLIENT6, SERVER6, hop, w.extension(w.UDP) + query(46001)),
        w.ipv6(CLIENT6, SERVER6, route, w.extension(w.UDP, routing) + query(46002)),
        w.ipv6(CLIENT6, SERVER6, fragment, w.fragment_header(w.UDP, 0, more=False) + query(46003)),
        w.ipv6(CLIENT6, SERVER6, destination, w.extension(w.UDP) + query(46004)),
        w.ipv6(CLIENT6, SERVER6, hop, chain + query(46005)),
        w.ipv6(CLIENT6, SERVER6, 59, b""),  # no next header
    ]
    return c.pcap(on_ethernet(packets))


def non_ip() -> bytes:
    """ARP, LLDP, EAPOL and spanning tree."""
    arp = struct.pack("!HHBBH", 1, w.IPV4, 6, 4, 1)
    request = arp + w.MAC_A + w.packed(CLIENT) + bytes(6) + w.packed(SERVER)
    reply = arp[:7] + b"\x02" + w.MAC_B + w.packed(SERVER) + w.MAC_A + w.packed(CLIENT)
    lldp = bytes.fromhex("0207 04") + w.MAC_A + bytes.fromhex("0403 07 3031 0602 0078 0000")
    eapol_start = bytes.fromhex("01010000")
    bridge = bytes.fromhex("8000") + w.MAC_A
    stp = bytes.fromhex("424203 0000 00 00 00") + bridge + bytes(4) + bridge
    stp += bytes.fromhex("8001 0000 1400 0200 0f00")
    return c.pcap(
        [
            w.ethernet(request, w.ARP),
            w.ethernet(reply, w.ARP),
            w.ethernet(lldp, 0x88CC),
            w.ethernet(eapol_start, 0x888E),
            w.ethernet_802_3("0180c2000000", stp),
        ]
    )


def vlans() -> bytes:
    """The same conversation on VLAN 10, on VLAN 20 and on VLAN 20 within service VLAN 100."""
    frames = []
    for tags in ((10,), (20,), (100, 20)):
        frames += [w.ethernet(packet, vlans=tags) for packet in web()]
    return c.pcap(frames)


def snaplen() -> bytes:
    """Everything cut at 60 bytes: headers whole, payload not."""
    return c.pcap(on_ethernet(web() + dns()), snaplen=60)


def link_types() -> dict[str, bytes]:
    """The same twelve packets, and two of IPv6 where it fits, on every other link type."""
    v4 = web() + dns()
    both = v4 + dns6()
    family_v4, family_v6 = 2, 30  # AF_INET everywhere; AF_INET6 of macOS

    def family(packet: bytes) -> int:
        return family_v6 if packet[0] >> 4 == 6 else family_v4

    def ethertype(packet: bytes) -> int:
        return w.IPV6 if packet[0] >> 4 == 6 else w.IPV4

    return {
        "link-null.pcap": c.pcap([struct.pack("<I", family(p)) + p for p in both], c.NULL),
        "link-null-big-endian.pcap": c.pcap(
            [struct.pack(">I", family(p)) + p for p in both], c.NULL, order=">"
        ),
        "link-loop.pcap": c.pcap([struct.pack(">I", family(p)) + p for p in both], c.LOOP),
        "link-raw-101.pcap": c.pcap(both, c.RAW),
        "link-raw-12.pcap": c.pcap(both, c.DLT_RAW_12),
        "link-ipv4.pcap": c.pcap(v4, c.IPV4_ONLY),
        "link-ipv6.pcap": c.pcap(dns6(), c.IPV6_ONLY),
        "link-sll.pcap": c.pcap([w.sll(p, ethertype(p)) for p in both], c.SLL),
        "link-sll2.pcap": c.pcap([w.sll2(p, ethertype(p)) for p in both], c.SLL2),
        "link-ppp.pcap": c.pcap(
            [b"\xff\x03" + (b"\0\x57" if p[0] >> 4 == 6 else b"\0\x21") + p for p in both], c.PPP
        ),
    }


def two_interfaces() -> bytes:
    """Ethernet in microseconds (the default) and raw IP in nanoseconds, taking turns."""
    s = c.Section()
    out = [
        s.header((4, b"samples/wire-formats/make.py"), c.comment("two kinds of interface")),
        s.interface(c.EN10MB, c.interface_name("eth0"), c.interface_description("office")),
        s.interface(c.RAW, c.interface_name("tun0"), c.resolution(9)),
    ]
    for count, packet in enumerate(web()):
        micro = c.EPOCH * 1_000_000 + count * 2000
        nano = c.EPOCH * 1_000_000_000 + count * 2_000_000 + 1_000_001
        out.append(s.packet(w.ethernet(packet), micro, interface=0))
        out.append(s.packet(web("10.2.0.1", "10.2.0.2")[count], nano, interface=1))
    out.append(s.statistics(c.EPOCH * 1_000_000 + 20_000, received=10, dropped=0))
    out.append(s.statistics((c.EPOCH + 1) * 1_000_000_000, received=12, dropped=2, interface=1))
    return b"".join(out)


def base_two() -> bytes:
    """Time in units of 2^-10 s, with an offset of the whole epoch: packet n at n/1024 s."""
    s = c.Section()
    out = [s.header(), s.interface(c.EN10MB, c.resolution(0x80 | 10), c.time_offset(c.EPOCH))]
    out += [s.packet(frame, count) for count, frame in enumerate(on_ethernet(web()))]
    return b"".join(out)


def sections() -> bytes:
    """Three sections: little-endian, big-endian, little-endian; each counts interfaces anew."""
    out = []
    for number, order in enumerate("<><"):
        s = c.Section(order)
        out += [s.header(c.comment(f"section {number}"))]
        if number == 1:  # here interface 0 is raw IP
            out += [s.interface(c.RAW), s.interface(c.EN10MB)]
        else:
            out += [s.interface(c.EN10MB)]
        start = (c.EPOCH + number) * 1_000_000
        for count, packet in enumerate(web(port=47001 + number)):
            raw = number == 1 and count % 2 == 0
            frame = packet if raw else w.ethernet(packet)
            interface = 1 if number == 1 and not raw else 0
            out.append(s.packet(frame, start + count, interface=interface))
    return b"".join(out)


def block_kinds() -> bytes:
    """Comments, names, statistics, simple and obsolete packets, unknown and custom blocks."""
    s = c.Section()
    start = c.EPOCH * 1_000_000
    first, second, third, *rest = on_ethernet(web())
    out = [
        s.header((2, b"a virtual machine"), (3, b"Debian 12"), c.comment("every kind of block")),
        s.interface(c.EN10MB, c.interface_name("eth0"), snaplen=0),  # 0: no limit
        s.names(w.packed(SERVER), "www.example.org"),
        s.packet(first, start, c.comment("the first SYN"), c.comment("a second comment")),
        s.block(0xDEAD, b"a block type that nobody registered"),
        s.simple_packet(second),
        s.obsolete_packet(third, start + 2),
        s.block(0x80000ABC, b"local use"),
        s.block(0xBAD, struct.pack("<I", 32473) + b"custom, RFC 5612 example number"),
        s.packet(rest[0], start + 3, (2, struct.pack("<I", 1))),  # epb_flags: inbound
    ]
    out += [s.packet(frame, start + 4 + count) for count, frame in enumerate(rest[1:])]
    out += [s.statistics(start + 100, received=10, dropped=3)]
    return b"".join(out)


def main() -> None:
    """Write every file beside this script."""
    ordinary = c.pcap(on_ethernet(web() + dns()))
    files = {
        "transports.pcap": transports(),
        "ip-protocols.pcap": ip_protocols(),
        "fragments.pcap": fragments(),
        "ipv6-extensions.pcap": ipv6_extensions(),
        "non-ip.pcap": non_ip(),
        "vlans.pcap": vlans(),
        "snaplen.pcap": snaplen(),
        "nanoseconds-big-endian.pcap": c.pcap(
            on_ethernet(web() + dns()), order=">", nanoseconds=True
        ),
        "gzip.pcap.gz": gzip.compress(ordinary, mtime=0),
        **link_types(),
        "two-interfaces.pcapng": two_interfaces(),
        "base-two.pcapng": base_two(),
        "sections.pcapng": sections(),
        "block-kinds.pcapng": block_kinds(),
    }
    for name, content in files.items():
        (HERE / name).write_bytes(content)


if __name__ == "__main__":
    main()
