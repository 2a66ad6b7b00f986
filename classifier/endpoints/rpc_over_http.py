"""RPC over HTTP version 2: one request that never ends for each direction (MS-RPCH 2.2.2).

Nearly all of it is inside TLS; in clear it is seen behind a proxy that ends TLS. Answers to what
one connection asks come over another one, so nothing is matched here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from classifier.endpoints import dcerpc
from classifier.endpoints.announcement import Identification
from classifier.endpoints.stream import runs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.endpoints.announcement import Announcement, Conversation, LookedFor

__all__ = ["read"]

_REQUEST = re.compile(rb"RPC_(?:IN|OUT)_DATA /[^ \r\n?]{0,512}(?:\?([^ \r\n]{1,300}))? HTTP/1\.")
_TARGET = re.compile(rb"[0-9A-Za-z._:\[\]-]{1,255}:[0-9]{1,5}")
"""What the proxy is to call: a server and its port"""


def read(conversation: Conversation) -> Iterator[Announcement | Identification | LookedFor]:
    """What a conversation over TCP tells; nothing if it is no RPC over HTTP."""
    if conversation.transport != "tcp":
        return
    for client in (True, False):
        first = next(runs(conversation, client=client), None)
        request = _REQUEST.match(first.data) if first else None
        if first and request:
            target = _TARGET.fullmatch(request[1] or b"")
            yield Identification(
                "rpc-over-http",
                f"to {target[0].decode('ascii')}" if target else "",
                first.place(request.end() - 1),
                client_is_server=not client,
            )
            if client:
                yield from dcerpc.carried(conversation, "over RPC over HTTP")
            return
