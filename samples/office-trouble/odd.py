#!/usr/bin/env python3
"""Services that nobody knows, and two mail protocols that nobody serves any more.

odd.py serve                         all servers, until killed
odd.py talk ADDRESS TIMES            the unknown binary protocol on 23456/tcp
odd.py beacon ADDRESS TIMES SECONDS  a short report to 4444/tcp, again and again
odd.py lines ADDRESS PORT LINE...    read a line, send a line (POP2, IMAP3, 12345/tcp)
odd.py protocol ADDRESS NUMBER       three packets of a bare IP protocol number
"""

import hashlib
import socket
import socketserver
import sys
import threading
import time

TIMEOUT = 5.0

# What the server says on connection, and then after each line that it gets.
POP2 = [  # RFC 937
    b"+ POP2 srv1 server ready\r\n",
    b"#2 messages\r\n",
    b"=537 characters in message 1\r\n",
    b"+ OK bye\r\n",
]
IMAP3 = [  # RFC 1203
    b"* OK srv1 IMAP3 server ready\r\n",
    b"A001 OK LOGIN completed\r\n",
    b"* 2 EXISTS\r\nA002 OK SELECT completed\r\n",
    b"A003 OK LOGOUT completed\r\n",
]
CONTROL = [b"ready\n", b"ok 0\n", b"ok 1\n"]
LINE_SERVICES = {109: POP2, 220: IMAP3, 12345: CONTROL}


def noise(seed: str, length: int) -> bytes:
    """Bytes that look like nothing, the same in every run."""
    blocks = (hashlib.sha256(f"{seed} {i}".encode()).digest() for i in range(length // 32 + 1))
    return b"".join(blocks)[:length]


class LineHandler(socketserver.StreamRequestHandler):
    """Greets, then answers line by line."""

    def handle(self) -> None:
        """Send the answers that belong to the port."""
        answers = LINE_SERVICES[self.request.getsockname()[1]]
        self.wfile.write(answers[0])
        for answer in answers[1:]:
            if not self.rfile.readline():
                return
            self.wfile.write(answer)


class NoiseHandler(socketserver.StreamRequestHandler):
    """The unknown service: frames of a length byte and as many bytes."""

    def handle(self) -> None:
        """Answer each frame with one three times as long."""
        count = 0
        while length := self.rfile.read(1):
            self.rfile.read(length[0])
            count += 1
            self.wfile.write(bytes([length[0] * 3]) + noise(f"answer {count}", length[0] * 3))


class BeaconHandler(socketserver.StreamRequestHandler):
    """Takes a report and says one byte."""

    def handle(self) -> None:
        """Read to the end of the report, acknowledge."""
        self.rfile.read(48)
        self.wfile.write(b"\x06")


class Server(socketserver.ThreadingTCPServer):
    """A threading server whose port may be taken again at once."""

    allow_reuse_address = True
    daemon_threads = True


def answer_protocol(number: int) -> None:
    """Send back, changed, what arrives with a bare IP protocol number."""
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, number)
    while True:
        packet, sender = raw.recvfrom(65535)
        payload = packet[(packet[0] & 0x0F) * 4 :]
        raw.sendto(payload[::-1], sender)


def serve() -> None:
    """Start every server, each in its thread."""
    handlers: dict[int, type[socketserver.StreamRequestHandler]] = {
        23456: NoiseHandler,
        4444: BeaconHandler,
        **dict.fromkeys(LINE_SERVICES, LineHandler),
    }
    for port, handler in handlers.items():
        threading.Thread(target=Server(("", port), handler).serve_forever).start()
    threading.Thread(target=answer_protocol, args=(253,)).start()


def talk(address: str, times: int) -> None:
    """Exchange a few binary frames, `times` connections after each other."""
    for connection in range(times):
        with socket.create_connection((address, 23456), TIMEOUT) as sock:
            for count in range(4):
                length = 20 + 7 * count
                sock.sendall(bytes([length]) + noise(f"{connection} {count}", length))
                sock.recv(1 + 3 * length, socket.MSG_WAITALL)


def beacon(address: str, times: int, seconds: float) -> None:
    """Report every `seconds`, each time over a connection of its own."""
    for count in range(times):
        with socket.create_connection((address, 4444), TIMEOUT) as sock:
            sock.sendall(noise(f"beacon {count}", 48))
            sock.recv(1)
        time.sleep(seconds)


def lines(address: str, port: int, said: list[str]) -> None:
    """Wait for the greeting, then one line at a time."""
    with socket.create_connection((address, port), TIMEOUT) as sock:
        sock.recv(4096)
        for line in said:
            sock.sendall(line.encode() + b"\r\n")
            sock.recv(4096)


def protocol(address: str, number: int) -> None:
    """Send three packets and wait for the answer to each."""
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, number)
    raw.settimeout(TIMEOUT)
    for count in range(3):
        raw.sendto(noise(f"protocol {count}", 40 + 10 * count), (address, 0))
        raw.recvfrom(65535)


def main() -> None:
    """Pick the task named by the first argument."""
    task, *rest = sys.argv[1:]
    if task == "serve":
        serve()
    elif task == "talk":
        talk(rest[0], int(rest[1]))
    elif task == "beacon":
        beacon(rest[0], int(rest[1]), float(rest[2]))
    elif task == "lines":
        lines(rest[0], int(rest[1]), rest[2:])
    elif task == "protocol":
        protocol(rest[0], int(rest[1]))
    else:
        sys.exit(f"odd.py: no such task: {task}")


if __name__ == "__main__":
    main()
