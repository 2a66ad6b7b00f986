"""What the server endpoint of a flow serves to others, or served in an earlier recording.

One port often serves several interfaces: then the flow is RPC, and the detail has the set.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier.distinct import among
from classifier.endpoints.index import PROTOCOLS, FlowIndex, address_numbers
from classifier.evidence.interfaces import FAMILY, is_machinery, service_of, title_of
from classifier.evidence.rows import Evidence
from classifier.flows.state import REFUSED
from classifier.model import Basis, Confidence

if TYPE_CHECKING:
    from classifier.endpoints.learned import Learned
    from classifier.evidence.rows import Context
    from classifier.flows.oriented import Flows

__all__ = ["evidence"]

_SHOWN = 6


def evidence(flows: Flows, context: Context) -> list[Evidence]:
    """Rows for flows to endpoints that are known, unless their own payload says what they are."""
    if not context.learned:
        return []
    numbers = address_numbers(flows, {one.host for one in context.learned})
    index = FlowIndex(flows)
    speaking = {
        one.place.flow
        for one in context.heard.identifications
        if not one.carried and (one.interface or one.service != FAMILY)
    }
    silent = np.ones(len(flows), dtype=bool)
    silent[list(speaking)] = False
    silent &= ~among(flows.state, REFUSED)
    parts = []
    for one in context.learned:
        host = numbers.get(one.host)
        if host is None:
            continue
        rows = index.rows(host, one.port, PROTOCOLS.get(one.transport, -1), client=False)
        rows = rows[silent[rows]]
        code, words = _meaning(one, context)
        if len(rows) and code:
            parts.append(
                Evidence.make(
                    rows, code, Confidence.LIKELY, Basis.LEARNED, detail=1, details=("", words)
                )
            )
    return parts


def _meaning(one: Learned, context: Context) -> tuple[int, str]:
    """The service of an endpoint, and the reason in words."""
    catalogue = context.catalogue
    telling = [uuid for uuid in one.interfaces if not is_machinery(uuid)]
    services = {service_of(uuid, one.service, catalogue) for uuid in telling}
    titles = [title_of(uuid, catalogue) for uuid in telling or one.interfaces]
    more = f" +{len(titles) - _SHOWN}" if len(titles) > _SHOWN else ""
    serves = ", ".join(titles[:_SHOWN]) + more or one.service
    if len(services) == 1:
        code = services.pop()
    else:
        code = catalogue.codes.get(FAMILY if one.interfaces else one.service, 0)
    return code, f"this port serves {serves}, as {one.origin} shows"
