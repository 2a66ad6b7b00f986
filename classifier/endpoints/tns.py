"""Oracle Net: a listener sends its client on to another port (TNS REDIRECT).

Oracle does not publish the protocol; the layout is the one that Wireshark and Oracle's own
open-source driver (python-oracledb) read.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import TYPE_CHECKING

from classifier.endpoints.announcement import Announcement, Identification, LookedFor
from classifier.endpoints.stream import runs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.endpoints.announcement import Conversation, Place

__all__ = ["read"]

_SERVICE, _OVER_TLS = "oracle", "oracle-tls"
_CONNECT, _REFUSE, _REDIRECT = 1, 4, 5
_LAST_TYPE = 19
_HEADER = 8
_VERSIONS = range(300, 400)
_MOST_PACKETS = 16
"""Connecting, refusing and redirecting is over by then, resending included."""
_MOST_TEXT = 4_096
_LIFETIME = 300
"""Seconds; the client follows a redirect at once."""

_ADDRESS = re.compile(rb"\(ADDRESS\s*=((?:\s*\(\w{1,20}\s*=[^()]{0,255}\)){1,9})", re.IGNORECASE)
_FIELD = re.compile(rb"\((\w{1,20})\s*=([^()]{0,255})\)")
_TARGET = re.compile(rb"\((SERVICE_NAME|SID)\s*=([^()]{1,255})\)", re.IGNORECASE)
_ERROR = re.compile(rb"\(ERR\s*=\s*(\d{1,6})\)", re.IGNORECASE)


def read(conversation: Conversation) -> Iterator[Announcement | Identification | LookedFor]:
    """What a connection to a listener tells."""
    if conversation.transport != "tcp":
        return
    for by_client in (True, False):
        asked = [
            (found, place)
            for kind, packet, place in _packets(conversation, client=by_client)
            if (found := _connect(kind, packet)) is not None
        ]
        if asked:
            target, place = asked[0]
            yield Identification(_SERVICE, target, place, client_is_server=not by_client)
            yield from _answers(conversation, target, by_client=not by_client)
            return
    yield from _answers(conversation, "", by_client=False)


def _answers(
    conversation: Conversation, target: str, *, by_client: bool
) -> Iterator[Announcement | LookedFor]:
    """Where the listener sends its client, or why it does not let it in."""
    speaker = conversation.speaker(client=by_client)
    done = set()
    for kind, packet, place in _packets(conversation, client=by_client):
        if kind == _REFUSE and (error := _ERROR.search(packet)):
            words = f"{target or 'connection'} refused: ORA-{int(error[1]):05}"
            yield LookedFor(_SERVICE, words, place)
        if kind != _REDIRECT:
            continue
        for found in _ADDRESS.finditer(packet):
            fields = {name.upper(): value.strip() for name, value in _FIELD.findall(found[1])}
            protocol = fields.get(b"PROTOCOL", b"tcp").lower()
            port = _port(fields.get(b"PORT", b""))
            if protocol not in (b"tcp", b"tcps") or not port:
                continue
            name = fields.get(b"HOST", b"").decode("utf-8", "replace")
            for host in _hosts(name, speaker):
                if (host, port, protocol) not in done:
                    done.add((host, port, protocol))
                    yield Announcement(
                        host=host,
                        port=port,
                        transport="tcp",
                        service=_OVER_TLS if protocol == b"tcps" else _SERVICE,
                        detail=", ".join(filter(None, (target, f"redirected to {name}"))),
                        place=place,
                        speaker=speaker,
                        lifetime=_LIFETIME,
                    )


def _hosts(name: str, speaker: str) -> Iterator[str]:
    """A name is taken for the speaker's; a private address behind a NAT may be it as well."""
    try:
        address = ip_address(name.strip("[]"))
    except ValueError:
        yield speaker
        return
    if address.is_unspecified:
        yield speaker
        return
    yield str(address)
    if str(address) != speaker and address.is_private and not _is_private(speaker):
        yield speaker


def _is_private(text: str) -> bool:
    try:
        return ip_address(text).is_private
    except ValueError:
        return False


def _port(digits: bytes) -> int:
    """1 to 65535, else 0."""
    if not digits.isdigit() or len(digits) > 5 or int(digits) > 0xFFFF:  # noqa: PLR2004
        return 0
    return int(digits)


def _connect(kind: int, packet: bytes) -> str | None:
    """What a CONNECT is for; None where it is none, empty where it does not say."""
    if kind != _CONNECT or len(packet) < 28:  # noqa: PLR2004
        return None
    version, compatible = int.from_bytes(packet[8:10]), int.from_bytes(packet[10:12])
    size, offset = int.from_bytes(packet[24:26]), int.from_bytes(packet[26:28])
    if version not in _VERSIONS or not _VERSIONS.start <= compatible <= version:
        return None
    # Connect data that is long comes in a packet of its own: 8 bytes of header, 2 of flags.
    begin = packet.find(b"(", offset, offset + 11) if offset >= 28 else -1  # noqa: PLR2004
    if begin < 0:
        return None
    text = packet[begin : begin + size]
    found = _TARGET.search(text)
    if found is None:
        return ""
    kind_of_name = "SID" if found[1].upper() == b"SID" else "service"
    return f"{kind_of_name} {found[2].strip().decode('utf-8', 'replace')}"


def _packets(conversation: Conversation, *, client: bool) -> Iterator[tuple[int, bytes, Place]]:
    """Type and bytes of the first packets of each run, with what follows as far as it may belong.

    The length is 16 bits wide, from version 315 on it may be 32; the 16 bits are a checksum in the
    older form, which nobody fills in.
    """
    for run in runs(conversation, client=client):
        data, at = run.data, 0
        for _ in range(_MOST_PACKETS):
            if at + _HEADER > len(data):
                break
            size = int.from_bytes(data[at : at + 2]) or int.from_bytes(data[at : at + 4])
            kind = data[at + 4]
            if size < _HEADER or not 0 < kind <= _LAST_TYPE:
                break
            yield kind, data[at : at + max(min(size, _MOST_TEXT), _reach(data, at))], run.place(at)
            at += size


def _reach(data: bytes, at: int) -> int:
    """How far the text of a packet goes that holds only its length: into the packet behind it."""
    kind = data[at + 4]
    if kind == _REDIRECT:
        return 10 + min(int.from_bytes(data[at + 8 : at + 10]) + 10, _MOST_TEXT)
    if kind == _CONNECT:
        return min(int.from_bytes(data[at + 24 : at + 26]) + 100, _MOST_TEXT)
    return 0
