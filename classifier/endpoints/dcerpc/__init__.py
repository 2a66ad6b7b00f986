"""DCE/RPC: binds on any port, the endpoint mapper, DCOM activation (C706, MS-RPCE, MS-DCOM)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.endpoints.dcerpc.connection import Connection
from classifier.endpoints.dcerpc.pdu import (
    ALTER_CONTEXT,
    ALTER_CONTEXT_RESPONSE,
    BIND,
    BIND_ACK,
    BIND_NAK,
    FAULT,
    REQUEST,
    RESPONSE,
    Pdu,
    is_header,
    pdus,
)
from classifier.endpoints.stream import runs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.endpoints.announcement import Conversation
    from classifier.endpoints.dcerpc.connection import Said

__all__ = ["carried", "read"]

_HTTP = b"ncacn_http/1.0"
"""What a server of RPC over HTTP version 1 says first (MS-RPCH 2.1.1.1.1)"""
_MAPPER_PORTS = (135, 593)

_ASKS = (BIND, ALTER_CONTEXT, REQUEST)
_ANSWERS = (BIND_ACK, BIND_NAK, ALTER_CONTEXT_RESPONSE, RESPONSE, FAULT)


def read(conversation: Conversation) -> Iterator[Said]:
    """What a conversation over TCP tells; nothing if it is no DCE/RPC."""
    if conversation.transport != "tcp":
        return
    sides = {client: _pdus(conversation, client=client) for client in (True, False)}
    if not all(sides[client] or _may_be_cut(conversation, client=client) for client in sides):
        return  # a probe, which another protocol answered
    caller = _caller_is_client(sides)
    yield from Connection(
        sides[caller],
        sides[not caller],
        conversation.speaker(client=not caller),
        mapper_port=(conversation.server_port if caller else conversation.client_port)
        in _MAPPER_PORTS,
        turned=not caller,
    ).said()


def carried(conversation: Conversation, over: str) -> Iterator[Said]:
    """What was said over something that carries DCE/RPC.

    Args:
        conversation: Of what carries it, with the pieces that it carried.
        over: What that is, in words.
    """
    sides = {client: _pdus(conversation, client=client) for client in (True, False)}
    yield from Connection(sides[True], sides[False], conversation.server_ip, over=over).said()


def _caller_is_client(sides: dict[bool, list[Pdu]]) -> bool:
    """Who calls is told by the PDUs: a recording that began in the middle may not know it."""
    asks = {client: sum(pdu.type in _ASKS for pdu in sides[client]) for client in sides}
    answers = {client: sum(pdu.type in _ANSWERS for pdu in sides[client]) for client in sides}
    return asks[True] + answers[False] >= asks[False] + answers[True]


def _pdus(conversation: Conversation, *, client: bool) -> list[Pdu]:
    found: list[Pdu] = []
    for run in runs(conversation, client=client):
        found += pdus(run, len(_HTTP) if run.data.startswith(_HTTP) else 0)
    return found


def _may_be_cut(conversation: Conversation, *, client: bool) -> bool:
    """Whether a side without a whole PDU said nothing, or began one."""
    first = next(conversation.messages(client=client), None)
    if first is None:
        return True
    data = first.data.removeprefix(_HTTP)
    return is_header(data) or (data[:1] in (b"", b"\5") and len(data) < 16)  # noqa: PLR2004
