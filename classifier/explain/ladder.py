"""The ladder of one flow: its evidence in the order in which the verdict weighs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from classifier.evidence import BASES, CONFIDENCES
from classifier.evidence.interfaces import FAMILY
from classifier.model import Basis, Confidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from classifier.evidence import Evidence

__all__ = ["Rung", "outcomes", "rungs", "tied"]

_FIXED = (Basis.PORT, Basis.PORT_INFERRED)
_RANGES = (Basis.PORT_RANGE, Basis.DYNAMIC_BAND)
_MACHINERY_BEHIND = 8
"""As far behind others ``evidence.announced`` puts the interfaces of RPC itself."""


class Rung(Struct, frozen=True):
    """One row of evidence as plain values; code 0 of a service names nothing."""

    code: int
    confidence: Confidence
    basis: Basis
    preference: int
    width: int
    frame: int
    detail: str

    @property
    def _rank(self) -> tuple[int, int, int, int, int, str]:
        return (
            CONFIDENCES.index(self.confidence),
            self.preference,
            self.width,
            self.code,
            BASES.index(self.basis),
            self.detail,
        )


def rungs(evidence: Evidence, rows: Iterable[int]) -> list[Rung]:
    """Rows of evidence about one flow, best first, each once; then what names nothing.

    The order is that of :func:`classifier.verdict.decide`.
    """
    found = {
        Rung(
            code=int(evidence.service[row]),
            confidence=CONFIDENCES[int(evidence.confidence[row])],
            basis=BASES[int(evidence.basis[row])],
            preference=int(evidence.preference[row]),
            width=int(evidence.width[row]),
            frame=int(evidence.frame[row]),
            detail=str(evidence.details[int(evidence.detail[row])]),
        )
        for row in rows
    }
    ordered = sorted(found, key=lambda rung: (rung.code == 0, *rung._rank))  # noqa: SLF001
    return [rung for rung in ordered if rung.code or rung.detail]


def tied(ordered: Sequence[Rung]) -> bool:
    """Whether the best two services are equally good: then the flow is only possible."""
    if not ordered or not ordered[0].code:
        return False
    best = ordered[0]
    rival = next((rung for rung in ordered if rung.code not in {0, best.code}), None)
    return rival is not None and _weight(rival) == _weight(best)


def outcomes(ordered: Sequence[Rung], family: int) -> list[tuple[str, str]]:
    """For each rung what became of it, and why: see :class:`classifier.explain.Reason`.

    Args:
        ordered: As :func:`rungs` gives them.
        family: Code of what is RPC, whatever its interface.
    """
    found = []
    for number, rung in enumerate(ordered):
        best = ordered[0]
        if not rung.code:
            found.append(("note", ""))
        elif number == 0:
            found.append(("names", ""))
        elif rung.code == best.code:
            found.append(("agrees", ""))
        else:
            found.append(("loses", _why(rung, best, family)))
    return found


def _weight(rung: Rung) -> tuple[Confidence, int]:
    return rung.confidence, rung.preference


def _why(rung: Rung, best: Rung, family: int) -> str:
    """Why a rung lost against the best one."""
    if rung.code == family and rung.basis is Basis.PAYLOAD and best.basis is not Basis.PAYLOAD:
        return f"it only says {FAMILY}, and {best.basis} says which interface"
    if rung.confidence is not best.confidence:
        return f"less sure: {rung.confidence} gives way to {best.confidence}"
    if rung.preference == best.preference:
        narrower = ", and the narrower claim stands first" if rung.width > best.width else ""
        return f"a tie: it is as good, so the flow is only possible{narrower}"
    reasons = (
        (best.preference < 0, "the payload shows what the better claim rides on"),
        (rung.basis is Basis.IANA_PORT, "any entry of the catalogue beats a name only IANA has"),
        (rung.basis in _RANGES and best.basis in _FIXED, "no range ever beats a fixed entry"),
        (rung.basis is best.basis is Basis.ANNOUNCEMENT, _announced(rung, best, family)),
        (
            rung.basis is best.basis is Basis.PAYLOAD,
            "the flow does this as well, but another thing that it does tells more",
        ),
        (True, "as sure, but a weaker claim"),
    )
    return next(words for holds, words in reasons if holds)


def _announced(rung: Rung, best: Rung, family: int) -> str:
    """Why one announcement lost against another."""
    if rung.preference > _MACHINERY_BEHIND >= best.preference:
        return "the interface is RPC's own machinery, and another one tells more"
    if best.code == family:
        return "it is one of several that share this port, and nothing tells which"
    return "it was announced earlier, or to somebody else"
