"""Cisco's Skinny (SCCP): the call manager and its phones tell each other where sound goes.

There is no public specification; the layout is that of Wireshark's ``SkinnyProtocolOptimized.xml``
and was held against captures. Numbers are little-endian: length from the message id on, version of
the protocol (0 in the beginning), message id, fields. Since version 17 an address is a type and 16
bytes.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from struct import unpack_from
from typing import TYPE_CHECKING, NamedTuple

from classifier.endpoints.announcement import Announcement, Identification
from classifier.endpoints.once import Once
from classifier.endpoints.reachable import reachable
from classifier.endpoints.stream import runs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.endpoints.announcement import Conversation, Place
    from classifier.endpoints.stream import Run

__all__ = ["read"]

_OPEN_ACK, _START, _START_ACK = 0x22, 0x8A, 0x154
_ADDRESS_AT = {_OPEN_ACK: 4, _START: 8, _START_ACK: 12}
"""OpenReceiveChannelAck, StartMediaTransmission and its Ack: where the address is."""
_LONG_ADDRESSES = 17
_HEADER = 12
_LONGEST = 4_096
_VERSIONS = (0, *range(9, 33))
_HIGHEST_ID = 0x1FF
_PROVES = 2
"""Messages in a row: one could be chance."""
_LIFETIME = 3_600
_HIGHEST = 65_535


class _Message(NamedTuple):
    version: int
    id: int
    fields: bytes
    place: Place


def read(conversation: Conversation) -> Iterator[Announcement | Identification]:
    """What a connection between a phone and its call manager tells; nothing if it is none."""
    if conversation.transport != "tcp":
        return
    once, identified = Once(), False
    for client in (True, False):
        for run in runs(conversation, client=client):
            found = list(_messages(run))
            if len(found) < _PROVES and not identified:
                continue
            if not identified:
                identified = True
                yield Identification("sccp", "", found[0].place)
            speaker = conversation.speaker(client=client)
            for message in found:
                for announcement in _announced(message, speaker):
                    if once.first(announcement):
                        yield announcement


def _messages(run: Run) -> Iterator[_Message]:
    """Until something is none: a recording that began in the middle cannot be put right."""
    at = 0
    while at + _HEADER <= len(run.data):
        length, version, number = unpack_from("<III", run.data, at)
        if not 4 <= length <= _LONGEST or version not in _VERSIONS or number > _HIGHEST_ID:  # noqa: PLR2004
            return
        end = at + 8 + length
        if end > len(run.data):
            return
        yield _Message(version, number, run.data[at + _HEADER : end], run.place(at))
        at = end


def _announced(message: _Message, speaker: str) -> Iterator[Announcement]:
    fields, at = message.fields, _ADDRESS_AT.get(message.id)
    long = message.version >= _LONG_ADDRESSES
    size = 24 if long else 8
    if at is None or len(fields) < at + size:
        return
    if message.id == _OPEN_ACK and unpack_from("<I", fields)[0]:  # refused
        return
    address: IPv4Address | IPv6Address
    if long and unpack_from("<I", fields, at)[0]:
        address = IPv6Address(fields[at + 4 : at + 20])
    else:
        start = at + 4 if long else at
        address = IPv4Address(fields[start : start + 4])
    (port,) = unpack_from("<I", fields, at + size - 4)
    if address.is_unspecified or not 0 < port < _HIGHEST:
        return
    own = message.id != _START  # a phone says its own address, the manager that of another host
    for host in reachable(str(address), speaker) if own else (str(address),):
        for service, number in (("rtp", port), ("rtcp", port + 1)):
            yield Announcement(
                host=host,
                port=number,
                transport="udp",
                service=service,
                detail="Skinny call",
                place=message.place,
                speaker=speaker,
                lifetime=_LIFETIME,
            )
