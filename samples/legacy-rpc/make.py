#!/usr/bin/env python3
"""Writes Windows RPC as servers before Vista spoke it: dynamic ports in 1025-5000.

Same input, same bytes: running it again changes nothing.
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from samples import containers as c  # noqa: E402  the writers that all cases share
from samples import dcerpc as rpc  # noqa: E402
from samples import wire as w  # noqa: E402

OLD_DC, OLD_SERVER, OLD_MEMBER, NEW_SERVER = "10.40.0.10", "10.40.0.11", "10.40.0.12", "10.40.0.13"
ADMIN, CLERK, GUEST = "10.40.0.21", "10.40.0.22", "10.40.0.23"
WEB = "198.51.100.7"
# MS-TDS 2.2.6.5, PRELOGIN: VERSION, ENCRYPTION, INSTOPT, THREADID, end; then their values.
PRELOGIN_OPTIONS = bytes.fromhex("00001500060100 1b0001 02001c0001 03001d0004 ff")
PRELOGIN_VALUES = bytes.fromhex("080000000000 00 00 00000000")


def opaque(length: int, start: int = 0) -> bytes:
    """Bytes that fit no pattern: what is seen of a conversation whose bind was not recorded."""
    return bytes((start + 151 * n + n * n) % 256 | 0x80 for n in range(length))


def conversation(
    client: str, server: str, ports: tuple[int, int], messages: list[tuple[int, bytes]]
) -> list[bytes]:
    """Handshake, the messages (side, bytes), the end."""
    talk = w.TcpConversation(client, server, ports)
    packets = talk.handshake()
    for side, message in messages:
        packets += talk.say(side, message)
    return packets + talk.close()


def ask_mapper(
    client: str, server: str, source: int, interface: rpc.Interface, port: int
) -> list[bytes]:
    """Ask the endpoint mapper, get the port."""
    return conversation(
        client,
        server,
        (source, 135),
        [
            (0, rpc.bind(rpc.ENDPOINT_MAPPER)),
            (1, rpc.bind_ack(135)),
            (0, rpc.ept_map_request(interface)),
            (1, rpc.ept_map_response(interface, port, server)),
        ],
    )


def use_interface(
    client: str, server: str, ports: tuple[int, int], interface: rpc.Interface
) -> list[bytes]:
    """Bind to the interface, then ask the management interface whether the server listens."""
    alter = {"context": 1, "call": 2}
    return conversation(
        client,
        server,
        ports,
        [
            (0, rpc.bind(interface)),
            (1, rpc.bind_ack(ports[1])),
            (0, rpc.bind(rpc.MANAGEMENT, kind=rpc.ALTER_CONTEXT, **alter)),
            (1, rpc.bind_ack(ports[1], 2, kind=rpc.ALTER_CONTEXT_RESPONSE)),
            (0, rpc.request(rpc.IS_SERVER_LISTENING, b"", 3, context=1)),
            (1, rpc.response(bytes(4) + b"\x01\0\0\0", 3, context=1)),
        ],
    )


def tds(kind: int, body: bytes) -> bytes:
    """A TDS packet, the last of its message."""
    return bytes([kind, 1]) + (8 + len(body)).to_bytes(2, "big") + b"\0\0\x01\0" + body


def main() -> None:
    """Write the capture beside this script."""
    prelogin = PRELOGIN_OPTIONS + PRELOGIN_VALUES
    web = w.TcpConversation(CLERK, WEB, (1045, 80))
    web.handshake()  # not recorded
    packets = [
        # Asked, told, used: legacy range.
        *ask_mapper(ADMIN, OLD_DC, 1031, rpc.DRSUAPI, 1026),
        *use_interface(ADMIN, OLD_DC, (1032, 1026), rpc.DRSUAPI),
        # The same endpoint, by a client that asked nobody.
        *conversation(CLERK, OLD_DC, (1040, 1026), [(0, opaque(72)), (1, opaque(40, 7))]),
        # A port of the range on a server that was never asked.
        *conversation(CLERK, OLD_SERVER, (1041, 1029), [(0, opaque(33, 3)), (1, opaque(90, 5))]),
        # Asked, but the answer was not recorded; then a port of the range.
        *conversation(GUEST, OLD_MEMBER, (1050, 135), []),
        *conversation(GUEST, OLD_MEMBER, (1051, 1090), [(0, opaque(64, 9)), (1, opaque(64, 11))]),
        # A fixed service whose port lies in the range.
        *conversation(GUEST, OLD_DC, (1052, 1433), [(0, tds(18, prelogin)), (1, tds(4, prelogin))]),
        # An old client's own port lies in the range too; the beginning was not recorded.
        *web.say(1, b"HTTP/1.1 304 Not Modified\r\n\r\n"),
        # Asked, told, used: today's range.
        *ask_mapper(ADMIN, NEW_SERVER, 49800, rpc.SERVICE_CONTROL, 49664),
        *use_interface(ADMIN, NEW_SERVER, (49801, 49664), rpc.SERVICE_CONTROL),
    ]
    (HERE / "legacy-rpc.pcap").write_bytes(c.pcap([w.ethernet(packet) for packet in packets]))


if __name__ == "__main__":
    main()
