#!/usr/bin/env python3
"""One end of a GRE or IP-in-IP tunnel in user space.

The kernel can do this too, but not every kernel was built with it. What is sent is the same:
RFC 2784 GRE without key or checksum, or RFC 2003 IP-in-IP, carrying whatever the kernel routes
into the TUN interface.

    tunnel.py gre|ipip INTERFACE LOCAL REMOTE
"""

import fcntl
import os
import select
import socket
import struct
import sys

TUNSETIFF = 0x400454CA
IFF_TUN = 0x0001
IFF_NO_PI = 0x1000
GRE_HEADER = struct.pack("!HH", 0, 0x0800)
PROTOCOLS = {"gre": (47, GRE_HEADER), "ipip": (4, b"")}


def open_tun(name: str) -> int:
    """Create the TUN interface `name`; the file descriptor carries bare IP packets."""
    tun = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    return tun


def without_ip_header(packet: bytes) -> bytes:
    """A raw socket receives the outer IPv4 header too."""
    return packet[(packet[0] & 0x0F) * 4 :]


def carry(tun: int, wire: socket.socket, header: bytes, remote: str) -> None:
    """Copy packets both ways until killed."""
    while True:
        ready, _, _ = select.select([tun, wire.fileno()], [], [])
        if tun in ready:
            wire.sendto(header + os.read(tun, 65535), (remote, 0))
        if wire.fileno() in ready:
            packet, (sender, _) = wire.recvfrom(65535)
            payload = without_ip_header(packet)
            if sender == remote and payload.startswith(header):
                os.write(tun, payload[len(header) :])


def main() -> None:
    """Read the four arguments and carry."""
    kind, interface, local, remote = sys.argv[1:]
    number, header = PROTOCOLS[kind]
    tun = open_tun(interface)
    wire = socket.socket(socket.AF_INET, socket.SOCK_RAW, number)
    wire.bind((local, 0))
    carry(tun, wire, header, remote)


if __name__ == "__main__":
    main()
