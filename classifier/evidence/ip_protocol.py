"""The IP protocol number: what a flow without ports is (IANA "Assigned Internet Protocol Numbers").

A protocol number is its own name: nothing about direction has to be known for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier.distinct import among
from classifier.evidence.rows import Evidence
from classifier.model import Basis, Confidence

if TYPE_CHECKING:
    from classifier.evidence.rows import Context
    from classifier.flows.oriented import Flows

__all__ = ["evidence"]

_ICMP, _ICMP6 = 1, 58
_TCP_UDP_SCTP = (6, 17, 132)
_ICMP_TYPES = {
    0: "echo reply", 3: "destination unreachable", 4: "source quench", 5: "redirect",
    8: "echo", 9: "router advertisement", 10: "router solicitation", 11: "time exceeded",
    12: "parameter problem", 13: "timestamp", 15: "information request", 17: "address mask",
    30: "traceroute", 40: "Photuris", 42: "extended echo", 43: "extended echo reply",
}  # fmt: skip
_ICMP6_TYPES = {
    1: "destination unreachable", 2: "packet too big", 3: "time exceeded",
    4: "parameter problem", 128: "echo", 130: "multicast listener query",
    131: "multicast listener report", 132: "multicast listener done",
    133: "router solicitation", 134: "router advertisement", 135: "neighbour solicitation",
    136: "neighbour advertisement", 137: "redirect", 138: "router renumbering",
    139: "node information query", 141: "inverse neighbour solicitation",
    142: "inverse neighbour advertisement", 143: "multicast listener report v2",
    144: "home agent discovery", 146: "mobile prefix solicitation",
    147: "mobile prefix advertisement", 148: "certification path solicitation",
    149: "certification path advertisement", 151: "multicast router advertisement",
    155: "RPL control", 160: "extended echo",
}  # fmt: skip
"""IANA "ICMP Type Numbers" and "ICMPv6 type numbers", for the detail column."""


def evidence(flows: Flows, context: Context) -> list[Evidence]:
    """One row for each flow whose IP protocol is not TCP, UDP or SCTP."""
    protocol = flows.column("ip_protocol")
    rows = np.nonzero(~among(protocol, _TCP_UDP_SCTP))[0]
    if not len(rows):
        return []
    numbers = protocol[rows].astype(np.int64)
    kinds = np.where(flows.column("icmp_type") >= 0, flows.column("icmp_type"), 256)[rows]
    pairs, detail = np.unique(numbers * 512 + kinds, return_inverse=True)
    details = [_detail(int(pair) // 512, int(pair) % 512, context) for pair in pairs]
    service = context.catalogue.ip_protocol_service[numbers]
    named = service > 0
    known = Evidence.make(
        rows[named],
        service[named],
        Confidence.ASSIGNED,
        Basis.IP_PROTOCOL,
        detail=detail[named],
        details=details,
    )
    unnamed = Evidence.make(
        rows[~named], 0, Confidence.UNKNOWN, Basis.NONE, detail=detail[~named], details=details
    )
    return [known, unnamed]


def _detail(protocol: int, icmp_type: int, context: Context) -> str:
    """The ICMP type in words; for a protocol without a service its number and name."""
    if protocol == _ICMP:
        return _ICMP_TYPES.get(icmp_type, "")
    if protocol == _ICMP6:
        return _ICMP6_TYPES.get(icmp_type, "")
    if context.catalogue.ip_protocol_service[protocol]:
        return ""
    name = context.catalogue.ip_protocol_names[protocol]
    return f"IP protocol {protocol}" + (f" ({name})" if name else ", not assigned")
