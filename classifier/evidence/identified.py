"""What a flow's own payload says, as the readers of its protocol understood it.

A bind to an interface names its connection better than anything else can: it is there even where
the calls are encrypted (MS-RPCE 3.1.1.5.2). A connection that binds to several is the first of them
that is not RPC's or DCOM's own machinery.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier.evidence.interfaces import is_machinery, service_of, title_of
from classifier.evidence.rows import Evidence
from classifier.model import Basis, Confidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classifier.endpoints import Identification
    from classifier.evidence.rows import Context
    from classifier.flows.oriented import Flows

__all__ = ["evidence", "words"]

_SHOWN = 6
"""Interfaces that a detail names; a port scan of interfaces binds to hundreds."""


def evidence(_flows: Flows, context: Context) -> list[Evidence]:
    """Rows for every flow of which a protocol's reader knows what it is."""
    by_flow: dict[int, list[Identification]] = {}
    for one in context.heard.identifications:
        by_flow.setdefault(one.place.flow, []).append(one)
    if not by_flow:
        return []
    rows: list[tuple[int, int, int, int, int]] = []
    details = [""]
    for flow, said in by_flow.items():
        naming = [one for one in said if not one.carried]
        if not naming:
            continue
        naming.sort(key=lambda one: is_machinery(one.interface))  # else as they were said
        details.append(words(naming + [one for one in said if one.carried], context))
        seen: set[int] = set()
        for one in naming:
            code = service_of(one.interface, one.service, context.catalogue)
            if code and code not in seen:
                rows.append((flow, code, len(seen), one.place.frame, len(details) - 1))
                seen.add(code)
    if not rows:
        return []
    flow_of, service, preference, frame, detail = np.array(rows, dtype=np.int64).T
    return [
        Evidence.make(
            flow_of,
            service,
            Confidence.CONFIRMED,
            Basis.PAYLOAD,
            preference=np.minimum(preference, np.iinfo(np.int16).max),
            frame=frame,
            detail=detail,
            details=details,
        )
    ]


def words(said: Sequence[Identification], context: Context) -> str:
    """What was said of one flow, in one line, each interface once."""
    titles: dict[str, str] = {}
    for one in said:
        title = title_of(one.interface, context.catalogue) if one.interface else ""
        text = ", ".join(part for part in (title, one.detail) if part)
        titles.setdefault(
            one.interface or one.detail, f"{text}; frame {one.place.frame}".strip("; ")
        )
    shown = list(titles.values())
    more = f" +{len(shown) - _SHOWN}" if len(shown) > _SHOWN else ""
    return " | ".join(shown[:_SHOWN]) + more
