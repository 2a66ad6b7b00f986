"""DHCP and BOOTP (RFC 2131, RFC 2132): who serves, who asks, and what hosts call themselves."""

from __future__ import annotations

from _socket import AF_INET, inet_ntop  # socket makes enums of all it knows: 3 ms
from typing import TYPE_CHECKING, NamedTuple

from classifier.endpoints.announcement import (
    Announcement,
    HostName,
    HostRole,
    Identification,
)
from classifier.endpoints.everyone import said_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.endpoints.announcement import Conversation

__all__ = ["read"]

_SERVER_PORT, _CLIENT_PORT = 67, 68
_SERVICE = "dhcp"
_COOKIE = b"\x63\x82\x53\x63"
_FIXED = 236
_ASKS, _ANSWERS = 1, 2
_LONGEST_HARDWARE = 16
_LONGEST_NAME = 253
_INFINITE = 0xFFFF_FFFF

_PAD, _END = 0, 255
_ROUTER, _HOST_NAME, _REQUESTED, _LEASE, _TYPE, _SERVER, _FULL_NAME = 3, 12, 50, 51, 53, 54, 81
_TYPES = (
    "", "discover", "offer", "request", "decline", "ack", "nak", "release", "inform",
    "force renew", "lease query", "lease unassigned", "lease unknown", "lease active",
)  # fmt: skip
"""Words of message types by number (RFC 2132 9.6, RFC 3203, RFC 4388)"""
_ENCODED_NAME = 0x04
"""Flag of option 81: the name is labels as in DNS (RFC 4702 2.1)"""


class _Said(NamedTuple):
    """A message: who speaks (1 client, 2 server), addresses as text, empty for 0, and options."""

    op: int
    client: str
    yours: str
    options: dict[int, bytes]


def read(
    conversation: Conversation,
) -> Iterator[Announcement | Identification | HostName | HostRole]:
    """What a conversation over UDP tells; nothing if it is no DHCP."""
    ports = {conversation.client_port, conversation.server_port}
    if conversation.transport != "udp" or _SERVER_PORT not in ports:
        return
    identified = False
    known: set[str | tuple[str, str]] = set()
    for piece in conversation.pieces:
        said = _message(piece.data)
        if said is None:
            continue
        place = said_at(conversation, piece)
        speaker = conversation.speaker(client=piece.client)
        if not identified:
            identified = True
            kind = said.options.get(_TYPE, b"\x00")[0]
            yield Identification(
                _SERVICE,
                _TYPES[kind] if kind < len(_TYPES) else "",
                place,
                client_is_server=piece.client is (said.op == _ANSWERS),
            )
        server = _address(said.options.get(_SERVER, b""))
        if said.op == _ANSWERS and server and server not in known and server != speaker:
            known.add(server)  # a relay speaks for a server: the client will turn to that one
            lease = int.from_bytes(said.options.get(_LEASE, b""))
            yield Announcement(
                host=server,
                port=_SERVER_PORT,
                transport="udp",
                service=_SERVICE,
                detail="server behind a relay",
                place=place,
                speaker=speaker,
                lifetime=0 if lease == _INFINITE else lease,
            )
        router = _address(said.options.get(_ROUTER, b"")[:4])
        if said.op == _ANSWERS and router and (router, "") not in known:
            known.add((router, ""))
            yield HostRole(router, "gateway", "DHCP", place)
        named = _host_name(said, speaker if piece.client else "")
        if named and named not in known:
            known.add(named)
            yield HostName(*named, "DHCP", place)


def _message(data: bytes) -> _Said | None:
    """A message with its options up to the end mark; None if it is none."""
    if len(data) < _FIXED + 4 or data[0] not in (_ASKS, _ANSWERS):
        return None
    if data[2] > _LONGEST_HARDWARE or data[_FIXED : _FIXED + 4] != _COOKIE:
        return None
    options: dict[int, bytes] = {}
    at = _FIXED + 4
    while at < len(data) and data[at] != _END:
        if data[at] == _PAD:
            at += 1
            continue
        if at + 2 > len(data) or at + 2 + data[at + 1] > len(data):
            return None
        value = data[at + 2 : at + 2 + data[at + 1]]
        if value:
            options.setdefault(data[at], value)
        at += 2 + data[at + 1]
    return _Said(data[0], _address(data[12:16]), _address(data[16:20]), options)


def _address(data: bytes) -> str:
    """Four bytes as text; empty for anything else and for 0."""
    return inet_ntop(AF_INET, data) if len(data) == 4 and any(data) else ""  # noqa: PLR2004


def _host_name(said: _Said, asker: str) -> tuple[str, str] | None:
    """The address that a client has or wants, or is given, and the name that goes with it."""
    name = said.options.get(_HOST_NAME, b"").rstrip(b"\x00")
    full = said.options.get(_FULL_NAME, b"")
    if not name and len(full) > 3:  # noqa: PLR2004 - flags and two codes stand before the name
        name = _labels(full[3:]) if full[0] & _ENCODED_NAME else full[3:]
    if not name:
        return None
    if said.op == _ANSWERS:
        host = said.yours
    else:
        asker = "" if asker.startswith("0.") else asker
        # A relay speaks for the client, so the message comes before the sender's address.
        host = said.client or _address(said.options.get(_REQUESTED, b"")) or asker
    return (host, name.decode("utf-8", "backslashreplace")[:_LONGEST_NAME]) if host else None


def _labels(data: bytes) -> bytes:
    """A name in labels without pointers, with dots; as far as it goes."""
    found: list[bytes] = []
    at = 0
    while at < len(data) and 0 < data[at] < 64 and at + 1 + data[at] <= len(data):  # noqa: PLR2004
        found.append(data[at + 1 : at + 1 + data[at]])
        at += 1 + data[at]
    return b".".join(found)
