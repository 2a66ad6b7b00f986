"""Which flows a policy can say anything about: most rules are about a few ports.

A flow that no selector of any rule is about is allowed, wherever it goes. Zones, exceptions and
what is certain are asked of the others alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier.lookup import look_up
from classifier.policy.selectors import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from classifier.policy.selectors import Selector
    from classifier.policy.vocabulary import Meaning
    from classifier.table import Table

__all__ = ["concerned"]

PORTS, PROTOCOLS = 65536, 256


def concerned(flows: Table, means: Mapping[Selector, Meaning]) -> npt.NDArray[np.intp]:
    """The rows of the flows that a rule may be about, ascending; some of them may be too many.

    Args:
        flows: Columns as in :data:`classifier.model.FLOW_COLUMNS`.
        means: Every selector of the policy, and what it is about.
    """
    port = np.zeros(PORTS, dtype=np.bool_)  # of any transport: that is told apart later
    protocol = np.zeros(PROTOCOLS, dtype=np.bool_)
    services: set[str] = set()
    for selector, meaning in means.items():
        if selector.kind is Kind.EVERYTHING:
            return np.arange(len(flows))
        if selector.kind is Kind.PROTOCOL:
            protocol[selector.low] = True
        services |= meaning.services
        for _, low, high in meaning.ports:
            port[low : high + 1] = True
    about = look_up(port, flows["server_port"].data)
    if protocol.any():
        about |= look_up(protocol, flows["ip_protocol"].data)
    if services:
        about |= flows["service"].is_label(*services)
    return np.flatnonzero(about)
