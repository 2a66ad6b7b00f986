"""Why a flow has its name: everything that is known about it, put together."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from classifier.evidence.interfaces import FAMILY
from classifier.explain import words
from classifier.explain.advice import surer
from classifier.explain.explanation import Explanation, Reason
from classifier.explain.knowledge import Knowledge
from classifier.explain.ladder import outcomes, rungs, tied
from classifier.explain.material import Material
from classifier.explain.ranges import dynamic_range, ranges
from classifier.explain.said import endpoint, said
from classifier.findings import wireshark
from classifier.findings.words import amount, plural
from classifier.model import KNOWN_DIRECTION, UNKNOWN, Basis

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from classifier.explain.ladder import Rung
    from classifier.explain.material import FlowRow
    from classifier.grounds import Explained
    from classifier.table import Array

__all__ = ["explain", "explain_rows"]

_SECOND = 1_000_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def explain(analysis: Explained, flow: int) -> Explanation:
    """Why one flow has its name.

    Args:
        analysis: What a run concluded.
        flow: Id in the flow table.

    Raises:
        KeyError: There is no such flow.
    """
    rows = np.nonzero(analysis.flow_table["flow"].data == flow)[0]
    if not len(rows):
        raise KeyError(flow)
    (found,) = explain_rows(analysis, rows[:1])
    return found


def explain_rows(analysis: Explained, rows: Array) -> list[Explanation]:
    """Why the flows of some rows have their names; what was said is passed over once for all.

    Args:
        analysis: What a run concluded.
        rows: Numbers of rows of the flow table.
    """
    material = Material(analysis, rows)
    knowledge = Knowledge(analysis.catalogue)
    return [_explained(flow, material, knowledge) for flow in material.rows]


def _explained(flow: FlowRow, material: Material, knowledge: Knowledge) -> Explanation:
    """One flow."""
    ordered: list[Rung] = []
    family = 0
    if material.grounds is not None:
        ordered = rungs(material.grounds.evidence, material.evidence.get(flow.row, ()))
        family = material.grounds.context.catalogue.codes.get(FAMILY, 0)
    tie = tied(ordered)
    show = _filter(flow)
    return Explanation(
        flow=flow.number("flow"),
        conversation=conversation(flow),
        service=flow.text("service"),
        confidence=flow.text("confidence"),
        basis=flow.text("basis"),
        detail=flow.text("detail"),
        alternatives=tuple(filter(None, flow.text("alternatives").split(";"))),
        verdict=_verdict(flow, knowledge, tie=tie),
        facts=tuple(_facts(flow)),
        ladder=tuple(_ladder(flow, ordered, family, material)),
        catalogue=knowledge.sources(flow, ordered, material),
        said=tuple(said(flow, material)),
        band=tuple(ranges(flow, ordered, material)),
        surer=tuple(
            surer(
                flow,
                in_range=dynamic_range(flow, material) is not None,
                tie=tie,
                is_third=_is_third(flow, ordered, material),
            )
        ),
        display_filter=show,
        carve=_carve(flow, show),
    )


def conversation(flow: FlowRow) -> str:
    """Transport and both endpoints: ``tcp:10.0.0.5:50000>10.0.0.1:135``."""
    sides = [
        endpoint(flow.text(f"{side}_ip"), flow.number(f"{side}_port"))
        if flow.has(f"{side}_port")
        else flow.text(f"{side}_ip")
        for side in ("client", "server")
    ]
    return f"{flow.text('transport')}:{'>'.join(sides)}"


def _verdict(flow: FlowRow, knowledge: Knowledge, *, tie: bool) -> str:
    """The verdict in one sentence."""
    service = flow.text("service")
    detail = f" ({flow.text('detail')})" if flow.text("detail") else ""
    if service == UNKNOWN:
        return f"It is unknown: nothing names it{detail}."
    why = words.BASES[flow.text("basis")]
    also = "; another service is as good" if tie else ""
    return (
        f"It is {knowledge.title(service)}: {flow.text('confidence')}, because {why}{detail}{also}."
    )


def _facts(flow: FlowRow) -> Iterator[tuple[str, str]]:
    """Who asked, when, how much, in which state, where it is."""
    basis = flow.text("direction_basis")
    seen = "seen" if basis in {each.value for each in KNOWN_DIRECTION} else "inferred"
    yield "client", f"{flow.text('client_ip')}, because {words.DIRECTIONS[basis]} ({basis}, {seen})"
    yield "server", flow.text("server_ip")
    yield "first seen", _moment(flow.number("first_seen"))
    lasted = flow.number("last_seen") - flow.number("first_seen")
    yield "last seen", f"{_moment(flow.number('last_seen'))}, {lasted / _SECOND:.6f} s later"
    for side in ("client", "server"):
        packets, size, payload = (
            flow.number(f"{side}_{name}") for name in ("packets", "bytes", "payload")
        )
        sent = f"{plural(packets, 'packet')}, {amount(size)}, of which payload {amount(payload)}"
        yield f"{side} sent", sent
    if flow.text("state"):
        yield "state", f"{flow.text('state')}, {words.STATES[flow.text('state')]}"
    if flow.text("icmp_error"):
        messages = plural(flow.number("icmp_errors"), "message")
        yield "ICMP error", f"{flow.text('icmp_error')} ({messages})"
    if flow.has("vlan"):
        outer = f"{flow.number('outer_vlan')}, " if flow.has("outer_vlan") else ""
        yield "VLAN", f"{outer}{flow.number('vlan')}"
    if flow.text("tunnel"):
        yield "tunnel", flow.text("tunnel")
    yield "begins", f"frame {flow.number('first_frame')} of {flow.text('capture')}"


def _ladder(
    flow: FlowRow, ordered: Sequence[Rung], family: int, material: Material
) -> Iterator[Reason]:
    """The rungs as they are told."""
    catalogue = material.analysis.catalogue
    for rung, (outcome, why) in zip(ordered, outcomes(ordered, family), strict=True):
        yield Reason(
            service=catalogue.ids[rung.code],
            confidence=rung.confidence.value,
            basis=rung.basis.value,
            means=words.BASES[rung.basis.value],
            detail=rung.detail,
            frame=rung.frame,
            capture=material.file_of(rung.frame, flow) if rung.frame else "",
            outcome=outcome,
            why=why,
        )


def _is_third(flow: FlowRow, ordered: Sequence[Rung], material: Material) -> bool:
    """Whether what names the flow was said by a host about another one."""
    if material.grounds is None or not ordered or ordered[0].basis is not Basis.ANNOUNCEMENT:
        return False
    matches = material.grounds.context.announced
    return matches is not None and any(
        matches.claims[int(matches.claim[row])].is_about_another
        and int(matches.frame[row]) == ordered[0].frame
        for row in material.matched.get(flow.row, ())
    )


def _filter(flow: FlowRow) -> str:
    sides = [
        (flow.text(f"{side}_ip"), flow.number(f"{side}_port") if flow.has(f"{side}_port") else None)
        for side in ("client", "server")
    ]
    return wireshark.conversation(
        sides[0], sides[1], flow.text("transport"), flow.number("ip_protocol")
    )


def _carve(flow: FlowRow, show: str) -> str:
    """The command that writes the frames of a flow to a file, ready for a shell."""
    capture = flow.text("capture")
    if capture in {"", "-"}:
        return ""
    target = f"flow-{flow.number('flow')}.pcapng"
    return shlex.join(["tshark", "-r", capture, "-Y", show, "-w", target])


def _moment(value: int) -> str:
    """A time of the flow table to the microsecond, UTC."""
    moment = _EPOCH + timedelta(microseconds=value // 1000)
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f") + " UTC"
