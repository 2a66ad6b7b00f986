"""One connection of DCE/RPC: what was bound, what was answered over it (C706 9.3, MS-RPCE 3.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from classifier.endpoints.announcement import Announcement, Identification, LookedFor
from classifier.endpoints.dcerpc import mapper
from classifier.endpoints.dcerpc.answers import SERVICE, Call, handed_out, once, service_of
from classifier.endpoints.dcerpc.bind import (
    ABSENT,
    NDR64,
    TAKEN,
    Context,
    contexts,
    results,
)
from classifier.endpoints.dcerpc.pdu import (
    ALTER_CONTEXT,
    ALTER_CONTEXT_RESPONSE,
    BIND,
    BIND_ACK,
    BIND_NAK,
    REQUEST,
    RESPONSE,
    Pdu,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from classifier.endpoints.announcement import Place

__all__ = ["Connection", "Said"]

Said = Announcement | Identification | LookedFor


class Connection(Struct, frozen=True):
    """What both sides sent over one association.

    Attributes:
        asking: PDUs of the side that calls.
        answering: PDUs of the side that is called.
        speaker: Address of the side that is called.
        mapper_port: Whether it is a port of the endpoint mapper, for connections of which the bind
            was not recorded.
        turned: The side that calls was taken for the server.
        over: What it rides on, in words (``over pipe …``); empty if it is the flow itself.
    """

    asking: Sequence[Pdu]
    answering: Sequence[Pdu]
    speaker: str
    mapper_port: bool = False
    turned: bool = False
    over: str = ""

    def said(self) -> Iterator[Said]:
        """What it tells: first what it is, then what was handed out over it."""
        known = _Known()
        found = list(once(self._answers(known)))
        bound = list(known.bound.values())
        for each in bound:
            if each.refused:
                yield LookedFor(
                    SERVICE,
                    "bind refused: the server does not have the interface",
                    each.answered or each.pdu.place,
                    interface=each.context.interface,
                )
            else:
                yield self._identified(each.words, each.pdu, each.context.interface)
        if not any(not each.refused for each in bound):
            yield from self._without_bind(known, found)
        yield from found

    def _answers(self, known: _Known) -> Iterator[Announcement | LookedFor]:
        """Go through all PDUs in the order of the recording."""
        late = []
        for pdu in self._in_order():
            if pdu.type in (BIND, ALTER_CONTEXT):
                known.propose(pdu)
            elif pdu.type in (BIND_ACK, ALTER_CONTEXT_RESPONSE, BIND_NAK):
                known.settle(pdu)
            elif pdu.type == REQUEST:
                known.requests[pdu.call] = pdu
            elif pdu.call in known.requests:
                yield from self._answer(known, known.requests.pop(pdu.call), pdu)
            else:
                late.append(pdu)
        for pdu in late:  # recorded before its request, or without it
            yield from self._answer(known, known.requests.get(pdu.call), pdu)

    def _in_order(self) -> list[Pdu]:
        asking = [pdu for pdu in self.asking if pdu.type in (BIND, ALTER_CONTEXT, REQUEST)]
        answers = (BIND_ACK, ALTER_CONTEXT_RESPONSE, BIND_NAK, RESPONSE)
        answering = [pdu for pdu in self.answering if pdu.type in answers]
        # The sort is stable: of one frame, and of one side, the order stays.
        return sorted((*asking, *answering), key=lambda pdu: (pdu.place.source, pdu.place.frame))

    def _answer(
        self, known: _Known, request: Pdu | None, answer: Pdu
    ) -> Iterator[Announcement | LookedFor]:
        if request:
            known.answered = known.answered or answer
        if answer.sealed:
            return
        context = known.contexts.get(answer.context)
        interface = context.interface if context else ""
        if not interface and self.mapper_port:
            interface = mapper.INTERFACE
        yield from handed_out(
            Call(
                request,
                answer,
                interface,
                self.speaker,
                recorded_bind=context is not None,
                ndr64=answer.context in known.ndr64,
            )
        )

    def _without_bind(self, known: _Known, found: Sequence[Said]) -> Iterator[Said]:
        """What a connection is of which no bind that was taken is known."""
        handed = (one for one in found if isinstance(one, Announcement) and one.interface)
        if self.mapper_port and next(handed, None) and known.answered:
            words = "answers of the endpoint mapper"
            yield self._identified(words, known.answered, mapper.INTERFACE)
        elif known.answered:
            yield self._identified("calls whose bind was not recorded", known.answered, "")
        elif known.bound:
            first = next(iter(known.bound.values()))
            yield self._identified("bind refused", first.pdu, "")

    def _identified(self, words: str, pdu: Pdu, interface: str) -> Identification:
        return Identification(
            service_of(interface),
            self.over or words,
            pdu.place,
            interface=interface,
            client_is_server=self.turned,
            carried=bool(self.over),
        )


class _Bound(Struct):
    """An interface that the client wanted."""

    context: Context
    pdu: Pdu
    outcomes: list[int] = field(default_factory=list)
    answered: Place | None = None

    @property
    def refused(self) -> bool:
        """Whether the server said in every answer that it does not have the interface."""
        return bool(self.outcomes) and all(outcome == ABSENT for outcome in self.outcomes)

    @property
    def words(self) -> str:
        major, minor = self.context.version
        refused = bool(self.outcomes) and TAKEN not in self.outcomes
        return f"bind to version {major}.{minor}" + ", refused" * refused


class _Known(Struct):
    """What is known of a connection so far."""

    contexts: dict[int, Context] = field(default_factory=dict)
    proposed: dict[int, tuple[Context, ...]] = field(default_factory=dict)
    bound: dict[tuple[str, tuple[int, int]], _Bound] = field(default_factory=dict)
    ndr64: set[int] = field(default_factory=set)
    requests: dict[int, Pdu] = field(default_factory=dict)
    answered: Pdu | None = None

    def propose(self, pdu: Pdu) -> None:
        """A bind or an alter-context."""
        found = contexts(pdu.body, little=pdu.little)
        self.proposed[pdu.call] = found
        for context in found:
            self.contexts[context.number] = context
            if not context.is_question:
                self.bound.setdefault((context.interface, context.version), _Bound(context, pdu))

    def settle(self, pdu: Pdu) -> None:
        """The answer to a bind or to an alter-context."""
        proposed = self.proposed.pop(pdu.call, ())
        said = results(pdu, len(proposed))
        for context, (outcome, syntax) in zip(proposed, said, strict=False):
            if outcome == TAKEN and syntax == NDR64:
                self.ndr64.add(context.number)
            bound = self.bound.get((context.interface, context.version))
            if bound and not context.is_question:
                bound.outcomes.append(outcome)
                bound.answered = pdu.place
