"""NetBIOS over UDP: name service on 137 and datagrams on 138 (RFC 1002 4.2, 4.4)."""

from __future__ import annotations

from _socket import AF_INET, inet_ntop  # socket makes enums of all it knows: 3 ms
from typing import TYPE_CHECKING, NamedTuple

from classifier.endpoints.announcement import HostName, Identification
from classifier.endpoints.dnsmessage import parse
from classifier.endpoints.everyone import asked_all, said_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.endpoints.announcement import Announcement, Conversation
    from classifier.endpoints.dnsmessage import Message
    from classifier.flows.piece import Piece

__all__ = ["read_datagrams", "read_names"]

_NAME_PORT, _DATAGRAM_PORT = 137, 138
_NB, _NBSTAT = 0x20, 0x21
_ENCODED, _PLAIN = 32, 16
_OWNER = 6
"""Bytes of a record of an owner: flags and one address (RFC 1002 4.2.2)"""
_GROUP = 0x8000
_COMPUTER = (0x00, 0x20)
"""Suffixes of a computer's own names: workstation and file server."""
_LIFETIME = 10
"""s; a question to all is sent three times, 250 ms apart (RFC 1002 6.1); tools wait longer."""
_DATAGRAM_HEADER = 14
_WITH_DATA = (0x10, 0x11, 0x12)
"""Types of datagrams with names: to one, to a group, to all"""


class _Name(NamedTuple):
    """A NetBIOS name: text without its padding, and the suffix that says of what it is."""

    text: str
    suffix: int

    @property
    def is_computer(self) -> bool:
        return self.suffix in _COMPUTER and bool(self.text) and self.text[0].isprintable()

    def __str__(self) -> str:
        """As Windows prints it."""
        return f"{self.text}<{self.suffix:02X}>"


def _decoded(label: str) -> _Name | None:
    """The name in a first-level encoded label (RFC 1001 14.1); None if it is none."""
    if len(label) != _ENCODED or not all("A" <= letter <= "P" for letter in label):
        return None
    letters = label.encode("ascii")
    raw = bytes((letters[i] - 65 << 4) + letters[i + 1] - 65 for i in range(0, _ENCODED, 2))
    return _plain(raw)


def _plain(raw: bytes) -> _Name:
    text = raw[:15].rstrip(b" \x00").decode("ascii", "backslashreplace")
    return _Name(text, raw[15])


def read_names(conversation: Conversation) -> Iterator[Announcement | Identification | HostName]:
    """What a conversation of the name service tells; nothing if it is none."""
    ports = conversation.client_port, conversation.server_port
    if conversation.transport != "udp" or _NAME_PORT not in ports:
        return
    identified = announced = False
    known: set[tuple[str, str]] = set()
    for piece in conversation.pieces:
        message = parse(piece.data)
        name = _subject(message) if message else None
        if message is None or name is None:
            continue
        place = said_at(conversation, piece)
        if not identified:
            identified = True
            reverse = message.is_answer is piece.client and conversation.server_port != _NAME_PORT
            yield Identification("netbios-ns", str(name), place, client_is_server=reverse)
        if not message.is_answer and piece.client and not announced:
            announced = True
            yield from asked_all(conversation, piece, "netbios-ns", _NAME_PORT, _LIFETIME)
        for host, text in _owners(message, conversation.speaker(client=piece.client)):
            if (host, text) not in known:
                known.add((host, text))
                yield HostName(host, text, "NetBIOS", place)


def _subject(message: Message) -> _Name | None:
    """The name that a complete message is about; None if it is no NetBIOS message."""
    if not message.is_whole:
        return None
    about = message.questions[0] if message.questions else None
    first = about or (message.records[0] if message.records else None)
    if first is None or first.type not in (_NB, _NBSTAT):
        return None
    return _decoded(first.name.partition(".")[0])


def _owners(message: Message, speaker: str) -> Iterator[tuple[str, str]]:
    """Address and name of each computer that a message says; names of groups are left out."""
    for record in message.records:
        data = record.data
        if record.type == _NB:
            name = _decoded(record.name.partition(".")[0])
            # A negative answer has no address (RFC 1002 4.2.14).
            is_one = len(data) == _OWNER and not int.from_bytes(data[:2]) & _GROUP
            if name and name.is_computer and is_one and any(data[2:]):
                yield inet_ntop(AF_INET, data[2:]), name.text
        elif record.type == _NBSTAT and data:
            for start in range(1, min(1 + 18 * data[0], len(data) - 17), 18):
                name = _plain(data[start : start + _PLAIN])
                flags = int.from_bytes(data[start + 16 : start + 18])
                if name.is_computer and not flags & _GROUP:
                    yield speaker, name.text
                    break


def read_datagrams(conversation: Conversation) -> Iterator[Identification | HostName]:
    """What a conversation of the datagram service tells; nothing if it is none."""
    ports = conversation.client_port, conversation.server_port
    if conversation.transport != "udp" or _DATAGRAM_PORT not in ports:
        return
    identified = False
    known: set[str] = set()
    for piece in conversation.pieces:
        said = _datagram(piece)
        if said is None:
            continue
        host, sender, receiver = said
        place = said_at(conversation, piece)
        if not identified:
            identified = True
            yield Identification("netbios-dgm", str(receiver), place)
        # The header repeats the sender's address; where it does not, somebody translated it.
        is_own = sender.is_computer and host == conversation.speaker(client=piece.client)
        if is_own and sender.text not in known:
            known.add(sender.text)
            yield HostName(host, sender.text, "NetBIOS", place)


def _datagram(piece: Piece) -> tuple[str, _Name, _Name] | None:
    """Address and name of the sender, name of the receiver, of a datagram with data."""
    data = piece.data
    if len(data) < _DATAGRAM_HEADER or data[0] not in _WITH_DATA or data[1] & 0xF0:
        return None
    names: list[_Name] = []
    at = _DATAGRAM_HEADER
    for _ in range(2):
        if at >= len(data) or data[at] != _ENCODED:
            return None
        name = _decoded(data[at + 1 : at + 1 + _ENCODED].decode("latin-1"))
        end = data.find(b"\x00", at + 1 + _ENCODED, at + 255)  # behind the scope
        if name is None or end < 0:
            return None
        names.append(name)
        at = end + 1
    return inet_ntop(AF_INET, data[4:8]), names[0], names[1]
