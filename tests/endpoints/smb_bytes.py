"""Bytes of SMB for tests: messages of SMB 1, SMB 2 and 3 with the length before them."""

from __future__ import annotations

from struct import pack

PIPE_TRANSCEIVE = 0x0011_C017
PENDING, NOT_FOUND, MORE = 0x0000_0103, 0xC000_0034, 0x8000_0005
NEGOTIATE, TREE, CREATE, CLOSE, READ, WRITE, IOCTL = 0, 3, 5, 6, 8, 9, 11
SAME_FILE = b"\xff" * 16


def framed(message: bytes, *, lie_length: int | None = None) -> bytes:
    length = len(message) if lie_length is None else lie_length
    return pack(">L", length) + message


def file(number: int) -> bytes:
    """A FileId."""
    return pack("<QQ", number, number)


# SMB 2 and 3


def smb2(
    command: int,
    body: bytes,
    *,
    answer: bool = False,
    number: int = 1,
    tree: int = 1,
    status: int = 0,
    flags: int = 0,
    following: int = 0,
    lie_size: int = 64,
) -> bytes:
    """One command with its header, not framed (MS-SMB2 2.2.1)."""
    return (
        b"\xfeSMB"
        + pack("<HHLHHLL", lie_size, 1, status, command, 1, flags | answer, following)
        + pack("<QLLQ", number, 0, tree, 77)
        + b"\0" * 16
        + body
    )


def compound(*commands: bytes) -> bytes:
    """Several commands in one message, each but the last padded to eight bytes."""
    out = b""
    for command in commands[:-1]:
        padded = command + b"\0" * (-len(command) % 8)
        out += padded[:20] + pack("<L", len(padded)) + padded[24:]
    return framed(out + commands[-1])


def negotiated(dialect: int) -> bytes:
    return framed(smb2(NEGOTIATE, pack("<HHHH", 65, 1, dialect, 0) + b"\0" * 56, answer=True))


def tree_connected(kind: int, **rest) -> tuple[bytes, bytes]:
    """A share is connected: 1 of files, 2 of pipes."""
    path = "\\\\SRV\\X".encode("utf-16-le")
    return (
        framed(smb2(TREE, pack("<HHHH", 9, 0, 72, len(path)) + path, **rest)),
        framed(smb2(TREE, pack("<HBB", 16, kind, 0) + b"\0" * 12, answer=True, **rest)),
    )


def create(name: str, **rest) -> bytes:
    """A request to open, not framed."""
    words = name.encode("utf-16-le")
    body = pack("<HBBLQQLLLLLHHLL", 57, 0, 0, 2, 0, 0, 3, 0, 7, 1, 0, 120, len(words), 0, 0)
    return smb2(CREATE, body + words, **rest)


def created(handle: bytes, **rest) -> bytes:
    return smb2(CREATE, pack("<H", 89) + b"\0" * 62 + handle + b"\0" * 8, answer=True, **rest)


def write(handle: bytes, data: bytes, *, lie_length: int | None = None, **rest) -> bytes:
    length = len(data) if lie_length is None else lie_length
    head = pack("<HHLQ", 49, 112, length, 0) + handle + b"\0" * 16
    return smb2(WRITE, head + data, **rest)


def read(handle: bytes, **rest) -> bytes:
    return smb2(READ, pack("<HBBLQ", 49, 0, 0, 4096, 0) + handle + b"\0" * 17, **rest)


def was_read(data: bytes, **rest) -> bytes:
    return smb2(READ, pack("<HBBLLL", 17, 80, 0, len(data), 0, 0) + data, answer=True, **rest)


def transceive(handle: bytes, data: bytes, *, code: int = PIPE_TRANSCEIVE, **rest) -> bytes:
    head = pack("<HHL", 57, 0, code) + handle
    head += pack("<LLLLLLLL", 120, len(data), 0, 120, 0, 4096, 1, 0)
    return smb2(IOCTL, head + data, **rest)


def transceived(handle: bytes, data: bytes, *, code: int = PIPE_TRANSCEIVE, **rest) -> bytes:
    head = pack("<HHL", 49, 0, code) + handle + pack("<LLLLLL", 112, 0, 112, len(data), 0, 0)
    return smb2(IOCTL, head + data, answer=True, **rest)


# SMB 1


def smb1(
    command: int,
    words: bytes,
    data: bytes = b"",
    *,
    answer: bool = False,
    number: int = 1,
    tree: int = 1,
    unicode: bool = True,
    status: int = 0,
) -> bytes:
    """One message with its header, framed (MS-CIFS 2.2.3.1)."""
    head = b"\xffSMB" + pack("<BLBH", command, status, 0x80 * answer, 0x8000 * unicode)
    head += b"\0" * 12 + pack("<HHHH", tree, 0x0FEE, 5, number)
    return framed(head + pack("B", len(words) // 2) + words + pack("<H", len(data)) + data)


def smb1_negotiate(*dialects: bytes) -> bytes:
    return smb1(0x72, b"", b"".join(b"\2" + each + b"\0" for each in dialects))


def smb1_negotiated(chosen: int) -> bytes:
    return smb1(0x72, pack("<H", chosen) + b"\0" * 32, answer=True)


def smb1_tree_connected(service: bytes, **rest) -> tuple[bytes, bytes]:
    return (
        smb1(0x75, b"\xff\0\0\0" + b"\0" * 4, b"\0", **rest),
        smb1(0x75, b"\xff\0\0\0" + b"\0" * 2, service + b"\0", answer=True, **rest),
    )


def smb1_create(name: str, *, unicode: bool = True, **rest) -> bytes:
    words = b"\0" + name.encode("utf-16-le") if unicode else name.encode("ascii")
    head = b"\xff\0\0\0\0" + pack("<H", len(words)) + b"\0" * 41
    return smb1(0xA2, head, words + b"\0\0", unicode=unicode, **rest)


def smb1_created(number: int, **rest) -> bytes:
    return smb1(0xA2, b"\xff\0\0\0\0" + pack("<H", number) + b"\0" * 61, answer=True, **rest)


def smb1_write(number: int, data: bytes, **rest) -> bytes:
    words = b"\xff\0\0\0" + pack("<HLLHHHHH", number, 0, 0, 8, 0, 0, len(data), 63) + b"\0" * 4
    return smb1(0x2F, words, data, **rest)


def smb1_read(number: int, **rest) -> bytes:
    return smb1(0x2E, b"\xff\0\0\0" + pack("<H", number) + b"\0" * 14, **rest)


def smb1_was_read(data: bytes, **rest) -> bytes:
    words = b"\xff\0\0\0" + pack("<HHHHH", 0, 0, 0, len(data), 59) + b"\0" * 10
    return smb1(0x2E, words, data, answer=True, **rest)


def smb1_transact(number: int, data: bytes, *, function: int = 0x26, **rest) -> bytes:
    words = pack("<HHHHBBHLH", 0, len(data), 0, 1024, 0, 0, 0, 0, 0)
    words += pack("<HHHHBBHH", 0, 84, len(data), 84, 2, 0, function, number)
    return smb1(0x25, words, "\0\\PIPE\\\0\0".encode("utf-16-le")[1:18] + data, **rest)


def smb1_transacted(data: bytes, **rest) -> bytes:
    words = pack("<HHHHHHHHHBB", 0, len(data), 0, 0, 56, 0, len(data), 56, 0, 0, 0)
    return smb1(0x25, words, b"\0" + data, answer=True, **rest)


def smb1_old_write(number: int, data: bytes, **rest) -> bytes:
    block = b"\1" + pack("<H", len(data)) + data
    return smb1(0x0B, pack("<HHLH", number, len(data), 0, 0), block, **rest)


def smb1_old_read(number: int, **rest) -> bytes:
    return smb1(0x0A, pack("<HHLH", number, 4096, 0, 0), **rest)


def smb1_old_was_read(data: bytes, **rest) -> bytes:
    block = b"\1" + pack("<H", len(data)) + data
    return smb1(0x0A, pack("<H", len(data)) + b"\0" * 8, block, answer=True, **rest)
