"""Endpoints that were bound, handed out or looked for: what control traffic told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier.evidence.interfaces import service_of, title_of
from classifier.tables.columns import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classifier.evidence import Context
    from classifier.table import Table

__all__ = ["endpoints"]

_TRANSPORTS = {6: "tcp", 17: "udp", 132: "sctp"}


def endpoints(flows: Table, context: Context | None, captures: Sequence[str]) -> Table:
    """One row for each thing that was said of an endpoint, in the order in which it was said first.

    Args:
        flows: The flow table.
        context: What was said, and the catalogue; None: nothing is known, of a saved flow table.
        captures: Names of the files by index.
    """
    if context is None:
        return listed("endpoints", [])
    rows = [*_handed_out(context), *_bound(flows, context), *_looked_for(flows, context)]
    rows.sort(key=lambda row: (row["first_seen"], str(row["host"]), str(row["detail"])))
    for row in rows:
        source = int(str(row.pop("source")))
        row["capture"] = captures[source] if source < len(captures) else ""
    return listed("endpoints", rows)


def _handed_out(context: Context) -> list[dict[str, object]]:
    matches = context.announced
    if matches is None:
        return []
    used = np.bincount(matches.claim, minlength=len(matches.claims)).tolist()
    rows = []
    for claim, flows in zip(matches.claims, used, strict=True):
        first = claim.first
        if first.host_is_client and not flows:
            continue  # somebody asked all, and nobody answered on a flow of its own
        title = title_of(first.interface, context.catalogue) if first.interface else ""
        code = service_of(first.interface, first.service, context.catalogue)
        rows.append(
            {
                "host": first.host,
                "port": first.port,
                "transport": first.transport,
                "service": context.catalogue.ids[code],
                "detail": ", ".join(part for part in (title, first.detail) if part),
                "how": "handed out",
                "said_by": first.speaker,
                "times": len(claim.times),
                "flows": flows,
                "first_seen": first.place.time,
                "first_frame": first.place.frame,
                "source": first.place.source,
            }
        )
    return rows


def _bound(flows: Table, context: Context) -> list[dict[str, object]]:
    """Binds of DCE/RPC, once for each endpoint and interface; those over pipes have no port."""
    said = [one for one in context.heard.identifications if one.interface]
    if not said:
        return []
    rows_of = np.array([one.place.flow for one in said])
    hosts = flows["server_ip"].take(rows_of).texts().tolist()
    ports = flows["server_port"].data[rows_of].tolist()
    numbers = flows["ip_protocol"].data[rows_of].tolist()
    found: dict[tuple[object, ...], dict[str, object]] = {}
    seen: dict[tuple[object, ...], set[int]] = {}
    for one, host, port, number in zip(said, hosts, ports, numbers, strict=True):
        key = host, port, number, one.interface, one.carried
        seen.setdefault(key, set()).add(one.place.flow)
        if key in found:
            found[key]["times"] = int(str(found[key]["times"])) + 1
            continue
        title = title_of(one.interface, context.catalogue)
        code = service_of(one.interface, one.service, context.catalogue)
        found[key] = {
            "host": host,
            "port": port,
            "transport": _TRANSPORTS.get(number, "ip"),
            "service": context.catalogue.ids[code],
            "detail": f"{title} {one.detail}" if one.carried else title,
            "how": "bound",
            "said_by": "",
            "times": 1,
            "flows": 0,
            "first_seen": one.place.time,
            "first_frame": one.place.frame,
            "source": one.place.source,
        }
    for own, row in found.items():
        row["flows"] = len(seen[own])
    return list(found.values())


def _looked_for(flows: Table, context: Context) -> list[dict[str, object]]:
    rows = []
    for one in context.heard.looked_for:
        title = title_of(one.interface, context.catalogue) if one.interface else ""
        code = service_of(one.interface, one.service, context.catalogue)
        (host,) = flows["server_ip"].take(np.array([one.place.flow])).texts().tolist()
        rows.append(
            {
                "host": host,
                "port": None,
                "transport": "",
                "service": context.catalogue.ids[code],
                "detail": ", ".join(part for part in (title, one.detail) if part),
                "how": "looked for",
                "said_by": host,
                "times": 1,
                "flows": 0,
                "first_seen": one.place.time,
                "first_frame": one.place.frame,
                "source": one.place.source,
            }
        )
    return rows
