"""What would make a verdict surer: what to record, to give or to write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.model import KNOWN_DIRECTION, Basis, Confidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.explain.material import FlowRow

__all__ = ["surer"]

_BIND = (
    "a recording from before the client's first contact with the endpoint mapper (135/tcp), so "
    "that the bind or the mapper's answer is in it"
)
_MAP = "an endpoint map of another capture of this server: --known-endpoints FILE"
_ENTRY = (
    "a look at the payload, and then an entry for it if it is yours: --signatures FILE "
    "(docs/signatures.md)"
)
_PAYLOAD = "payload that says so: in this flow nothing was understood that does"
_REFUSED = ("S0", "REJ", "RSTOS0", "SH")


def surer(flow: FlowRow, *, in_range: bool, tie: bool, is_third: bool) -> Iterator[str]:
    """Advice for one flow.

    Args:
        flow: With its verdict.
        in_range: Whether the server's port is one that Windows RPC hands out there.
        tie: Whether two candidates are equally good.
        is_third: Whether the verdict is from what a host said of another one.
    """
    confidence, basis = flow.text("confidence"), flow.text("basis")
    if confidence == Confidence.CONFIRMED:
        yield "nothing: it is proven"
        return
    if basis == Basis.IP_PROTOCOL:
        yield "nothing: an IP protocol number is its own name"
        return
    if flow.text("state") in _REFUSED:
        yield "nothing: the server took no connection, so there is no payload to know it by"
        return
    if flow.text("direction_basis") not in {each.value for each in KNOWN_DIRECTION}:
        yield "a recording that has the beginning of the conversation: then it is seen who asked"
    is_unknown = confidence == Confidence.UNKNOWN
    by_port = basis in {Basis.PORT, Basis.PORT_INFERRED, Basis.PORT_RANGE}
    is_silent = flow.number("client_payload") + flow.number("server_payload") == 0
    advice = (
        (basis == Basis.DYNAMIC_BAND or (in_range and is_unknown), _BIND),
        (basis == Basis.DYNAMIC_BAND or (in_range and is_unknown), _MAP),
        (is_third, "the same said by the host itself: another one said it, and nobody checked it"),
        (basis == Basis.LEARNED, "the flow's own bind, or the mapper's answer to this client"),
        (tie, "an entry of your own that says which of them it is here: --signatures FILE"),
        (basis == Basis.IANA_PORT or (is_unknown and not in_range), _ENTRY),
        (is_silent, "payload: none was recorded in this flow"),
        (confidence == Confidence.ANNOUNCED and not is_silent, _PAYLOAD),
        (by_port and not is_silent, _PAYLOAD),
    )
    yield from (words for holds, words in advice if holds)
