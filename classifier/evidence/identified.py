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
    handed_out = _announced(context)
    rows: list[tuple[int, int, int, int, int]] = []
    details = [""]
    for flow, said in by_flow.items():
        naming = [one for one in said if not one.carried]
        if not naming:
            continue
        naming.sort(key=lambda one: is_machinery(one.interface))  # else as they were said
        carried = [one for one in said if one.carried]
        details.append(words(naming + carried, context, handed_out.get(flow, 0)))
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


def _announced(context: Context) -> dict[int, int]:
    """The frame that handed out the endpoint of each flow: what fits it best."""
    matches = context.announced
    if matches is None:
        return {}
    order = np.argsort(-matches.rank, kind="stable")
    return dict(zip(matches.flow[order].tolist(), matches.frame[order].tolist(), strict=True))


def words(said: Sequence[Identification], context: Context, handed_out: int = 0) -> str:
    """What was said of one flow, in one line.

    Args:
        said: About it; what names it comes first.
        context: Has the catalogue.
        handed_out: The frame in which its endpoint was announced; 0: it was not.
    """
    titles: dict[str, str] = {}
    others: dict[str, str] = {}
    frames = []
    for one in said:
        if one.interface and not one.carried:
            titles.setdefault(one.interface, title_of(one.interface, context.catalogue))
            frames.append(one.place.frame)
        else:
            title = title_of(one.interface, context.catalogue) if one.interface else ""
            text = " ".join(part for part in (title, one.detail) if part)
            others.setdefault(text, f"{text}; frame {one.place.frame}".removeprefix("; "))
    parts = []
    if titles:
        parts.append(f"{_some(list(titles.values()), ', ')}; bind in frame {min(frames)}")
    parts.extend(others.values())
    if handed_out:
        parts[0] += f", handed out in frame {handed_out}"
    return _some(parts, " | ")


def _some(parts: Sequence[str], between: str) -> str:
    """The first ones, and how many there are more."""
    more = f" +{len(parts) - _SHOWN}" if len(parts) > _SHOWN else ""
    return between.join(parts[:_SHOWN]) + more
