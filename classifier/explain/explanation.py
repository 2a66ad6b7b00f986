"""Why a flow has its name: plain values, and the same as text."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from msgspec import Struct

from classifier.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Explanation", "Reason", "Source"]


class Reason(Struct, frozen=True):
    """One rung of the ladder: a row of evidence. Equal when every field is equal.

    Attributes:
        service: Id in the catalogue; ``unknown`` of a note that names nothing.
        confidence: What it alone would earn.
        basis: Which source of evidence it is from.
        means: The basis in words.
        detail: The specific thing; may be empty. Hostile text.
        frame: Number of the frame that shows it; 0: it stands on the flow as a whole.
        capture: The file of that frame; empty where there is none, or where it is not known.
        outcome: ``names``, ``agrees``, ``loses`` or ``note``.
        why: Why it lost, or what it adds; empty for what names the flow.
    """

    service: str
    confidence: str
    basis: str
    means: str
    detail: str
    frame: int
    capture: str
    outcome: str
    why: str


class Source(Struct, frozen=True):
    """What the catalogue has about one candidate, and where it is from.

    Attributes:
        service: Its id.
        name: Its name.
        facts: Claims on the port, interfaces, conditions and sources, one a line.
    """

    service: str
    name: str
    facts: tuple[str, ...]


class Explanation(Struct, frozen=True):
    """Why a flow has its name. Equal when every field is equal; texts are as they were recorded.

    Attributes:
        flow: Id in the flow table.
        conversation: Transport and both endpoints, as ``--flow`` takes them.
        service, confidence, basis, detail, alternatives: The verdict, as in the flow table.
        verdict: The same in one sentence.
        facts: Name and value: who asked and how that is known, when, how much, in which state.
        ladder: The evidence, strongest first; notes last.
        catalogue: Where each candidate is from.
        said: What control traffic told of the endpoint, and what this flow told itself.
        band: Ranges of ports, and what is known of both hosts.
        surer: What would make the verdict surer.
        display_filter: Finds the flow in Wireshark.
        carve: Command that writes the flow's frames to a file of its own; empty where the capture
            is not there to be read again.
    """

    flow: int
    conversation: str
    service: str
    confidence: str
    basis: str
    detail: str
    alternatives: tuple[str, ...]
    verdict: str
    facts: tuple[tuple[str, str], ...]
    ladder: tuple[Reason, ...]
    catalogue: tuple[Source, ...]
    said: tuple[str, ...]
    band: tuple[str, ...]
    surer: tuple[str, ...]
    display_filter: str
    carve: str

    def lines(self) -> list[str]:
        """The explanation as lines that are safe for a terminal; what belongs together, indented.

        Every character that a terminal could obey is escaped.
        """
        return [visible(line) for line in self._lines()]

    def text(self) -> str:
        """The lines as one text."""
        return "\n".join(self.lines())

    def __str__(self) -> str:
        """The explanation as text."""
        return self.text()

    def __repr__(self) -> str:
        """The explanation as text: what a notebook shows where it shows no HTML."""
        return self.text()

    def _repr_html_(self) -> str:
        """The explanation for a notebook, escaped."""
        return f'<pre style="white-space: pre-wrap">{escape(self.text())}</pre>'

    def _lines(self) -> Iterator[str]:
        yield f"Flow {self.flow}: {self.conversation}"
        yield self.verdict
        yield from _part("The conversation", [f"{name}: {value}" for name, value in self.facts])
        yield from _part("Evidence, strongest first", self._rungs())
        facts = []
        for source in self.catalogue:
            facts.append(f"{source.service}: {source.name}")
            facts.extend(f"  {fact}" for fact in source.facts)
        yield from _part("What the catalogue says", facts)
        yield from _part("What control traffic said", self.said)
        yield from _part("Ranges and hosts", self.band)
        yield from _part("What would make it surer", self.surer)
        where = [f"display filter: {self.display_filter}"]
        where.extend([f"carve: {self.carve}"] if self.carve else [])
        yield from _part("Where to look", where)

    def _rungs(self) -> Iterator[str]:
        for number, reason in enumerate(self.ladder, 1):
            if reason.outcome == "note":
                yield f"{number}. note: {reason.detail}"
            else:
                yield f"{number}. {reason.service}, {reason.confidence} ({reason.basis}): " + (
                    reason.detail or reason.means
                )
            if reason.frame:
                file = f" of {reason.capture}" if reason.capture else ""
                yield f"   frame {reason.frame}{file}"
            if reason.outcome in _OUTCOMES:
                yield f"   {_OUTCOMES[reason.outcome]}" + (f": {reason.why}" if reason.why else "")


_OUTCOMES = {"names": "names the flow", "agrees": "agrees", "loses": "lost"}


def _part(title: str, lines: Iterator[str] | list[str] | tuple[str, ...]) -> Iterator[str]:
    """A heading and its lines; nothing where there are none."""
    told = list(lines)
    if told:
        yield ""
        yield title
        yield from (f"  {line}" for line in told)
