"""IRC: users offer each other files and chats at an address and port of their own (DCC).

The offer is a message of the client-to-client protocol within a PRIVMSG or NOTICE (RFC 1459 4.4):
``DCC SEND name address port size``. Port 0 asks the other side to listen, which says so in turn.
"""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from classifier.endpoints.announcement import Announcement, Identification
from classifier.endpoints.expression import expression
from classifier.endpoints.lines import lines
from classifier.endpoints.once import Once
from classifier.endpoints.printable import printable
from classifier.endpoints.reachable import address, reachable

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

    from classifier.endpoints.announcement import Conversation
    from classifier.endpoints.lines import Line

__all__ = ["read"]

_OFFER = (
    rb"(?:@[^ ]{1,500} +)?(?::[^ ]{1,300} +)?(?i:PRIVMSG|NOTICE) +[^ ]{1,300} +:"
    rb"\x01DCC +(S?SEND|TSEND|S?CHAT) +(\"[^\"\x01]{1,300}\"|[^ \x01]{1,300})"
    rb" +([0-9]{1,10}|[0-9A-Fa-f:.]{2,45}) +([0-9]{1,5})(?: [^\x01]*)?\x01?"
)
_ASKS = rb"(?i:NICK|JOIN) +[^ ]{1,300}.*|(?i:USER) +[^ ]+ +[^ ]+ +[^ ]+ .+"
_ANSWERS = rb":[^ ]{1,300} +[0-9]{3} +[^ ]{1,300} .*"
"""Numeric replies (RFC 1459 6)"""
_LIFETIME = 600
"""A person has to accept the offer."""
_HIGHEST = 65_535
_ANY = 0xFFFFFFFF


def read(conversation: Conversation) -> Iterator[Announcement | Identification]:
    """What a conversation with a server tells; nothing if it is none."""
    if conversation.transport != "tcp":
        return
    once = Once()
    asked: Line | None = None
    answered: Line | None = None
    identified = False
    for line in lines(conversation):
        if expression(_ASKS).fullmatch(line.text):
            asked = asked or line
        elif expression(_ANSWERS).fullmatch(line.text):
            answered = answered or line
        elif found := expression(_OFFER).fullmatch(line.text):
            for announcement in _offered(conversation, found, line):
                if once.first(announcement):
                    yield announcement
        if asked and answered and not identified and asked.client is not answered.client:
            identified = True
            yield Identification("irc", "", asked.place, client_is_server=not asked.client)


def _offered(
    conversation: Conversation, found: re.Match[bytes], line: Line
) -> Iterator[Announcement]:
    speaker = conversation.speaker(client=line.client)
    said, port = _host(found[3].decode("ascii")), int(found[4])
    kind, name = found[1].decode("ascii"), printable(found[2].strip(b'"'))
    if not said or not 0 < port <= _HIGHEST:
        return
    # A server passes on what a user said, and has no part in it.
    relayed = line.text.startswith((b":", b"@"))
    for host in (said,) if relayed else reachable(said, speaker):
        yield Announcement(
            host=host,
            port=port,
            transport="tcp",
            service="irc-dcc",
            detail=f"{kind} {name}",
            place=line.place,
            speaker=speaker,
            lifetime=_LIFETIME,
        )


def _host(text: str) -> str:
    """IPv4 as one number, else an address as text; empty where it is neither."""
    if not text.isdecimal():
        return address(text)
    number = int(text)
    return str(IPv4Address(number)) if 0 < number <= _ANY else ""
