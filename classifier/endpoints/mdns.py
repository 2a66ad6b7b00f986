"""Multicast DNS (RFC 6762) and the services that it announces (RFC 6763, RFC 2782)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from classifier.endpoints.announcement import Announcement, HostName, Identification
from classifier.endpoints.dnsmessage import SRV, parse
from classifier.endpoints.everyone import asked_all, said_at
from classifier.endpoints.llmnr import host_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.endpoints.announcement import Conversation, Place
    from classifier.endpoints.dnsmessage import Message

__all__ = ["read"]

_PORT = 5353
_SERVICE = "mdns"
_GROUPS = ("224.0.0.251", "ff02::fb")
_LIFETIME = 10
"""s; answers to a question from another port come within half a second (RFC 6762 6.7), and whoever
asks does so again for some seconds."""
_LONGEST = 86_400
"""s; a time to live above a day is cut to it."""
_SRV_FIXED = 6

_SERVICES = {
    # Names of RFC 6763 whose protocol is one of the catalogue; the others stay unknown.
    "afpovertcp": "afp",
    "airplay": "airplay",
    "daap": "daap",
    "ftp": "ftp",
    "git": "git",
    "googlecast": "chromecast",
    "hap": "homekit",
    "http": "http",
    "https": "https",
    "ipp": "ipp",
    "iscsi": "iscsi",
    "ldap": "ldap",
    "mqtt": "mqtt",
    "nfs": "nfs",
    "ntp": "ntp",
    "pdl-datastream": "pdl-datastream",
    "postgresql": "postgresql",
    "printer": "lpd",
    "rdp": "rdp",
    "rfb": "vnc",
    "rsync": "rsync",
    "rtsp": "rtsp",
    "sftp-ssh": "ssh",
    "sip": "sip",
    "smb": "smb",
    "sonos": "sonos",
    "spotify-connect": "spotify-connect",
    "ssh": "ssh",
    "telnet": "telnet",
    "webdav": "webdav",
    "xmpp-client": "xmpp",
}
"""First label of a service's name without its underscore -> id in the catalogue"""


class _Said(NamedTuple):
    """One thing that was said, and what it must differ in to be said again."""

    key: tuple[str, int, str]
    thing: Announcement | HostName


def read(conversation: Conversation) -> Iterator[Announcement | Identification | HostName]:
    """What a conversation over UDP tells; nothing if it is no mDNS."""
    ports = conversation.client_port, conversation.server_port
    if conversation.transport != "udp" or _PORT not in ports:
        return
    identified = announced = False
    known: set[tuple[str, int, str]] = set()
    for piece in conversation.pieces:
        message = _message(conversation, piece.data)
        if message is None:
            continue
        place = said_at(conversation, piece)
        if not identified:
            identified = True
            reverse = message.is_answer is piece.client and conversation.server_port != _PORT
            yield Identification(_SERVICE, "", place, client_is_server=reverse)
        if not message.is_answer:
            if piece.client and not announced:
                announced = True
                yield from asked_all(conversation, piece, _SERVICE, _PORT, _LIFETIME)
            continue
        speaker = conversation.speaker(client=piece.client)
        for said in (*_names(message, place), *_services(message, speaker, place)):
            if said.key not in known:
                known.add(said.key)
                yield said.thing


def _message(conversation: Conversation, data: bytes) -> Message | None:
    """A message that is complete, of opcode 0 (RFC 6762 18.3), and to the group or of .local."""
    message = parse(data)
    if message is None or not message.is_whole or message.opcode:
        return None
    names = [one.name for one in message.questions] + [one.name for one in message.records]
    is_local = any(name.lower().endswith(".local") for name in names)
    return message if is_local or (names and conversation.server_ip in _GROUPS) else None


def _names(message: Message, place: Place) -> Iterator[_Said]:
    """The name of every address; that of a service is none of a host."""
    for host, name in host_names(message):
        if "._" not in name and name[:1] != "_":
            yield _Said((host, 0, name), HostName(host, name, "mDNS", place))


def _services(message: Message, speaker: str, place: Place) -> Iterator[_Said]:
    """Every endpoint that an SRV record announces, at each address that the message has for it."""
    hosts: dict[str, list[str]] = {}
    for host, name in host_names(message):
        hosts.setdefault(name.lower(), []).append(host)
    for record in message.records:
        if record.type != SRV or len(record.data) <= _SRV_FIXED or not record.ttl:
            continue  # a time to live of 0 takes back (RFC 6762 10.1)
        words = record.name.lower().split(".")
        kinds = [word for word in words if word.startswith("_")]
        if len(kinds) < 2 or kinds[-1] not in ("_tcp", "_udp"):  # noqa: PLR2004
            continue
        port = int.from_bytes(record.data[4:6])
        target = message.names.at(record.start + _SRV_FIXED)
        if not port or target is None:
            continue
        for host in hosts.get(target.lower(), [speaker]):
            announcement = Announcement(
                host=host,
                port=port,
                transport=kinds[-1][1:],
                service=_SERVICES.get(kinds[-2][1:], "unknown"),
                detail=f"{kinds[-2]}.{kinds[-1]} by mDNS",
                place=place,
                speaker=speaker,
                lifetime=min(record.ttl, _LONGEST),
            )
            yield _Said((host, port, announcement.detail), announcement)
