"""Connection-oriented PDUs of DCE/RPC (C706 chapter 12, MS-RPCE 2.2.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from classifier.endpoints.dcerpc.wire import Broken, Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.endpoints.announcement import Place
    from classifier.endpoints.stream import Run

__all__ = [
    "ALTER_CONTEXT",
    "ALTER_CONTEXT_RESPONSE",
    "BIND",
    "BIND_ACK",
    "BIND_NAK",
    "FAULT",
    "REQUEST",
    "RESPONSE",
    "Pdu",
    "is_header",
    "pdus",
]

REQUEST, RESPONSE, FAULT = 0, 2, 3
BIND, BIND_ACK, BIND_NAK, ALTER_CONTEXT, ALTER_CONTEXT_RESPONSE = 11, 12, 13, 14, 15
_LAST_TYPE = 20
_HEADER = 16
_FIRST, _LAST, _OBJECT = 0x01, 0x02, 0x80
_AUTH_TRAILER = 8
_MOST_STUB = 1 << 20
"""Bytes of one call that are put together: more is nobody's endpoint map."""
_MOST_CALLS = 64
"""Calls of which fragments are waited for at a time."""


class Pdu(Struct, frozen=True):
    """One PDU, or all fragments of one call put together.

    Attributes:
        type: ptype of the header.
        little: Byte order of the sender's integers.
        call: call_id.
        context: Presentation context of a request or response, else 0.
        operation: opnum of a request, else 0.
        sealed: Whether the stub is encrypted (auth level 6, packet privacy).
        body: What follows the header: of requests and responses the stub without trailers.
        place: Of the last byte: only there was it complete.
    """

    type: int
    little: bool
    call: int
    context: int
    operation: int
    sealed: bool
    body: bytes
    place: Place


class _Waiting(Struct):
    """Fragments of a call, and how many bytes they have."""

    parts: list[Pdu]
    size: int


def is_header(data: bytes, offset: int = 0) -> bool:
    """Whether a PDU can begin here: version 5, a known type, a length that holds its header."""
    if len(data) - offset < _HEADER or data[offset] != 5 or data[offset + 1] > 1:  # noqa: PLR2004
        return False
    if data[offset + 2] > _LAST_TYPE or data[offset + 4] not in (0x00, 0x10):
        return False
    order = "little" if data[offset + 4] else "big"
    length = int.from_bytes(data[offset + 8 : offset + 10], order)  # type: ignore[arg-type]
    auth = int.from_bytes(data[offset + 10 : offset + 12], order)  # type: ignore[arg-type]
    return length >= _HEADER and auth + _HEADER <= length


def pdus(run: Run, offset: int = 0) -> Iterator[Pdu]:
    """The PDUs in a run of bytes, fragments put together.

    A run that does not begin with a PDU, because the recording began in the middle, is searched for
    the first place where one can begin and another one, or the end, follows.

    Args:
        run: Bytes of one side.
        offset: Where to begin.
    """
    waiting: dict[tuple[int, int], _Waiting] = {}
    data = run.data
    while offset + _HEADER <= len(data):
        if not is_header(data, offset):
            offset = _next_header(data, offset + 1)
            waiting.clear()
            continue
        little = data[offset + 4] == 0x10  # noqa: PLR2004  the integer format's bit (C706 14.1)
        length = int.from_bytes(data[offset + 8 : offset + 10], "little" if little else "big")
        end = offset + length
        if end > len(data):
            return  # the rest was not recorded
        try:
            pdu = _parsed(data[offset:end], little=little, place=run.place(end - 1))
        except Broken:
            pdu = None
        first, last = bool(data[offset + 3] & _FIRST), bool(data[offset + 3] & _LAST)
        offset = end
        if pdu:
            whole = _put_together(waiting, pdu, first=first, last=last)
            if whole:
                yield whole


def _next_header(data: bytes, offset: int) -> int:
    """The next place where a PDU can begin, and behind which another one or the end is."""
    while True:
        offset = data.find(b"\x05", offset)
        if offset < 0 or offset + _HEADER > len(data):
            return len(data)
        if is_header(data, offset):
            order = "little" if data[offset + 4] else "big"
            length = int.from_bytes(data[offset + 8 : offset + 10], order)  # type: ignore[arg-type]
            end = offset + length
            if end == len(data) or is_header(data, end):
                return offset
        offset += 1


def _parsed(data: bytes, *, little: bool, place: Place) -> Pdu:
    """One PDU of its bytes."""
    kind, flags = data[2], data[3]
    reader = Reader(data, little=little, offset=10)
    auth_length = reader.number(2)
    call = reader.number(4)
    end, sealed = len(data), False
    if auth_length:
        end -= auth_length + _AUTH_TRAILER
        if end < _HEADER:
            raise Broken("the authentication trailer is longer than its PDU")
        level, padding = data[end + 1], data[end + 2]
        sealed = level >= 6  # noqa: PLR2004  RPC_C_AUTHN_LEVEL_PKT_PRIVACY (MS-RPCE 2.2.1.1.8)
        if kind in (REQUEST, RESPONSE):
            end -= padding
    if kind not in (REQUEST, RESPONSE, FAULT):
        return Pdu(kind, little, call, 0, 0, sealed, data[_HEADER:end], place)
    reader.take(4)  # alloc_hint: a hint
    context = reader.number(2)
    operation = reader.number(2)
    if kind != REQUEST:
        operation = 0
    elif flags & _OBJECT:
        reader.take(16)
    return Pdu(kind, little, call, context, operation, sealed, data[reader.offset : end], place)


def _put_together(
    waiting: dict[tuple[int, int], _Waiting], pdu: Pdu, *, first: bool, last: bool
) -> Pdu | None:
    """The whole call once its last fragment is there."""
    if first and last:
        return pdu
    key = pdu.type, pdu.call
    known = waiting.pop(key, None)
    if first:
        if len(waiting) >= _MOST_CALLS:
            waiting.pop(next(iter(waiting)))
        waiting[key] = _Waiting([pdu], len(pdu.body))
        return None
    if known is None:
        # Windows 2000 sends binds with neither flag; of a call the beginning was not recorded.
        return None if pdu.type in (REQUEST, RESPONSE, FAULT) else pdu
    parts = known.parts
    parts.append(pdu)
    known.size += len(pdu.body)
    if not last:
        if known.size <= _MOST_STUB:
            waiting[key] = known
        return None
    begin = parts[0]
    return Pdu(
        begin.type,
        begin.little,
        begin.call,
        begin.context,
        begin.operation,
        any(part.sealed for part in parts),
        b"".join(part.body for part in parts),
        pdu.place,
    )
