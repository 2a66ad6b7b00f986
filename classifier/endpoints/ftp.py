"""FTP: data connections that PORT, PASV and their successors agree (RFC 959, 1639, 2428).

After AUTH TLS (RFC 4217) nothing can be read any more, so nothing is announced.
"""

from __future__ import annotations

from collections import Counter, deque
from typing import TYPE_CHECKING

from msgspec import Struct

from classifier.endpoints.announcement import Announcement, Identification
from classifier.endpoints.expression import expression
from classifier.endpoints.ftp_address import ACTIVE, PASSIVE
from classifier.endpoints.lines import lines
from classifier.endpoints.once import Once
from classifier.endpoints.printable import printable
from classifier.endpoints.reachable import reachable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.endpoints.announcement import Conversation, Place
    from classifier.endpoints.lines import Line

__all__ = ["read"]

_COMMAND = rb"(?s)(?:\xff[\xf0-\xff])*([A-Za-z]{3,4})(?: +(.*))?"
"""What Telnet puts before an ABOR is passed over (RFC 959 3.4)."""
_REPLY = rb"(?s)([1-5][0-5][0-9])(?:([ -])(.*))?"

_TRANSFERS = frozenset((b"RETR", b"STOR", b"STOU", b"APPE", b"LIST", b"NLST", b"MLSD"))
_FITS: dict[bytes, tuple[int, ...]] = {
    b"USER": (230, 331, 332, 530),
    b"PASS": (230, 332, 530),
    b"AUTH": (234, 504, 534),
    b"SYST": (215,),
    b"FEAT": (211,),
    b"TYPE": (200,),
    b"PWD": (257,),
    b"CWD": (250,),
    b"PORT": (200,),
    b"EPRT": (200,),
    b"PASV": (227,),
    b"EPSV": (229,),
    b"RETR": (125, 150),
    b"STOR": (125, 150),
    b"LIST": (125, 150),
    b"NLST": (125, 150),
}
"""Replies that only FTP gives to commands that only FTP has: SMTP and POP share some of each."""

_SECURED = (234, 334)
_REFUSED = 400


class _Data(Struct):
    """A data connection that was agreed."""

    hosts: tuple[str, ...]
    port: int
    speaker: str
    place: Place
    how: bytes
    use: bytes = b""
    refused: bool = False


def read(conversation: Conversation) -> Iterator[Announcement | Identification]:
    """What a control connection tells; nothing if it is none."""
    if conversation.transport != "tcp":
        return
    said = list(lines(conversation))
    client = _client_is_client(said)
    control = _Control(conversation, client=client)
    for line in said:
        if line.client is client:
            control.command(line)
        else:
            control.reply(line)
        if control.secured:
            break
    if control.fits is not None:
        detail = "TLS after AUTH" if control.secured else ""
        yield Identification("ftp", detail, control.fits, client_is_server=not client)
    once = Once()
    for data in control.data:
        for announcement in () if data.refused else _announced(data):
            if once.first(announcement):
                yield announcement


def _client_is_client(said: list[Line]) -> bool:
    """A recording that began in the middle may have the sides wrong."""
    votes = 0
    for line in said:
        found = expression(_COMMAND).fullmatch(line.text)
        if found and found[1].upper() in _FITS:
            votes += 1 if line.client else -1
        elif expression(_REPLY).fullmatch(line.text):
            votes += -1 if line.client else 1
    return votes >= 0


def _announced(data: _Data) -> Iterator[Announcement]:
    use = f", {printable(data.use)}" if data.use else ""
    for host in data.hosts:
        yield Announcement(
            host=host,
            port=data.port,
            transport="tcp",
            service="ftp-data",
            detail=data.how.decode("ascii") + use,
            place=data.place,
            speaker=data.speaker,
        )


class _Control:
    """Commands and the replies to them, in order.

    Attributes:
        data: Data connections that were agreed.
        fits: Where a reply fitted its command as only in FTP; None if nowhere.
        secured: Whether TLS begins.
    """

    def __init__(self, conversation: Conversation, *, client: bool) -> None:
        self._asking = conversation.speaker(client=client)
        self._answering = conversation.speaker(client=not client)
        self._waiting: deque[tuple[bytes, Place, _Data | None]] = deque()
        self._asked: Counter[bytes] = Counter()  # names of those that wait
        self._spoken_to = False
        self._inside = b""
        self.data: list[_Data] = []
        self.fits: Place | None = None
        self.secured = False

    def command(self, line: Line) -> None:
        """What the client says."""
        self._spoken_to = True
        found = expression(_COMMAND).fullmatch(line.text)
        if not found:
            return
        name, argument = found[1].upper(), found[2] or b""
        data = None
        if name in ACTIVE:
            endpoint = ACTIVE[name](argument)
            if endpoint:
                hosts = reachable(endpoint[0], self._asking)
                data = _Data(hosts, endpoint[1], self._asking, line.place, name)
                self.data.append(data)
        elif name in _TRANSFERS and self.data and not self.data[-1].use:
            self.data[-1].use = name + (b" " + argument if argument else b"")
        self._waiting.append((name, line.place, data))
        self._asked[name] += 1

    def reply(self, line: Line) -> None:
        """What the server says: replies of one line, or of several (RFC 959 4.2)."""
        found = expression(_REPLY).fullmatch(line.text)
        if self._inside:
            if not found or found[1] != self._inside:
                return
            if found[2] == b"-":
                self._passive(int(found[1]), found[3], line)
                return
            self._inside = b""
        elif not found:
            return
        elif found[2] == b"-":
            self._inside = found[1]
            self._passive(int(found[1]), found[3], line)
            return
        code = int(found[1])
        self._passive(code, found[3] or b"", line)
        self._answer(code)

    def _passive(self, code: int, text: bytes, line: Line) -> None:
        """One line of a reply that may hold where the server listens."""
        if code not in PASSIVE:
            return
        name, endpoint_of = PASSIVE[code]
        # Who was never asked may still say so where the recording began with the answer.
        endpoint = endpoint_of(text) if self._asked[name] or not self._spoken_to else None
        if endpoint:
            # Most clients go to the host that they speak with, whatever it says (RFC 1123
            # 4.1.2.6 has them read the address; NAT and malice taught them otherwise).
            hosts = dict.fromkeys((*reachable(endpoint[0], self._answering), self._answering))
            self.data.append(_Data(tuple(hosts), endpoint[1], self._answering, line.place, name))

    def _answer(self, code: int) -> None:
        """The end of a reply: to the command that waits longest."""
        if code in PASSIVE:
            name = PASSIVE[code][0]
            if not self._asked[name]:
                return
            while self._waiting[0][0] != name:
                self._answered()
        if not self._waiting:
            return
        name, place, data = self._waiting[0]
        if self.fits is None and code in _FITS.get(name, ()):
            self.fits = place
        if code < 200:  # noqa: PLR2004 - another reply follows (RFC 959 4.2.1)
            return
        self._answered()
        if data is not None and code >= _REFUSED:
            data.refused = True
        if name == b"AUTH" and code in _SECURED:
            self.secured = True

    def _answered(self) -> None:
        self._asked[self._waiting.popleft()[0]] -= 1
