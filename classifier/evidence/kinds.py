"""Flows of one kind: what most sources look at is equal, so what is believed of one holds of all.

A recording has a million flows and a few thousand kinds. What a flow has to do with others, or what
was said in it, is its own: such a flow is a kind by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from classifier.endpoints.listen import Heard
from classifier.evidence.fixed_port import is_random
from classifier.evidence.payload import proved
from classifier.flows.chosen import Chosen
from classifier.flows.direction import was_seen
from classifier.grouping import group
from classifier.hosts.roles import answered
from classifier.lookup import look_up

if TYPE_CHECKING:
    from collections.abc import Iterable

    from classifier.evidence.rows import Context
    from classifier.flows.columns import Array
    from classifier.flows.oriented import Flows
    from classifier.payload import Recognised

__all__ = ["Kinds", "kinds"]


_USUAL = (6, 17, 132)
"""IP protocols that have no ICMP types."""


class Kinds(Struct, frozen=True, eq=False):
    """The kinds of flows.

    Attributes:
        of: int32, the kind of each flow.
        flows: The first flow of each kind.
        context: What is known besides the flows, with kinds in place of flows. What was heard is
            left out: it is about single flows.
    """

    of: Array
    flows: Flows
    context: Context


def kinds(flows: Flows, context: Context, alone: Array) -> Kinds:
    """Tell the kinds of flows apart.

    Args:
        flows: Of the recording.
        context: What the sources know.
        alone: Numbers of flows that are kinds by themselves.
    """
    known = was_seen(flows.rung).view(np.uint8)
    random = is_random(flows, known, context)
    signs = known | answered(flows).view(np.uint8) << 1 | random.view(np.uint8) << 2
    seen = None if context.recognised is None else proved(context.recognised, context)
    # Whatever a source of kinds looks at stands here.
    columns = [
        flows.side("port", client=False),
        _carried(flows),
        signs,
        *([] if context.rpc_set is None else [context.rpc_set]),
        *_shown(len(flows), seen),
        *_numbered(len(flows), alone),
    ]
    code, first = group(*columns)
    of = code.astype(np.int32)
    rpc_set = None if context.rpc_set is None else context.rpc_set[first]
    if seen is not None:
        seen = _of_kinds(seen, of, first)
    return Kinds(
        of,
        Chosen(flows, first),
        replace(context, recognised=seen, rpc_set=rpc_set, heard=Heard(), announced=None),
    )


def _carried(flows: Flows) -> Array:
    """A number for each IP protocol and ICMP type: small ones make a short key."""
    protocol = flows.column("ip_protocol")
    usual = np.zeros(256, dtype=np.uint8)
    usual[list(_USUAL)] = range(1, len(_USUAL) + 1)
    number = look_up(usual, protocol)
    rows = np.flatnonzero(number == 0)
    rare, first = group(protocol.take(rows), flows.column("icmp_type").take(rows))
    number = number.astype(np.min_scalar_type(len(first) + len(_USUAL)), copy=False)
    number[rows] = rare + len(_USUAL) + 1
    return number


def _numbered(flows: int, alone: Array) -> Iterable[Array]:
    """A number of its own for each of these flows."""
    if len(alone):
        number = np.zeros(flows, dtype=np.int32)
        number[alone] = np.arange(1, len(alone) + 1)
        yield number


def _shown(flows: int, seen: Recognised | None) -> Iterable[Array]:
    """What payload proves, one column for each thing that it proves of one flow."""
    if seen is None or not len(seen):
        return
    code, first = group(seen.service, seen.pattern)
    what = code.astype(np.min_scalar_type(len(first)))  # what is shown is little: a short key
    what += what.dtype.type(1)
    is_first = np.ones(len(seen), dtype=bool)
    np.not_equal(seen.flow[1:], seen.flow[:-1], out=is_first[1:])
    begins = np.flatnonzero(is_first)
    each = np.diff(begins, append=len(seen))
    for number in range(int(each.max())):
        rows = begins.compress(each > number)
        rows += number
        column = np.zeros(flows, dtype=what.dtype)
        column[seen.flow.take(rows)] = what.take(rows)
        yield column


def _of_kinds(seen: Recognised, of: Array, first: Array) -> Recognised:
    """What payload proves of the first flow of each kind."""
    flow = seen.flow
    kind = of.take(flow)
    rows = np.flatnonzero(first.take(kind) == flow)
    columns = {name: getattr(seen, name)[rows] for name in ("service", "pattern", "strong", "role")}
    return replace(seen, flow=kind[rows].astype(np.int64), **columns)
