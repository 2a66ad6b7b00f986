"""One connection of DCE/RPC: what was bound, what the mapper and DCOM handed out over it."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING

from classifier.endpoints.announcement import Announcement, Identification, LookedFor
from classifier.endpoints.dcerpc import mapper, oxid
from classifier.endpoints.dcerpc.bind import NDR64, Context, accepted, contexts
from classifier.endpoints.dcerpc.pdu import (
    ALTER_CONTEXT,
    ALTER_CONTEXT_RESPONSE,
    BIND,
    BIND_ACK,
    REQUEST,
    RESPONSE,
    Pdu,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from classifier.endpoints.announcement import Conversation

__all__ = ["LIFETIME", "SERVICE", "Said", "said"]

SERVICE = "windows-rpc"
LIFETIME = 0
"""A server keeps its ports until it restarts: for as long as the recording."""

Said = Announcement | Identification | LookedFor


@dataclass(slots=True)
class _Known:
    """What is known of a connection so far."""

    contexts: dict[int, Context] = field(default_factory=dict)
    proposed: dict[int, tuple[Context, ...]] = field(default_factory=dict)
    refused: set[int] = field(default_factory=set)
    ndr64: set[int] = field(default_factory=set)
    requests: dict[int, Pdu] = field(default_factory=dict)


def said(
    conversation: Conversation, asking: Iterable[Pdu], answering: Iterable[Pdu]
) -> Iterator[Said]:
    """What a connection tells.

    Args:
        conversation: Whose it is.
        asking: PDUs of the side that is the RPC client.
        answering: PDUs of the other.
    """
    known, answers = _Known(), list(answering)
    for pdu in asking:
        if pdu.type in (BIND, ALTER_CONTEXT):
            found = contexts(pdu.body, little=pdu.little)
            known.proposed[pdu.call] = found
            for context in found:
                known.contexts.setdefault(context.number, context)
                if not context.is_question:
                    yield _bound(context, pdu)
        elif pdu.type == REQUEST:
            known.requests[pdu.call] = pdu
    for pdu in answers:
        if pdu.type in (BIND_ACK, ALTER_CONTEXT_RESPONSE):
            _note_accepted(known, pdu)
    for pdu in answers:
        if pdu.type == RESPONSE and not pdu.sealed:
            yield from _answer(conversation, known, pdu)


def _bound(context: Context, pdu: Pdu) -> Identification:
    version = f"{context.version[0]}.{context.version[1]}"
    return Identification(
        SERVICE, f"bind to version {version}", pdu.place, interface=context.interface
    )


def _note_accepted(known: _Known, pdu: Pdu) -> None:
    for context, (taken, syntax) in zip(
        known.proposed.get(pdu.call, ()), accepted(pdu.body, little=pdu.little), strict=False
    ):
        if not taken:
            known.refused.add(context.number)
        elif syntax == NDR64:
            known.ndr64.add(context.number)


def _answer(conversation: Conversation, known: _Known, pdu: Pdu) -> Iterator[Said]:
    """What a response hands out."""
    request = known.requests.get(pdu.call)
    context = known.contexts.get(pdu.context)
    interface = context.interface if context else ""
    operation = request.operation if request else -1
    ndr64 = pdu.context in known.ndr64
    if interface == mapper.INTERFACE or (not interface and conversation.server_port == 135):  # noqa: PLR2004
        if operation == mapper.EPT_MAP and request:
            yield from _mapped(conversation, request, pdu, ndr64=ndr64)
        elif operation == mapper.EPT_LOOKUP:
            found = mapper.looked_up(pdu, ndr64=ndr64)
            yield from _entries(conversation, found.entries if found else (), pdu)
    if operation in oxid.ACTIVATORS.get(interface, ()) or not interface:
        yield from _bindings(conversation, pdu)


def _mapped(conversation: Conversation, request: Pdu, pdu: Pdu, *, ndr64: bool) -> Iterator[Said]:
    found = mapper.mapped(pdu, ndr64=ndr64)
    if found is None:
        return
    yield from _entries(conversation, found.entries, pdu)
    wanted = mapper.asked(request, ndr64=ndr64)
    if not found.entries and wanted:
        reason = (
            "not registered"
            if found.status == mapper.NOT_REGISTERED
            else f"status 0x{found.status:08x}"
        )
        yield LookedFor(
            SERVICE, f"asked the endpoint mapper, {reason}", pdu.place, interface=wanted.interface
        )


def _entries(
    conversation: Conversation, entries: Iterable[mapper.Entry], pdu: Pdu
) -> Iterator[Announcement]:
    speaker = conversation.server_ip
    for entry in dict.fromkeys(entries):
        tower = entry.tower
        if tower.transport not in ("tcp", "udp", "http") or not tower.port:
            continue
        yield Announcement(
            host=tower.host or speaker,
            port=tower.port,
            transport="udp" if tower.transport == "udp" else "tcp",
            service=SERVICE,
            detail=entry.annotation or "endpoint mapper",
            place=pdu.place,
            speaker=speaker,
            lifetime=LIFETIME,
            interface=tower.interface,
        )


def _bindings(conversation: Conversation, pdu: Pdu) -> Iterator[Announcement]:
    """A host may have many names and addresses in its bindings; the port is the same of all."""
    speaker = conversation.server_ip
    seen = set()
    for binding in oxid.bindings(pdu.body):
        host = _address(binding.host) or speaker
        # Bindings list every address of the server itself: it is reached at the one that spoke.
        for each in dict.fromkeys((speaker, host)):
            if (each, binding.port) not in seen:
                seen.add((each, binding.port))
                yield Announcement(
                    host=each,
                    port=binding.port,
                    transport="tcp",
                    service=SERVICE,
                    detail="DCOM object exporter",
                    place=pdu.place,
                    speaker=speaker,
                    lifetime=LIFETIME,
                )


def _address(word: str) -> str:
    try:
        return str(ip_address(word))
    except ValueError:
        return ""
