"""SNMP of all versions (RFC 1157, RFC 3416, RFC 3412), in BER that is checked to the last byte."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from classifier.endpoints.announcement import Identification
from classifier.endpoints.everyone import asked_all, said_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.endpoints.announcement import Announcement, Conversation

__all__ = ["read"]

_PORT, _TRAP_PORT = 161, 162
_LIFETIME = 30
"""s; how long a manager waits is its own affair: usual are a few tries of some seconds."""

_INTEGER, _OCTETS, _OID, _SEQUENCE = 0x02, 0x04, 0x06, 0x30
_IP_ADDRESS, _TIME_TICKS = 0x40, 0x43
_ASKS = (0xA0, 0xA1, 0xA3, 0xA5)
"""get, get-next, set, get-bulk (RFC 3416 3)"""
_ANSWERS = (0xA2, 0xA8)
"""response, report"""
_TELLS = (0xA4, 0xA6, 0xA7)
"""trap of version 1, inform, trap"""
_OLD_TRAP = 0xA4
_COMMUNITY, _USERS = (0, 1), 3
_VERSIONS = {0: "v1", 1: "v2c", 3: "v3"}


class _Value(NamedTuple):
    """One value in BER: its tag, and where its content begins and ends."""

    tag: int
    start: int
    end: int


class _Said(NamedTuple):
    """A message: number of its version, and tag of its PDU (0 where it is encrypted)."""

    version: int
    pdu: int


def read(conversation: Conversation) -> Iterator[Announcement | Identification]:
    """What a conversation over UDP tells; nothing if it is no SNMP."""
    if conversation.transport != "udp":
        return
    identified = False
    for piece in conversation.pieces:
        said = _message(piece.data)
        if said is None:
            continue
        if not identified:
            identified = True
            is_trap = said.pdu in _TELLS or (
                not said.pdu and conversation.server_port == _TRAP_PORT
            )
            asks = said.pdu in _ASKS or said.pdu in _TELLS
            # A response may answer an inform: then the port of traps says who is who.
            answers = said.pdu in _ANSWERS and conversation.server_port != _TRAP_PORT
            yield Identification(
                "snmp-trap" if is_trap else "snmp",
                _VERSIONS[said.version],
                said_at(conversation, piece),
                client_is_server=(asks and not piece.client) or (answers and piece.client),
            )
        if piece.client and said.pdu in _ASKS:
            yield from asked_all(conversation, piece, "snmp", _PORT, _LIFETIME)
            return


def _values(data: bytes, start: int, end: int) -> list[_Value] | None:
    """The values that fill a stretch exactly; None if they do not."""
    found: list[_Value] = []
    at = start
    while at < end:
        if at + 2 > end:
            return None
        tag, length = data[at], data[at + 1]
        at += 2
        if length & 0x80:
            size = length & 0x7F
            # Of the indefinite form (0) SNMP makes no use (RFC 3417 8); a datagram fills two bytes.
            if not 1 <= size <= 4 or at + size > end:  # noqa: PLR2004
                return None
            length = int.from_bytes(data[at : at + size])
            at += size
        if at + length > end:
            return None
        found.append(_Value(tag, at, at + length))
        at += length
    return found


def _inside(data: bytes, value: _Value, *tags: int) -> list[_Value] | None:
    """The values inside of one, if they have these tags."""
    values = _values(data, value.start, value.end)
    return values if values is not None and tuple(one.tag for one in values) == tags else None


def _message(data: bytes) -> _Said | None:
    """A message; None if a single byte is out of place."""
    outer = _values(data, 0, len(data))
    if outer is None or len(outer) != 1 or outer[0].tag != _SEQUENCE:
        return None
    parts = _values(data, outer[0].start, outer[0].end)
    if not parts or parts[0].tag != _INTEGER or parts[0].end - parts[0].start != 1:
        return None
    version = data[parts[0].start]
    tags = tuple(part.tag for part in parts[1:])
    if version in _COMMUNITY and len(tags) == 2 and tags[0] == _OCTETS:  # noqa: PLR2004
        return _Said(version, tags[1]) if _is_pdu(data, parts[2]) else None
    if version == _USERS and len(tags) == 3 and tags[:2] == (_SEQUENCE, _OCTETS):  # noqa: PLR2004
        return _of_version_3(data, parts[1], parts[3])
    return None


def _of_version_3(data: bytes, header: _Value, body: _Value) -> _Said | None:
    """A message of version 3 (RFC 3412 6), whose body may be encrypted."""
    if _inside(data, header, _INTEGER, _INTEGER, _OCTETS, _INTEGER) is None:
        return None
    if body.tag == _OCTETS:
        return _Said(_USERS, 0)
    scoped = _values(data, body.start, body.end) if body.tag == _SEQUENCE else None
    tags = tuple(one.tag for one in scoped or ())
    if not scoped or tags[:2] != (_OCTETS, _OCTETS) or len(tags) != 3:  # noqa: PLR2004
        return None
    return _Said(_USERS, tags[2]) if _is_pdu(data, scoped[2]) else None


def _is_pdu(data: bytes, pdu: _Value) -> bool:
    """Whether a value is a PDU with a list of variables (RFC 3416 3, RFC 1157 4.1.6)."""
    if pdu.tag == _OLD_TRAP:
        tags: tuple[int, ...] = (_OID, _IP_ADDRESS, _INTEGER, _INTEGER, _TIME_TICKS, _SEQUENCE)
    elif pdu.tag in (*_ASKS, *_ANSWERS, *_TELLS):
        tags = (_INTEGER, _INTEGER, _INTEGER, _SEQUENCE)
    else:
        return False
    parts = _inside(data, pdu, *tags)
    if parts is None:
        return False
    variables = _values(data, parts[-1].start, parts[-1].end)
    if variables is None:
        return False
    for variable in variables:
        pair = _values(data, variable.start, variable.end) if variable.tag == _SEQUENCE else None
        if pair is None or len(pair) != 2 or pair[0].tag != _OID:  # noqa: PLR2004
            return False
    return True
