"""What a server of DCE/RPC hands out in its answers: by the endpoint mapper, by DCOM."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import TYPE_CHECKING

from msgspec import Struct

from classifier.endpoints.announcement import Announcement, LookedFor
from classifier.endpoints.dcerpc import mapper, oxid

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from classifier.endpoints.dcerpc.pdu import Pdu

__all__ = ["LIFETIME", "SERVICE", "Call", "handed_out", "once", "service_of"]

SERVICE = "windows-rpc"
LIFETIME = 0
"""A server keeps its ports until it restarts: for as long as the recording."""


_PROFINET = re.compile(r"dea0000[1-4]-6c97-11d1-8271-00a02442df7d")
"""Device, controller, supervisor and parameter server of PROFINET IO (IEC 61158-6-10)"""


class Call(Struct, frozen=True):
    """A request and its answer.

    Attributes:
        request: None where it was not recorded.
        answer: Its stub is readable.
        interface: UUID, empty where the bind was not recorded.
        speaker: Address of the server.
        recorded_bind: Whether the interface is known from a bind, not by the port only.
        ndr64: Whether the transfer syntax has 64-bit lengths.
    """

    request: Pdu | None
    answer: Pdu
    interface: str
    speaker: str
    recorded_bind: bool
    ndr64: bool


def handed_out(call: Call) -> Iterator[Announcement | LookedFor]:
    """The endpoints in an answer, and those that were asked for in vain."""
    operation = call.request.operation if call.request else -1
    if call.interface == mapper.INTERFACE:
        if operation == mapper.EPT_MAP and call.request:
            yield from _mapped(call, call.request)
        elif operation == mapper.EPT_LOOKUP:
            found = mapper.looked_up(call.answer, ndr64=call.ndr64)
            yield from _entries(call, found.entries if found else ())
    if operation in oxid.ACTIVATORS.get(call.interface, ()) or not call.recorded_bind:
        yield from _bindings(call)


def once(found: Iterator[Announcement | LookedFor]) -> Iterator[Announcement | LookedFor]:
    """What was asked for in vain once each, and every time that something was handed out.

    One port serves many interfaces: which of them a client was told last is what names its next
    flow, so an answer that comes again is not a repetition.
    """
    seen = set()
    for one in found:
        if isinstance(one, LookedFor):
            meaning = one.interface, one.detail
            if meaning in seen:
                continue
            seen.add(meaning)
        yield one


def service_of(interface: str) -> str:
    """Id in the catalogue: DCE/RPC is of Windows but for what others have built on it."""
    return "profinet-io" if _PROFINET.fullmatch(interface) else SERVICE


def _mapped(call: Call, request: Pdu) -> Iterator[Announcement | LookedFor]:
    found = mapper.mapped(call.answer, ndr64=call.ndr64)
    if found is None:
        return
    yield from _entries(call, found.entries)
    wanted = mapper.asked(request, ndr64=call.ndr64)
    if not found.entries and found.status and wanted:
        reason = (
            "not registered"
            if found.status == mapper.NOT_REGISTERED
            else f"status 0x{found.status:08x}"
        )
        yield LookedFor(
            service_of(wanted.interface),
            f"asked the endpoint mapper, {reason}",
            call.answer.place,
            interface=wanted.interface,
        )


def _entries(call: Call, entries: Iterable[mapper.Entry]) -> Iterator[Announcement]:
    """A mapper knows its own host only, so what has another address is also at the speaker's."""
    seen = set()
    for entry in entries:
        tower = entry.tower
        if tower.transport not in ("tcp", "udp", "http") or not tower.port:
            continue
        transport = "udp" if tower.transport == "udp" else "tcp"
        for host in dict.fromkeys((call.speaker, tower.host or call.speaker)):
            meaning = host, tower.port, transport, tower.interface
            if meaning not in seen:
                seen.add(meaning)
                yield _announced(
                    call, host, tower.port, transport=transport, interface=tower.interface,
                    words=entry.annotation or "endpoint mapper",
                )  # fmt: skip


def _bindings(call: Call) -> Iterator[Announcement]:
    """A host may have many names and addresses in its bindings; the port is the same of all."""
    seen = set()
    for binding in oxid.bindings(call.answer.body):
        # Bindings list every address of the server itself: it is reached at the one that spoke.
        for host in dict.fromkeys((call.speaker, _address(binding.host) or call.speaker)):
            if (host, binding.port) not in seen:
                seen.add((host, binding.port))
                yield _announced(call, host, binding.port, words="DCOM object exporter")


def _announced(
    call: Call, host: str, port: int, *, words: str, transport: str = "tcp", interface: str = ""
) -> Announcement:
    return Announcement(
        host=host,
        port=port,
        transport=transport,
        service=service_of(interface),
        detail=words,
        place=call.answer.place,
        speaker=call.speaker,
        lifetime=LIFETIME,
        interface=interface,
    )


def _address(word: str) -> str:
    """The address that a binding names, without the number of the server's interface."""
    try:
        address = ip_address(word.split("%", maxsplit=1)[0])
    except ValueError:
        return ""
    return "" if address.is_unspecified or address.is_loopback else str(address)
