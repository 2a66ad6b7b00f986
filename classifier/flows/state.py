"""How a TCP conversation went, in Zeek's words (``conn_state`` of its conn.log).

======  ==================================================================
S0      SYN seen, no answer
S1      established, not closed
SF      established and closed by both sides
REJ     SYN answered by RST
S2, S3  established, only the client (S2) or the server (S3) closed
RSTO    established, the client aborted first
RSTR    established, the server aborted first
RSTOS0  SYN and then RST from the client, no SYN-ACK
RSTRH   SYN-ACK and then RST from the server, no SYN seen
SH      SYN and then FIN from the client, no SYN-ACK
SHR     SYN-ACK and then FIN from the server, no SYN seen
OTH     no SYN seen, or no SYN-ACK although the server spoke
======  ==================================================================
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from classifier.engine.contract import EVENT_FIN, EVENT_RST, EVENT_SYN, EVENT_SYN_ACK
from classifier.lookup import look_up

if TYPE_CHECKING:
    from classifier.flows.columns import Array

__all__ = ["REFUSED", "STATES", "states"]

STATES = (
    "", "S0", "S1", "SF", "REJ", "S2", "S3", "RSTO", "RSTR", "RSTOS0", "RSTRH", "SH", "SHR", "OTH",
)  # fmt: skip
"""Every value of the ``state`` column; empty where the flow is not TCP."""

REFUSED = tuple(STATES.index(word) for word in ("S0", "REJ", "RSTOS0", "SH"))
"""States of a connection that the server never took: no service was there to be named"""

_EVENTS = EVENT_SYN | EVENT_SYN_ACK | EVENT_FIN | EVENT_RST
_BITS = _EVENTS.bit_length()
_KEYS = 1 << 2 * _BITS + 3


def states(
    is_tcp: Array, client: Array, server: Array, server_packets: Array, client_reset_first: Array
) -> Array:
    """The state of each flow as an index into :data:`STATES`.

    Args:
        is_tcp: Whether the flow is TCP.
        client: EVENT_ bits of the client.
        server: EVENT_ bits of the server.
        server_packets: Packets that the server sent.
        client_reset_first: Whether the first RST came from the client.
    """
    # All that matters are a few bits: each combination of them is looked at once.
    low = client & _EVENTS
    low |= (server & _EVENTS) << _BITS
    key = low.astype(np.uint16)
    signs = is_tcp, server_packets > 0, client_reset_first
    for place, sign in enumerate(signs):
        key |= sign.view(np.uint8) * np.uint16(1 << 2 * _BITS + place)
    return np.asarray(look_up(_of_keys(), key))


@cache
def _of_keys() -> Array:
    """The state by all that it depends on, as :func:`states` puts it together."""
    key = np.arange(_KEYS)
    client, server = key & _EVENTS, key >> _BITS & _EVENTS
    is_tcp, spoke, client_reset_first = (
        (key >> place & 1).astype(bool) for place in range(2 * _BITS, 2 * _BITS + 3)
    )

    def has(events: Array, bit: int) -> Array:
        return np.asarray(events & bit, dtype=bool)

    syn, syn_ack = has(client, EVENT_SYN), has(server, EVENT_SYN_ACK)
    client_fin, server_fin = has(client, EVENT_FIN), has(server, EVENT_FIN)
    client_rst, server_rst = has(client, EVENT_RST), has(server, EVENT_RST)
    open_ = syn & syn_ack
    half = syn & ~syn_ack
    answered = ~syn & syn_ack
    ladder = (
        (~is_tcp, ""),
        # Closed by both sides is closed: a RST after that only tidies up.
        (open_ & client_fin & server_fin, "SF"),
        (open_ & (client_rst | server_rst) & client_reset_first, "RSTO"),
        (open_ & (client_rst | server_rst), "RSTR"),
        (open_ & client_fin, "S2"),
        (open_ & server_fin, "S3"),
        (open_, "S1"),
        (half & server_rst, "REJ"),
        (half & spoke, "OTH"),
        (half & client_rst, "RSTOS0"),
        (half & client_fin, "SH"),
        (half, "S0"),
        (answered & server_rst, "RSTRH"),
        (answered & server_fin, "SHR"),
    )
    return np.select(
        [condition for condition, _ in ladder],
        [STATES.index(word) for _, word in ladder],
        default=STATES.index("OTH"),
    ).astype(np.int8)
