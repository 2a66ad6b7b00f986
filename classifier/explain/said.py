"""What control traffic told of a flow's endpoints, and what the flow told itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.evidence.interfaces import title_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from classifier.catalogue import Catalogue
    from classifier.endpoints.announcement import Announcement
    from classifier.endpoints.matching import Claim
    from classifier.explain.material import FlowRow, Material

__all__ = ["said"]

_MOST = 12
"""Lines of one kind; how many more there are is said."""

_RANKS = (
    "the last thing that this client was told before it began the flow",
    "told to a side of this flow",
    "told to somebody else",
)
"""By the rank of a match, see :class:`classifier.endpoints.matching.Matches`."""


def said(flow: FlowRow, material: Material) -> Iterator[str]:
    """What was said, most telling first."""
    if material.grounds is None:
        return
    yield from _some(list(_announced(flow, material)))
    yield from _some(list(_not_fitting(flow, material)))
    yield from _some(list(_known(flow, material)))
    yield from _some(list(_in_vain(flow, material)))
    yield from _some(list(_told(flow, material)))


def endpoint(address: str, port: int) -> str:
    """An address with its port; IPv6 in brackets."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _announced(flow: FlowRow, material: Material) -> Iterator[str]:
    """What was announced of this flow's endpoint and fits the flow."""
    assert material.grounds is not None
    matches = material.grounds.context.announced
    rows = material.matched.get(flow.row, [])
    if matches is None:
        return
    for row in sorted(rows, key=lambda row: (int(matches.rank[row]), int(matches.frame[row]))):
        claim = matches.claims[int(matches.claim[row])]
        frame = int(matches.frame[row])
        rank = _RANKS[min(int(matches.rank[row]), len(_RANKS) - 1)]
        place = claim.frames.index(frame) if frame in claim.frames else 0
        yield f"{_words(claim.first, frame, claim.flows[place], material)}; {rank}"


def _not_fitting(flow: FlowRow, material: Material) -> Iterator[str]:
    """What was announced of this flow's endpoints, but not for this flow."""
    assert material.grounds is not None
    matches = material.grounds.context.announced
    if matches is None:
        return
    fitting = {int(matches.claim[row]) for row in material.matched.get(flow.row, ())}
    for end, is_client in ((flow.server, False), (flow.client, True)):
        for number, claim in material.claims.get(end, ()):
            if number not in fitting:
                words = _words(claim.first, claim.frames[0], claim.flows[0], material)
                why = _why_not(flow, claim, is_client=is_client)
                yield f"not for this flow, {why}: {words}"


def _why_not(flow: FlowRow, claim: Claim, *, is_client: bool) -> str:
    """Why an announcement of an endpoint does not fit a flow that uses it."""
    first = claim.first
    other = flow.text("server_ip") if is_client else flow.text("client_ip")
    if flow.row in claim.flows:
        return "which said it itself"
    if first.peer and first.peer != other:
        return f"but for {first.peer}"
    if is_client is not first.host_is_client:
        return "whose direction is another"
    return f"which lies outside of its {first.lifetime} s" if first.lifetime else "which differs"


def _known(flow: FlowRow, material: Material) -> Iterator[str]:
    """What the server's endpoint is known to serve, and what no longer holds."""
    catalogue = material.analysis.catalogue
    for one in material.learned.get(flow.server, ()):
        titles = [title_of(uuid, catalogue) for uuid in one.interfaces]
        yield (
            f"{endpoint(one.host, one.port)}/{one.transport} is known to serve "
            f"{_list(titles) or one.service}, from {one.origin}"
        )
    transport, host, port = flow.server
    name = f"known endpoint {host}:{port}/{transport} "
    for note in material.analysis.capture_health.notes:
        if note.startswith(name):
            yield note


def _in_vain(flow: FlowRow, material: Material) -> Iterator[str]:
    """What the client asked this server for, and did not get."""
    pair = flow.text("client_ip"), flow.text("server_ip")
    for one in material.looked_for.get(pair, ()):
        uuid, place = one.interface, one.place
        what = title_of(uuid, material.analysis.catalogue) if uuid else one.service
        where = "this flow" if place.flow == flow.row else f"flow {_id(place.flow, material)}"
        detail = f" ({one.detail})" if one.detail else ""
        yield (
            f"the client asked the server for {what} in vain{detail}: frame {place.frame} of "
            f"{where}"
        )


def _told(flow: FlowRow, material: Material) -> Iterator[str]:
    """What this flow announced itself."""
    catalogue = material.analysis.catalogue
    for one in material.told.get(flow.row, ()):
        yield f"this flow told: {_what(one, catalogue)} in frame {one.place.frame}"


def _words(one: Announcement, frame: int, row: int, material: Material) -> str:
    """One announcement: what, by whom, where."""
    by = one.speaker if one.speaker == one.host else f"{one.speaker}, for another host"
    return (
        f"{_what(one, material.analysis.catalogue)}, said by {by} in frame {frame} "
        f"of flow {_id(row, material)}"
    )


def _what(one: Announcement, catalogue: Catalogue) -> str:
    title = title_of(one.interface, catalogue) if one.interface else ""
    what = ", ".join(part for part in (one.service, title, one.detail) if part)
    where = f"{endpoint(one.host, one.port)}/{one.transport}"
    if one.transport == "gre":
        where = f"call {one.port} of {one.host}"
    return f"{where} is for {what}"


def _id(row: int, material: Material) -> int:
    """The id of a row of the flow table."""
    return int(material.analysis.flow_table["flow"].data[row])


def _list(words: Sequence[str]) -> str:
    more = f" +{len(words) - _MOST}" if len(words) > _MOST else ""
    return ", ".join(words[:_MOST]) + more


def _some(lines: list[str]) -> Iterator[str]:
    """The first lines, each once, and how many more there are."""
    once = list(dict.fromkeys(lines))
    yield from once[:_MOST]
    if len(once) > _MOST:
        yield f"and {len(once) - _MOST:,} more of this kind"
