"""Messages of a start line, header lines and a body, one after the other: SIP's and RTSP's form.

Lengths of bodies may lie, recordings begin in the middle, and what is not a message may stand
between two: the next one is looked for by its start line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from classifier.endpoints.expression import expression

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Mapping

__all__ = ["Message", "messages"]

_HEADER = rb"([A-Za-z][A-Za-z0-9-]{0,60})[ \t]{0,9}:([^\r\n]*)\r?\n"
_FOLDED = rb"[ \t]([^\r\n]*)\r?\n"
_END = rb"\r?\n"
_LENGTH = rb"[0-9]{1,9}"
_BETWEEN = rb"[\r\n\0 ]{0,64}"
"""What keeps a connection open, or pads a body."""
_MOST = 500
"""Header lines of one message."""
_LONGEST = 4_096
"""Of a header line that continues on the next."""


class Message(NamedTuple):
    """One message.

    Attributes:
        start: The match of the start line.
        headers: By name in small letters, the first of each.
        body: What there is of it: no more than the headers say.
        complete: Whether the body is as long as the headers say.
    """

    start: re.Match[bytes]
    headers: dict[bytes, bytes]
    body: bytes
    complete: bool


def messages(
    data: bytes, begin: re.Pattern[bytes], short_names: Mapping[bytes, bytes]
) -> Iterator[Message]:
    """The messages in what one side said.

    Args:
        data: Of a datagram or a stream.
        begin: A start line with its end; is searched for.
        short_names: Long names of headers by their short ones.
    """
    start = begin.search(data)
    while start:
        headers, at, ended = _headers(data, start.end(), short_names)
        length = expression(_LENGTH).fullmatch(headers.get(b"content-length", b"").strip())
        end = at + int(length[0]) if length and ended else len(data) + 1
        between = expression(_BETWEEN).match(data, end)
        behind = between.end() if between else end
        following = begin.match(data, behind)
        if end > len(data) or (following is None and behind != len(data)):
            # Not said, cut off, a lie, or followed by something else: at most up to where the
            # next one begins.
            following = begin.search(data, at)
            end = min(end, following.start() if following else len(data))
        body = data[at:end] if ended else b""
        complete = length is not None and len(body) == int(length[0])
        yield Message(start, headers, body, complete)
        start = following


def _headers(
    data: bytes, at: int, short_names: Mapping[bytes, bytes]
) -> tuple[dict[bytes, bytes], int, bool]:
    """Header lines from an offset: them, where the body begins, and whether it does."""
    headers: dict[bytes, bytes] = {}
    for _ in range(_MOST):
        found = expression(_HEADER).match(data, at)
        if not found:
            break
        at = found.end()
        name, value = found[1].lower(), found[2].strip()
        while folded := expression(_FOLDED).match(data, at):
            at = folded.end()
            if len(value) < _LONGEST:
                value += b" " + folded[1].strip()
        headers.setdefault(short_names.get(name, name), value)
    end = expression(_END).match(data, at)
    return headers, end.end() if end else at, bool(end)
