"""The first payload bytes of a flow: what they show is more than any port can say.

A port is not forgotten where the payload speaks. With R what the payload shows, and P the best
claim on the server's port that has to do with R:

- P is R: R is ``confirmed``.
- P speaks R, as ``https-alternates`` does HTTPS, ``global-catalog`` LDAP, and every entry or port
  with the flag ``tls`` TLS: P is ``confirmed``. Its traffic could show no more than that.
- P rides on R, as ``elasticsearch`` does on HTTP: P stays as sure as its port makes us, and goes
  before other claims; the payload shows HTTP, not what HTTP carries. A weak claim does not stay.
- Nobody on the port has to do with R: R is ``confirmed``, and the port's claims are alternatives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec.structs import replace

from classifier.catalogue.kinship import ENCRYPTED
from classifier.catalogue.schema import STRENGTHS
from classifier.evidence.fixed_port import EARNED
from classifier.evidence.interfaces import service_of
from classifier.evidence.rows import BASES, CONFIDENCES, Evidence
from classifier.flows.direction import WIDE_RANGE, was_seen
from classifier.grouping import group
from classifier.model import Basis, Confidence

if TYPE_CHECKING:
    from classifier.catalogue import Catalogue
    from classifier.evidence.rows import Context
    from classifier.flows.columns import Array
    from classifier.flows.oriented import Flows
    from classifier.payload import Recognised

__all__ = ["PREFERENCE", "evidence", "proved"]

PREFERENCE = 5
"""Behind what a whole conversation tells (an interface, a program) with the same confidence."""

_PROVED = (CONFIDENCES.index(Confidence.CONFIRMED), BASES.index(Basis.PAYLOAD), PREFERENCE)
_TRANSPORTS = {6: "tcp", 17: "udp", 132: "sctp"}
_WEAK = STRENGTHS.index("weak")
_RIDES_BEFORE = -1
"""Preference of a claim that rides on what was seen: before every other claim on the port."""


def evidence(flows: Flows, context: Context) -> list[Evidence]:
    """One row for each flow and service that payload proves."""
    if context.recognised is None:
        return []
    seen = proved(context.recognised, context)
    if not len(seen):
        return []
    flow, shown = seen.flow, seen.service
    told = np.empty((len(flow), 4), dtype=np.int32)
    told[:, 0], told[:, 1:] = shown, _PROVED
    port, protocol = flows.side("port", client=False)[flow], flows.column("ip_protocol")[flow]
    known = was_seen(flows.rung[flow])
    for number, transport in _TRANSPORTS.items():
        claimed = np.diff(context.catalogue.ports.offsets[transport]) > 0
        here = np.flatnonzero((protocol == number) & claimed[port])
        code, first = group(shown[here], port[here], known[here])
        keys = zip(*(of[here[first]].tolist() for of in (shown, port, known)), strict=True)
        ways = [_told(context.catalogue, transport, *key, known=sure) for *key, sure in keys]
        told[here] = np.array(ways, dtype=np.int32).reshape(-1, 4)[code]
    return [
        Evidence.make(
            flow,
            told[:, 0],
            told[:, 1],
            told[:, 2],
            preference=told[:, 3],
            detail=seen.pattern,
            details=seen.texts,
        )
    ]


def proved(seen: Recognised, context: Context) -> Recognised:
    """The rows that prove something which no reader of the whole protocol tells more exactly."""
    rows = _not_better_known(np.flatnonzero(seen.strong), seen, context)
    columns = ("flow", "service", "pattern", "strong", "role")
    return replace(seen, **{name: getattr(seen, name)[rows] for name in columns})


def _not_better_known(rows: Array, seen: Recognised, context: Context) -> Array:
    """The rows without those that a reader of the whole protocol tells more exactly.

    That a flow is RPC is no second answer where it is known which RPC it is.
    """
    ids = context.catalogue.ids
    told: dict[int, set[str]] = {}
    for one in context.heard.identifications:
        if not one.carried:
            code = service_of(one.interface, one.service, context.catalogue)
            told.setdefault(one.place.flow, set()).add(ids[code].partition("/")[0])
    if not told:
        return rows
    flow = seen.flow[rows]
    known = np.zeros(int(flow.max(initial=0)) + 1, dtype=bool)
    known[[one for one in told if one < len(known)]] = True
    asked = np.flatnonzero(known[flow])
    pairs = zip(flow[asked].tolist(), seen.service[rows[asked]].tolist(), strict=True)
    wide = np.array([ids[service] in told[one] for one, service in pairs], dtype=bool)
    return np.delete(rows, asked[wide])


def _told(
    catalogue: Catalogue, transport: str, shown: int, port: int, *, known: bool
) -> tuple[int, int, int, int]:
    """Service, confidence, basis and preference, given what the payload shows on which port."""
    table, row = catalogue.ports, catalogue.ports.row(transport, port)
    columns = (table.service, table.strength, table.width, table.flags)
    claims = list(zip(*(of[transport][row].tolist() for of in columns), strict=True))
    if any(service == shown for service, *_ in claims):
        return shown, *_PROVED
    kinship = catalogue.kinship
    encrypted = catalogue.flag_bits.get("tls", 0) if catalogue.ids[shown] in ENCRYPTED else 0
    for service, _, _, flags in claims:
        carries = flags & encrypted and catalogue.ids[service] not in ENCRYPTED
        if shown in kinship.spoken.get(service, ()) or carries:
            return service, *_PROVED
    good = [claim for claim in claims if claim[1] < _WEAK and claim[2] <= WIDE_RANGE]
    for service, strength, *_ in good:
        if shown in kinship.carried_by.get(service, ()):
            earned = EARNED[strength][0 if known else 1]
            basis = Basis.PORT if known else Basis.PORT_INFERRED
            return service, CONFIDENCES.index(earned), BASES.index(basis), _RIDES_BEFORE
    return shown, *_PROVED
