"""What else a flow carries on which STUN checks the way: told by the first byte (RFC 7983)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.endpoints.stun.message import datagrams

if TYPE_CHECKING:
    from classifier.endpoints.announcement import Conversation, Place

__all__ = ["DTLS", "RTP", "carried"]

RTP, DTLS = "RTP", "DTLS"

_DTLS_HEADER = 13
_DTLS_TYPES = range(20, 27)
_DTLS_VERSIONS = (b"\xfe\xff", b"\xfe\xfd")
_RTP_HEADER = 12
_RTCP_TYPES = range(192, 224)
"""Second bytes that are RTCP (RFC 5761 section 4)"""
_NEAR = 64
"""Numbers of two packets of one stream lie so near to each other."""


def carried(conversation: Conversation) -> dict[str, Place]:
    """Which of RTP and DTLS a flow over UDP carries, and where the first proof of it is."""
    found: dict[str, Place] = {}
    last: dict[tuple[bool, bytes, int], int] = {}
    for data, by_client, place in datagrams(conversation):
        if data[0] in _DTLS_TYPES:
            if _is_dtls(data):
                found.setdefault(DTLS, place)
            continue
        if data[0] >> 6 != 2 or len(data) < _RTP_HEADER or data[1] in _RTCP_TYPES:  # noqa: PLR2004
            continue
        # One packet proves little: two of the same source with numbers in a row do.
        stream = by_client, data[8:12], data[1] & 0x7F
        number = int.from_bytes(data[2:4])
        before = last.get(stream)
        last[stream] = number
        if before is not None and 0 < (number - before) & 0xFFFF <= _NEAR:
            found.setdefault(RTP, place)
        if len(found) == 2:  # noqa: PLR2004
            break
    return found


def _is_dtls(data: bytes) -> bool:
    """Whether a datagram begins with a record of DTLS 1.0 or 1.2 that fits in it (RFC 6347 4.1)."""
    size = int.from_bytes(data[11:13])
    return data[1:3] in _DTLS_VERSIONS and 0 < size <= len(data) - _DTLS_HEADER
