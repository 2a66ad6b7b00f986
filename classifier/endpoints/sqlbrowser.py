"""SQL Server Browser: on which port each instance listens ([MC-SQLR])."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.endpoints.announcement import Announcement, Identification, Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.endpoints.announcement import Conversation
    from classifier.flows.piece import Piece

__all__ = ["read"]

_BROWSER, _SERVER = "mssql-browser", "mssql"
_ASK_ADMINISTRATOR = b"\x0f\x01"
"""CLNT_UCAST_DAC, version 1, then the name of the instance (2.2.4)"""
_RESPONSE = 0x05
_ADMINISTRATOR_SIZE = 6
"""RESP_SIZE of a response about the administrator's port: of the whole message (2.2.6)"""
_FIRST_KEY = b"ServerName;"
"""Each instance begins with it (2.2.5)."""


def read(conversation: Conversation) -> Iterator[Announcement | Identification]:
    """What the browser tells of its instances; a question alone proves nothing."""
    if conversation.transport != "udp":
        return
    identified, done = False, set()
    for by_client in (True, False):
        asked = _asked(conversation, client=not by_client)
        speaker = conversation.speaker(client=by_client)
        for piece in conversation.messages(client=by_client):
            found = list(_instances(piece.data)) or list(_administrator(piece.data, asked))
            place = Place(conversation.flow, piece.frame, piece.source, piece.time)
            if (found or _is_response(piece)) and not identified:
                identified = True
                yield Identification(_BROWSER, "", place, client_is_server=by_client)
            for port, detail in found:
                if port and (port, detail) not in done:
                    done.add((port, detail))
                    yield Announcement(
                        host=speaker,
                        port=port,
                        transport="tcp",
                        service=_SERVER,
                        detail=detail,
                        place=place,
                        speaker=speaker,
                        lifetime=0,
                    )


def _asked(conversation: Conversation, *, client: bool) -> str:
    """The instance whose administrator's port was asked for last."""
    names = [
        _words(piece.data[2:].partition(b"\0")[0])
        for piece in conversation.messages(client=client)
        if piece.data.startswith(_ASK_ADMINISTRATOR)
    ]
    return names[-1] if names else ""


def _is_response(piece: Piece) -> bool:
    return piece.data[:1] == bytes((_RESPONSE,)) and piece.data[3:14] == _FIRST_KEY


def _instances(data: bytes) -> Iterator[tuple[int, str]]:
    """Port, 0 without one, and description of each instance of a response."""
    if data[:1] != bytes((_RESPONSE,)) or data[3:14] != _FIRST_KEY:
        return
    size = int.from_bytes(data[1:3], "little")
    text = data[3 : 3 + size]
    # Each instance ends with two semicolons (2.2.5): one without them was cut off.
    for record in text.split(b";;")[:-1]:
        fields = _words(record).split(";")
        values = dict(zip(fields[::2], fields[1::2], strict=False))
        instance = values.get("InstanceName")
        if instance is None or "ServerName" not in values:
            continue
        said = [f"instance {instance}", f"version {values.get('Version') or 'unknown'}"]
        if values.get("np"):
            said.append(f"pipe {values['np']}")
        port = values.get("tcp", "")
        yield _port(port), ", ".join(said)


def _administrator(data: bytes, asked: str) -> Iterator[tuple[int, str]]:
    """Port of the dedicated administrator connection (2.2.6)."""
    if len(data) == _ADMINISTRATOR_SIZE and data[:4] == b"\x05\x06\x00\x01" and asked:
        yield (
            int.from_bytes(data[4:6], "little"),
            f"instance {asked}, dedicated administrator connection",
        )


def _port(text: str) -> int:
    digits = text.isascii() and text.isdigit() and len(text) < 6  # noqa: PLR2004
    return int(text) if digits and int(text) <= 0xFFFF else 0  # noqa: PLR2004


def _words(octets: bytes) -> str:
    """A name in the server's code page, which the message does not tell."""
    return octets.decode("utf-8", "replace")
