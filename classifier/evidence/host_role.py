"""A port in the dynamic band of a server that looks like a Windows server, asked by a client of it.

The weakest reason to believe in RPC: a recording that lacks the contact with the endpoint mapper,
and the bind. It needs all of this: the server answered on ports that only Windows servers have
together; this client used one of them; the connection was taken; the port is in the band that the
server hands out from; and what the client sent first, if that was kept, begins as RPC does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier.distinct import among, distinct
from classifier.evidence.dynamic_band import SERVICE, within
from classifier.evidence.rows import Evidence
from classifier.evidence.rpc_start import begins_otherwise
from classifier.flows.chosen import Chosen
from classifier.hosts import bands, ranges
from classifier.hosts.roles import answered, is_windows_server
from classifier.lookup import look_up
from classifier.model import Basis, Confidence

if TYPE_CHECKING:
    from classifier.evidence.rows import Context
    from classifier.flows.columns import Array
    from classifier.flows.oriented import Flows

__all__ = ["evidence"]

_TCP = 6
_WINDOWS = (88, 135, 139, 389, 445, 464, 636, 3268, 3269)
"""Ports of a domain controller or Windows server (KB 832017), which name their flows themselves"""
_IS_WINDOWS = among(np.arange(65536), _WINDOWS)
_MAPPER = 135
"""No contact that supports a role: it is a reason of its own, see :mod:`dynamic_band`"""
_LEGACY = 1025, 5000
_PREFERENCE = 4
"""Behind a contact with the endpoint mapper (3)."""


def evidence(flows: Flows, context: Context) -> list[Evidence]:
    """Rows that say likely RPC."""
    contacts = _contacts(flows)
    if not len(contacts):
        return []
    known = Chosen(flows, contacts)
    is_server = np.zeros(len(flows.addresses), dtype=bool)
    is_server[known.server[is_windows_server(known)]] = True
    known_bands, rows, band = within(
        flows, np.flatnonzero(look_up(is_server, flows.server)), context
    )
    port = flows.side("port", client=False).take(rows)
    fits = ~_IS_WINDOWS.take(port) & answered(Chosen(flows, rows))
    fits[fits] = _is_client(flows, contacts, rows[fits])
    fits[fits] = ~begins_otherwise(flows, rows[fits])
    own = [known_bands[which] for which in band[fits].tolist()]
    fits[fits] = _has_era(flows, context, rows[fits], own)
    rows, band = rows[fits], band[fits]
    if not len(rows):
        return []
    details = [
        f"in the dynamic band {low}-{high} of a Windows server that this client uses"
        for low, high in known_bands
    ]
    return [
        Evidence.make(
            rows,
            context.catalogue.code(SERVICE),
            Confidence.LIKELY,
            Basis.HOST_ROLE,
            preference=_PREFERENCE,
            detail=band,
            details=details,
        )
    ]


def _contacts(flows: Flows) -> Array:
    """The flows to Windows ports that were answered."""
    rows = np.flatnonzero(look_up(_IS_WINDOWS, flows.side("port", client=False)))
    rows = rows[flows.column("ip_protocol")[rows] == _TCP]
    return np.asarray(rows[answered(Chosen(flows, rows))])


def _is_client(flows: Flows, contacts: Array, rows: Array) -> Array:
    """Of these flows, whose client also used a Windows port of the server, before or later."""
    contacts = contacts[flows.side("port", client=False)[contacts] != _MAPPER]
    own, known = (
        flows.client[which].astype(np.int64) << 32 | flows.server[which]
        for which in (rows, contacts)
    )
    return among(own, known)


def _has_era(flows: Flows, context: Context, rows: Array, own: list[tuple[int, int]]) -> Array:
    """Of these flows, whose server is known to use its band, where that is the old one.

    The old band holds many fixed ports of programs, and back doors: only a host that was seen to
    ask from it, or to hand out ports of it, or that the policy puts there, hands out from it.
    """
    is_old = np.array([band == _LEGACY for band in own], dtype=bool)
    if not is_old.any():
        return ~is_old
    given = np.zeros(len(rows), dtype=bool)
    if context.rpc_set is not None:
        given = context.rpc_set[rows] > 0
    elif context.rpc_bands[0] == (_LEGACY,):
        given[:] = True
    own_bands = context.host_bands or bands.infer(flows)
    old_hosts = own_bands.code == [word for word, _, _ in bands.BANDS].index("legacy")
    told = ranges.announced(context.heard.announcements)
    old = {host for host, found in told.items() if found.word in ("legacy", "both")}
    servers = flows.server[rows]
    seen = {number: flows.addresses[number] in old for number in distinct(servers).tolist()}
    said = np.array([seen[number] for number in servers.tolist()], dtype=bool)
    return np.asarray(~is_old | given | said | old_hosts[servers])
