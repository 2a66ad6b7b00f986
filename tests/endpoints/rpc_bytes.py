"""Bytes of DCE/RPC for tests: PDUs, protocol towers, answers of the endpoint mapper.

Everything takes ``little``: the byte order that the sender says it has.
"""

from __future__ import annotations

from ipaddress import ip_address
from struct import pack
from uuid import UUID

DRSUAPI = "e3514235-4b06-11d1-ab04-00c04fc2dcd2"
SVCCTL = "367abb81-9844-35f1-ad32-98f038001003"
MAPPER = "e1af8308-5d1f-11c9-91a4-08002b14a0fa"
NDR = "8a885d04-1ceb-11c9-9fe8-08002b104860"
NDR64 = "71710533-beba-4937-8319-b5dbef9ccc36"
FEATURES = "6cb71c2c-9812-4540-0300-000000000000"
REQUEST, RESPONSE, FAULT = 0, 2, 3
BIND, BIND_ACK, BIND_NAK, ALTER, ALTER_ACK = 11, 12, 13, 14, 15
FIRST, LAST = 1, 2
WHOLE = FIRST | LAST


def uuid(text: str, *, little: bool = True) -> bytes:
    return UUID(text).bytes_le if little else UUID(text).bytes


def _order(little: bool) -> str:  # noqa: FBT001
    return "<" if little else ">"


def pdu(
    kind: int,
    body: bytes,
    *,
    call: int = 1,
    flags: int = WHOLE,
    little: bool = True,
    auth_level: int = 0,
    lie_length: int | None = None,
    lie_auth: int | None = None,
) -> bytes:
    """A PDU; with a level, 16 bytes of signature stand behind four bytes of padding."""
    trailer, auth = b"", 0
    if auth_level:
        trailer = b"\0" * 4 + pack("<BBBBL", 10, auth_level, 4, 0, 0) + b"S" * 16
        auth = 16
    length = 16 + len(body) + len(trailer) if lie_length is None else lie_length
    auth = auth if lie_auth is None else lie_auth
    head = pack("BBBB", 5, 0, kind, flags) + (b"\x10" if little else b"\0") + b"\0\0\0"
    return head + pack(_order(little) + "HHL", length, auth, call) + body + trailer


def bind(
    *interfaces: tuple[int, str, str],
    kind: int = BIND,
    call: int = 1,
    little: bool = True,
    version: tuple[int, int] = (1, 0),
    lie_count: int | None = None,
    **rest,
) -> bytes:
    """A bind of contexts: (number, interface, transfer syntax)."""
    order = _order(little)
    count = len(interfaces) if lie_count is None else lie_count
    body = pack(order + "HHLBxH", 5840, 5840, 0, count, 0)
    for number, interface, transfer in interfaces:
        body += pack(order + "HBx", number, 1) + uuid(interface, little=little)
        body += pack(order + "HH", *version)
        body += uuid(transfer, little=little) + pack(order + "L", 2)
    return pdu(kind, body, call=call, little=little, **rest)


def bind_ack(
    *results: tuple[int, int, str],
    kind: int = BIND_ACK,
    call: int = 1,
    little: bool = True,
    port: bytes = b"49674\0",
) -> bytes:
    """What became of each context: (result, reason, transfer syntax)."""
    order = _order(little)
    body = pack(order + "HHLH", 5840, 5840, 7, len(port)) + port
    body += b"\0" * (-len(body) % 4)
    body += pack(order + "BxH", len(results), 0)
    for result, reason, transfer in results:
        body += pack(order + "HH", result, reason) + uuid(transfer, little=little)
        body += pack(order + "L", 2)
    return pdu(kind, body, call=call, little=little)


def request(
    operation: int, stub: bytes, *, context: int = 0, call: int = 2, little: bool = True, **rest
) -> bytes:
    body = pack(_order(little) + "LHH", len(stub), context, operation) + stub
    return pdu(REQUEST, body, call=call, little=little, **rest)


def response(stub: bytes, *, context: int = 0, call: int = 2, little: bool = True, **rest) -> bytes:
    body = pack(_order(little) + "LHBx", len(stub), context, 0) + stub
    return pdu(RESPONSE, body, call=call, little=little, **rest)


def fragments(whole: bytes, size: int) -> list[bytes]:
    """A little-endian request or response in several PDUs of so many bytes of stub."""
    head, stub = whole[:24], whole[24:]
    parts = [stub[at : at + size] for at in range(0, len(stub), size)]
    return [
        head[:3]
        + bytes([FIRST * (number == 0) | LAST * (number == len(parts) - 1)])
        + head[4:8]
        + pack("<H", 24 + len(part))
        + head[10:]
        + part
        for number, part in enumerate(parts)
    ]


def floor(left: bytes, right: bytes) -> bytes:
    return pack("<H", len(left)) + left + pack("<H", len(right)) + right


def tower(
    interface: str = DRSUAPI,
    port: int = 49_674,
    host: str = "0.0.0.0",
    *,
    transport: int = 7,
    version: int = 1,
    floors: int | None = None,
) -> bytes:
    """A protocol tower (C706 appendix L): interface, transfer syntax, RPC, port, address."""
    all_floors = [
        floor(b"\x0d" + uuid(interface) + pack("<H", version), pack("<H", 0)),
        floor(b"\x0d" + uuid(NDR) + pack("<H", 2), pack("<H", 0)),
        floor(b"\x0a" if transport == 8 else b"\x0b", pack("<H", 0)),
        floor(bytes([transport]), pack(">H", port)),
        floor(b"\x09", ip_address(host).packed),
    ]
    return pack("<H", len(all_floors) if floors is None else floors) + b"".join(all_floors)


def pipe_tower(interface: str, name: bytes) -> bytes:
    return pack("<H", 5) + b"".join(
        [
            floor(b"\x0d" + uuid(interface) + pack("<H", 1), pack("<H", 0)),
            floor(b"\x0d" + uuid(NDR) + pack("<H", 2), pack("<H", 0)),
            floor(b"\x0b", pack("<H", 0)),
            floor(b"\x0f", name + b"\0"),
            floor(b"\x11", b"\\\\SERVER\0"),
        ]
    )


def ept_map(wanted: bytes, *, wide: bool = False, little: bool = True) -> bytes:
    """The stub of a request: which endpoint a tower has."""
    order, size = _order(little), 8 if wide else 4
    word = order + ("Q" if wide else "L")
    stub = pack(word, 1) + b"\0" * 16
    stub += b"\0" * (-len(stub) % size)
    stub += pack(word, 2) + pack(word, len(wanted)) + pack(order + "L", len(wanted)) + wanted
    return stub + b"\0" * (-len(stub) % 4) + b"\0" * 20 + pack(order + "L", 4)


def mapped(
    *towers: bytes,
    status: int = 0,
    wide: bool = False,
    little: bool = True,
    lie_count: int | None = None,
    lie_tower: int | None = None,
) -> bytes:
    """The stub of ept_map's answer, in NDR or NDR64."""
    order = _order(little)
    word = order + ("Q" if wide else "L")
    count = len(towers) if lie_count is None else lie_count
    stub = b"\0" * 20 + pack(order + "L", count & 0xFFFFFFFF)
    stub += pack(word, 4) + pack(word, 0) + pack(word, count)
    stub += b"".join(pack(word, 3 + number) for number in range(len(towers)))
    return stub + _towers(stub, towers, wide, little, lie_tower) + pack(order + "L", status)


def looked_up(
    *entries: tuple[bytes, bytes],
    wide: bool = False,
    little: bool = True,
    lie_count: int | None = None,
    lie_annotation: int | None = None,
) -> bytes:
    """The stub of ept_lookup's answer: (annotation, tower) of each entry."""
    order, size = _order(little), 8 if wide else 4
    word = order + ("Q" if wide else "L")
    count = len(entries) if lie_count is None else lie_count
    stub = b"\0" * 20 + pack(order + "L", count & 0xFFFFFFFF)
    stub += pack(word, 500) + pack(word, 0) + pack(word, count)
    for number, (annotation, _) in enumerate(entries):
        text = annotation + b"\0"
        length = len(text) if lie_annotation is None else lie_annotation
        stub += b"\0" * (-len(stub) % size) + b"\0" * 16
        stub += pack(word, 1 + number) + pack(word, 0) + pack(word, length) + text
        stub += b"\0" * (-len(stub) % 4)
    rest = _towers(stub, tuple(one for _, one in entries), wide, little, None)
    return stub + rest + pack(order + "L", 0)


def _towers(
    stub: bytes,
    towers: tuple[bytes, ...],
    wide: bool,  # noqa: FBT001
    little: bool,  # noqa: FBT001
    lie: int | None,
) -> bytes:
    order, size = _order(little), 8 if wide else 4
    out = b""
    for octets in towers:
        length = len(octets) if lie is None else lie
        out += b"\0" * (-len(stub + out) % size)
        out += pack(order + ("Q" if wide else "L"), length & 0xFFFFFFFF)
        out += pack(order + "L", length & 0xFFFFFFFF) + octets
    return out + b"\0" * (-len(stub + out) % 4)


def string_bindings(*words: str, security: bytes = b"") -> bytes:
    """A DUALSTRINGARRAY (MS-DCOM 2.2.19): bindings over TCP, then security bindings."""
    strings = b"".join(b"\x07\0" + word.encode("utf-16-le") + b"\0\0" for word in words) + b"\0\0"
    return pack("<HH", (len(strings) + len(security)) // 2, len(strings) // 2) + strings + security
