"""ONC RPC: the port mapper and rpcbind hand out ports; calls name their program (RFC 5531, 1833).

Any flow that begins with a call is read, whatever its port: the call says which program it is for.
"""

from __future__ import annotations

from bisect import bisect_left
from ipaddress import ip_address
from itertools import chain, islice
from typing import TYPE_CHECKING

from classifier.endpoints.announcement import Announcement, Identification, LookedFor
from classifier.endpoints.sunrpc.binder import BINDER, asked, entries
from classifier.endpoints.sunrpc.message import SUCCESS, Call, Reply, messages

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from classifier.catalogue.rpc_programs import RpcProgram
    from classifier.endpoints.announcement import Conversation
    from classifier.endpoints.sunrpc.binder import Entry

__all__ = ["read"]

_OTHER = "onc-rpc"
"""Service of a program that has none of its own"""
_CALLBACK = 0x40000000
"""NFS calls its client back with this program, over the client's connection (RFC 8881 2.10.3.1)."""
_ENOUGH = 256
"""Messages of each side tell which programs a flow is for: file servers send millions. Only what is
said to the port mapper is read to the end."""
_LIFETIME = 0
"""A program keeps its port until it restarts: for as long as the recording."""


Said = Announcement | Identification | LookedFor


def read(conversation: Conversation) -> Iterator[Said]:
    """What a conversation over UDP or TCP tells; nothing if it is no ONC RPC."""
    sides = {
        client: list(islice(messages(conversation, client=client), _ENOUGH))
        for client in (True, False)
    }
    first = chain.from_iterable(sides.values())
    if any(isinstance(one, Call) and one.program == BINDER for one in first):
        sides = {client: list(messages(conversation, client=client)) for client in sides}
    calls = {side: [one for one in sides[side] if isinstance(one, Call)] for side in sides}
    backwards = not calls[True] and any(call.program != _CALLBACK for call in calls[False])
    for caller in (True, False):
        answered = _answered(calls[caller], sides[not caller])
        yield from _identified(calls[caller], answered, backwards=backwards)
        yield from _handed_out(conversation, calls[caller], answered, caller=caller)


def _answered(calls: list[Call], others: list[Call | Reply]) -> dict[int, Reply]:
    """The answer of each call that has one, by its place among the calls."""
    replies: dict[int, list[Reply]] = {}
    for one in others:
        if isinstance(one, Reply):
            replies.setdefault(one.xid, []).append(one)
    questions: dict[int, set[tuple[int, int, int, bytes]]] = {}
    for call in calls:
        questions.setdefault(call.xid, set()).add(call.question)
    found = {}
    for number, call in enumerate(calls):
        candidates = replies.get(call.xid)
        if not candidates:
            continue
        first = 0
        if len(questions[call.xid]) > 1:  # scanners give all their calls one xid
            first = bisect_left(candidates, call.place.time, key=lambda reply: reply.place.time)
        if first < len(candidates):
            found[number] = candidates[first]
    return found


def _identified(
    calls: list[Call], answered: dict[int, Reply], *, backwards: bool
) -> Iterator[Identification]:
    """A program that nobody registered is believed only where the call was answered."""
    known, done = _programs(), set()
    for number, call in enumerate(calls):
        what = call.program, call.version
        if what not in done and (call.program in known or number in answered):
            done.add(what)
            service, words = _named(call.program, (call.version,))
            yield Identification(service, words, call.place, client_is_server=backwards)


def _handed_out(
    conversation: Conversation, calls: list[Call], answered: dict[int, Reply], *, caller: bool
) -> Iterator[Announcement | LookedFor]:
    speaker = conversation.speaker(client=not caller)
    done = set()
    for number, reply in answered.items():
        call = calls[number]
        if call.program != BINDER or reply.status != SUCCESS:
            continue
        wanted = asked(call, conversation.transport)
        listed: dict[Entry, list[int]] = {}
        for entry in entries(call, wanted, reply.results):
            # Versions of one program share a port: one announcement for all of them.
            place = type(entry)(entry.program, 0, entry.transport, entry.port, entry.host)
            listed.setdefault(place, []).append(entry.version)
        for entry, versions in listed.items():
            if (entry, *versions) in done:
                continue
            done.add((entry, *versions))
            service, words = _named(entry.program, versions)
            if not entry.port:
                over = f" over {entry.transport}" if entry.transport else ""
                yield LookedFor(service, f"{words}{over}: not registered", reply.place)
            elif entry.transport:
                for host in _hosts(entry.host, speaker):
                    yield Announcement(
                        host=host,
                        port=entry.port,
                        transport=entry.transport,
                        service=service,
                        detail=words,
                        place=reply.place,
                        speaker=speaker,
                        lifetime=_LIFETIME,
                    )


def _hosts(said: str, speaker: str) -> Iterator[str]:
    """Behind a NAT a host is reached at the address that spoke: rpcbind tells of its own only."""
    if not said or said == speaker:
        yield speaker
    elif not ip_address(said).is_loopback:
        yield speaker
        yield said


def _programs() -> Mapping[int, RpcProgram]:
    """The known programs; the catalogue is not needed before the first call is read."""
    from classifier.catalogue.rpc_programs import rpc_programs

    return rpc_programs()


def _named(program: int, versions: list[int] | tuple[int, ...]) -> tuple[str, str]:
    """Service and words for a program."""
    known = _programs().get(program)
    numbers = ", ".join(map(str, sorted(set(versions))))
    words = f"{known.name if known else f'program {program}'} version {numbers}"
    return (known.service if known else _OTHER), words
