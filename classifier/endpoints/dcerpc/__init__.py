"""DCE/RPC over TCP: binds on any port, the endpoint mapper, DCOM activation (C706, MS-RPCE)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.endpoints.dcerpc.connection import said
from classifier.endpoints.dcerpc.pdu import (
    ALTER_CONTEXT,
    BIND,
    BIND_ACK,
    REQUEST,
    RESPONSE,
    Pdu,
    pdus,
)
from classifier.endpoints.protocol import Protocol
from classifier.endpoints.stream import runs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.endpoints.announcement import Conversation
    from classifier.endpoints.dcerpc.connection import Said

__all__ = ["PROTOCOL", "read"]

_PATTERN = rb"^\x05[\x00\x01][\x00\x02\x03\x0b-\x0f][\x00-\x7f][\x00\x10]\x00\x00\x00"
"""The first bytes of a PDU: version 5.0 or 5.1, a type, flags, a data representation of ASCII and
IEEE floats (C706 12.6.3)."""

_ASKS = (BIND, ALTER_CONTEXT, REQUEST)


def read(conversation: Conversation) -> Iterator[Said]:
    """What a conversation over TCP tells; nothing if it is no DCE/RPC."""
    if conversation.transport != "tcp":
        return
    sides = {client: _pdus(conversation, client=client) for client in (True, False)}
    asks = {client: sum(pdu.type in _ASKS for pdu in sides[client]) for client in sides}
    answers = {
        client: sum(pdu.type in (BIND_ACK, RESPONSE) for pdu in sides[client]) for client in sides
    }
    # Who calls is told by the PDUs: a recording that began in the middle may have the sides wrong.
    caller_is_client = asks[True] + answers[False] >= asks[False] + answers[True]
    yield from said(conversation, sides[caller_is_client], sides[not caller_is_client])


def _pdus(conversation: Conversation, *, client: bool) -> list[Pdu]:
    return [pdu for run in runs(conversation, client=client) for pdu in pdus(run)]


PROTOCOL = Protocol("DCE/RPC", ((6, 135),), ((6, _PATTERN),), read)
