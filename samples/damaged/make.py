#!/usr/bin/env python3
"""Writes captures that are broken, each in one way, or that hold hostile text.

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
MARKUP = "<script>alert(1)</script><img src=x onerror=alert(2)>"
TERMINAL = "\x1b[31mred\x1b]0;title\x07\x1b[2J"
FORMULA = "=cmd|' /C calc'!A0"
FORMULAS = ("+1+1", "-1+1", "@SUM(1)", "\t=1", "\r=1")
BACKWARDS = "gpj.\u202eexe.evil"  # right-to-left override


def datagrams(count: int) -> list[bytes]:
    """So many NTP-sized datagrams on Ethernet, 90 bytes each."""
    return [
        w.ethernet(w.ipv4(CLIENT, SERVER, w.UDP,
                          w.udp(CLIENT, SERVER, (50000 + n, 123), b"\x23" + bytes(47))))
        for n in range(count)
    ]  # fmt: skip


def records(frames: list[bytes]) -> list[bytes]:
    """Their pcap records, a millisecond apart."""
    return [c.pcap_record(frame, 1000 * n) for n, frame in enumerate(frames)]


def cut_mid_record() -> bytes:
    """Seven whole packets; the file ends within the data of the eighth."""
    whole = records(datagrams(8))
    return c.pcap_header(c.EN10MB) + b"".join(whole)[:-30]


def cut_in_record_header() -> bytes:
    """Seven packets, then half a record header."""
    whole = records(datagrams(8))
    return c.pcap_header(c.EN10MB) + b"".join(whole[:7]) + whole[7][:9]


def huge_captured_length() -> bytes:
    """Five packets, then a record that claims 256 MiB; nobody may allocate them."""
    good = records(datagrams(7))
    lie = struct.pack("<IIII", c.EPOCH, 5000, 0x10000000, 0x10000000)
    return c.pcap_header(c.EN10MB) + b"".join(good[:5]) + lie + good[5][16:] + good[6]


def captured_over_original() -> bytes:
    """The second record was captured longer than the packet was: 90 bytes of 40."""
    first, second, third = datagrams(3)
    return (
        c.pcap_header(c.EN10MB)
        + c.pcap_record(first, 0)
        + c.pcap_record(second, 1000, original=40)
        + c.pcap_record(third, 2000)
    )


def no_interfaces() -> bytes:
    """A packet of interface 0 in a section that describes none."""
    s = c.Section()
    return s.header() + s.packet(datagrams(1)[0], c.EPOCH * 1_000_000)


def wrong_interface() -> bytes:
    """One good packet, one of interface 5, one good packet."""
    s = c.Section()
    start = c.EPOCH * 1_000_000
    first, second, third = datagrams(3)
    return (
        s.header()
        + s.interface(c.EN10MB)
        + s.packet(first, start)
        + s.packet(second, start + 1, interface=5)
        + s.packet(third, start + 2)
    )


def section(count: int) -> list[bytes]:
    """The blocks of a sound pcapng with so many packets."""
    s = c.Section()
    packets = [s.packet(f, c.EPOCH * 1_000_000 + n) for n, f in enumerate(datagrams(count))]
    return [s.header(), s.interface(c.EN10MB), *packets]


def tail_length_lie() -> bytes:
    """The third packet block says another length at its end than at its start."""
    blocks = section(4)
    blocks[4] = blocks[4][:-4] + struct.pack("<I", len(blocks[4]) + 8)
    return b"".join(blocks)


def small_block_length() -> bytes:
    """The third packet block claims 8 bytes, less than a block can have."""
    blocks = section(4)
    blocks[4] = blocks[4][:4] + struct.pack("<I", 8) + blocks[4][8:]
    return b"".join(blocks)


def huge_block_length() -> bytes:
    """The third packet block claims 2 GiB."""
    blocks = section(4)
    blocks[4] = blocks[4][:4] + struct.pack("<I", 0x7FFFFFFC) + blocks[4][8:]
    return b"".join(blocks)


def captured_over_block() -> bytes:
    """The second packet block claims more captured bytes than it has."""
    blocks = section(3)
    at = 20
    blocks[3] = blocks[3][:at] + struct.pack("<I", 4000) + blocks[3][at + 4 :]
    return b"".join(blocks)


def lying_headers() -> bytes:
    """Headers that lie, each followed by nothing that could help; sound packets at both ends."""
    udp = w.udp(CLIENT, SERVER, (51000, 9), b"payload.")
    tcp = w.tcp(CLIENT, SERVER, (51001, 80), w.SYN)
    sound = w.ipv4(CLIENT, SERVER, w.UDP, udp)
    segment = w.ipv4(CLIENT, SERVER, w.TCP, tcp)
    sound6 = w.ipv6("2001:db8:1::1", "2001:db8:1::2", 59, b"")
    short_header = b"\x43" + sound[1:]
    wrong_version = b"\x55" + sound[1:]
    long_total = sound[:2] + struct.pack("!H", 1500) + sound[4:]
    short_total = sound[:2] + struct.pack("!H", 12) + sound[4:]
    tcp_offset = segment[:32] + b"\x30" + segment[33:]
    tcp_long_offset = segment[:32] + b"\xf0" + segment[33:]
    udp_long = sound[:24] + struct.pack("!H", 4000) + sound[26:]
    udp_short = sound[:24] + struct.pack("!H", 3) + sound[26:]
    packets = [
        sound, short_header, wrong_version, long_total, short_total,
        tcp_offset, tcp_long_offset, udp_long, udp_short, sound[:25],
    ]  # fmt: skip
    frames = [w.ethernet(packet) for packet in packets]
    frames += [
        w.ethernet(sound6[:4] + struct.pack("!H", 900) + sound6[6:], w.IPV6),
        w.ethernet(sound6[:20], w.IPV6),
        w.ethernet(b"", w.IPV4),
        w.MAC_B,  # not even a whole Ethernet header
        b"",
        w.ethernet(sound),
    ]
    return c.pcap(frames)


def hostile_text() -> bytes:
    """Comments and names that attack what shows them: HTML, terminals, spreadsheets."""
    s = c.Section()
    start = c.EPOCH * 1_000_000
    first, second, third, *rest = datagrams(8)
    name = MARKUP.replace(" ", "_")
    out = [
        s.header(
            c.comment(MARKUP), (2, TERMINAL.encode()), (3, FORMULA.encode()), (4, b"\xff\xfe")
        ),
        s.interface(c.EN10MB, c.interface_name(MARKUP), c.interface_description(TERMINAL)),
        s.interface(c.EN10MB, c.interface_name(FORMULA), c.interface_description("../../etc/x")),
        s.names(w.packed(SERVER), name),
        s.packet(first, start, c.comment(MARKUP)),
        s.packet(second, start + 1, c.comment(TERMINAL), interface=1),
        s.packet(third, start + 2, c.comment(BACKWARDS)),
    ]
    for n, (frame, text) in enumerate(zip(rest, FORMULAS, strict=True)):
        out.append(s.packet(frame, start + 3 + n, c.comment(text)))
    out.append(s.packet(hostile_dns(), start + 20, (c.COMMENT, b"not UTF-8: \xff\xfe\x80")))
    out.append(s.packet(hostile_http(), start + 21))
    return b"".join(out)


def hostile_dns() -> bytes:
    """A DNS question whose labels are markup."""
    label = b"<b>x</b>"
    question = bytes([len(label)]) + label + b"\x07=1+1|cm\0\0\x01\0\x01"
    query = bytes.fromhex("432101000001000000000000") + question
    return w.ethernet(w.ipv4(CLIENT, SERVER, w.UDP, w.udp(CLIENT, SERVER, (52000, 53), query)))


def hostile_http() -> bytes:
    """An HTTP request whose Host and User-Agent are hostile."""
    host, agent = MARKUP.encode(), TERMINAL.encode()
    text = b"GET / HTTP/1.1\r\nHost: " + host + b"\r\nUser-Agent: " + agent + b"\r\n\r\n"
    segment = w.tcp(CLIENT, SERVER, (52001, 80), w.PSH | w.ACK, 1, 1, text)
    return w.ethernet(w.ipv4(CLIENT, SERVER, w.TCP, segment))


def main() -> None:
    """Write every file beside this script."""
    sound = c.pcap(datagrams(200))
    packed = gzip.compress(sound, mtime=0)
    files = {
        "empty.pcap": b"",
        "text.pcap": b"this is not a capture, only a line of text\n",
        "magic-only.pcap": c.pcap_header(c.EN10MB)[:4],
        "header-only.pcap": c.pcap_header(c.EN10MB),
        "cut-mid-record.pcap": cut_mid_record(),
        "cut-in-record-header.pcap": cut_in_record_header(),
        "huge-captured-length.pcap": huge_captured_length(),
        "captured-over-original.pcap": captured_over_original(),
        "unknown-link-type.pcap": c.pcap(datagrams(3), c.USER0),
        "cut.pcap.gz": packed[: len(packed) * 2 // 3],
        "no-interfaces.pcapng": no_interfaces(),
        "wrong-interface.pcapng": wrong_interface(),
        "cut-mid-block.pcapng": b"".join(section(4))[:-50],
        "tail-length-lie.pcapng": tail_length_lie(),
        "small-block-length.pcapng": small_block_length(),
        "huge-block-length.pcapng": huge_block_length(),
        "captured-over-block.pcapng": captured_over_block(),
        "lying-headers.pcap": lying_headers(),
        "hostile-text.pcapng": hostile_text(),
    }
    for name, content in files.items():
        (HERE / name).write_bytes(content)


if __name__ == "__main__":
    main()
