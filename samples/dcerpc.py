"""The few DCE/RPC messages of the written captures, little-endian, connection-oriented.

C706 chapter 12 (the PDUs), appendix L (protocol towers), appendix O (the endpoint mapper), and
MS-RPCE section 2.2.1.2 for what Windows makes of them.
"""

import struct
import uuid
from dataclasses import dataclass

from samples.wire import packed

REQUEST, RESPONSE, BIND, BIND_ACK, ALTER_CONTEXT, ALTER_CONTEXT_RESPONSE = 0, 2, 11, 12, 14, 15
EPT_MAP = 3
IS_SERVER_LISTENING = 2


@dataclass(frozen=True, slots=True)
class Interface:
    """An RPC interface: its UUID and version."""

    identifier: str
    major: int
    minor: int = 0

    def syntax(self) -> bytes:
        """A presentation syntax identifier, 20 bytes."""
        return uuid.UUID(self.identifier).bytes_le + struct.pack("<HH", self.major, self.minor)


ENDPOINT_MAPPER = Interface("e1af8308-5d1f-11c9-91a4-08002b14a0fa", 3)
MANAGEMENT = Interface("afa8bd80-7d8a-11c9-bef4-08002b102989", 1)
DRSUAPI = Interface("e3514235-4b06-11d1-ab04-00c04fc2dcd2", 4)
SERVICE_CONTROL = Interface("367abb81-9844-35f1-ad32-98f038001003", 2)
NDR = Interface("8a885d04-1ceb-11c9-9fe8-08002b104860", 2)


def pdu(kind: int, call: int, body: bytes) -> bytes:
    """The common header: version 5.0, first and last fragment, little-endian ASCII IEEE."""
    head = struct.pack("<BBBB4sHHI", 5, 0, kind, 3, b"\x10\0\0\0", 16 + len(body), 0, call)
    return head + body


def bind(interface: Interface, call: int = 1, *, context: int = 0, kind: int = BIND) -> bytes:
    """Offers one interface in one transfer syntax."""
    element = struct.pack("<HBx", context, 1) + interface.syntax() + NDR.syntax()
    return pdu(kind, call, struct.pack("<HHIB3x", 5840, 5840, 0, 1) + element)


def bind_ack(port: int, call: int = 1, *, kind: int = BIND_ACK) -> bytes:
    """Accepts; the secondary address is the port in ASCII (empty in an alter_context reply)."""
    address = b"" if kind == ALTER_CONTEXT_RESPONSE else str(port).encode() + b"\0"
    head = struct.pack("<HHIH", 5840, 5840, 0x5A17, len(address)) + address
    head += b"\0" * (-len(head) % 4)
    return pdu(kind, call, head + struct.pack("<B3xHH", 1, 0, 0) + NDR.syntax())


def request(operation: int, stub: bytes, call: int = 2, *, context: int = 0) -> bytes:
    """A call."""
    return pdu(REQUEST, call, struct.pack("<IHH", len(stub), context, operation) + stub)


def response(stub: bytes, call: int = 2, *, context: int = 0) -> bytes:
    """Its answer."""
    return pdu(RESPONSE, call, struct.pack("<IHBx", len(stub), context, 0) + stub)


def tower(interface: Interface, port: int, address: str) -> bytes:
    """Five floors: interface, NDR, connection-oriented RPC, TCP port, IPv4 address."""
    floors = [uuid_floor(interface), uuid_floor(NDR)]
    floors.append(floor(b"\x0b", struct.pack("<H", 0)))
    floors.append(floor(b"\x07", struct.pack("!H", port)))
    floors.append(floor(b"\x09", packed(address)))
    return struct.pack("<H", len(floors)) + b"".join(floors)


def floor(left: bytes, right: bytes) -> bytes:
    """Protocol identifier and address, each with its length."""
    return struct.pack("<H", len(left)) + left + struct.pack("<H", len(right)) + right


def uuid_floor(interface: Interface) -> bytes:
    """A floor that names an interface: the major version on the left, the minor on the right."""
    syntax = interface.syntax()
    return floor(b"\x0d" + syntax[:18], syntax[18:])


def counted(octets: bytes) -> bytes:
    """twr_t in NDR: conformance, length, octets, padding."""
    return struct.pack("<II", len(octets), len(octets)) + octets + b"\0" * (-len(octets) % 4)


def ept_map_request(interface: Interface, call: int = 2) -> bytes:
    """Which endpoint serves this interface over TCP? At most four answers."""
    nil_object = struct.pack("<I", 1) + bytes(16)
    wanted = struct.pack("<I", 2) + counted(tower(interface, 0, "0.0.0.0"))
    return request(EPT_MAP, nil_object + wanted + bytes(20) + struct.pack("<I", 4), call)


def ept_map_response(interface: Interface, port: int, address: str, call: int = 2) -> bytes:
    """One tower of room for four; status 0."""
    towers = struct.pack("<IIII", 1, 4, 0, 1) + struct.pack("<I", 3)
    stub = bytes(20) + towers + counted(tower(interface, port, address)) + struct.pack("<I", 0)
    return response(stub, call)
