"""Who asked, where control traffic or a flow's own payload says it better than was inferred."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec.structs import replace

from classifier.endpoints.matching import claims, match
from classifier.model import DirectionBasis

if TYPE_CHECKING:
    from collections.abc import Iterable

    from classifier.endpoints.announcement import Identification
    from classifier.endpoints.listen import Heard
    from classifier.endpoints.matching import Matches
    from classifier.flows.columns import Array
    from classifier.flows.oriented import Oriented

__all__ = ["settle"]

_UDP = 17


def settle(flows: Oriented, heard: Heard) -> Matches:
    """Find the flows that use announced endpoints, and let them say who asked.

    A direction that a handshake shows is never changed: what does not fit it is no match.
    Announcements about third hosts change no direction either.
    """
    _by_payload(flows, heard.identifications)
    found = match(flows, claims(heard.announcements))
    if not len(found):
        return found
    # Most announced endpoints serve; some are those of the side that asked.
    for_client = np.array([claim.first.host_is_client for claim in found.claims])
    trusted = np.array([not claim.is_about_another for claim in found.claims])
    fits = found.at_client == for_client[found.claim]
    known = trusted[found.claim]
    is_right, is_wrong = np.zeros((2, len(flows)), dtype=bool)
    is_right[found.flow[fits & known]] = True
    is_wrong[found.flow[~fits & known]] = True
    right, wrong = np.nonzero(is_right)[0], np.nonzero(is_wrong & ~is_right)[0]
    before = flows.client.copy()
    flows.settle(right, np.zeros(len(right), dtype=bool), DirectionBasis.ANNOUNCED)
    flows.settle(wrong, np.ones(len(wrong), dtype=bool), DirectionBasis.ANNOUNCED)
    turned = (before != flows.client)[found.flow]
    fits ^= turned
    # Media go both ways between two announced endpoints: what was said last of either counts.
    has_fit = np.zeros(len(flows), dtype=bool)
    has_fit[found.flow[fits]] = True
    both_ends = has_fit[found.flow] & (flows.column("ip_protocol")[found.flow] == _UDP)
    return _picked(found, fits | both_ends, found.at_client ^ turned)


def _picked(matches: Matches, rows: Array, at_client: Array) -> Matches:
    """Some rows of the matches."""
    return replace(
        matches,
        flow=matches.flow[rows],
        claim=matches.claim[rows],
        frame=matches.frame[rows],
        rank=matches.rank[rows],
        at_client=at_client[rows],
    )


def _by_payload(flows: Oriented, identifications: Iterable[Identification]) -> None:
    """Turn the flows whose payload shows that the side taken for the client serves."""
    wrong = {one.place.flow for one in identifications if one.client_is_server}
    if wrong:
        rows = np.array(sorted(wrong), dtype=np.int64)
        flows.settle(rows, np.ones(len(rows), dtype=bool), DirectionBasis.PAYLOAD_ROLE)
