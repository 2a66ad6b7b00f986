"""Bencoding, the data format of BitTorrent (BEP 3)."""

from __future__ import annotations

__all__ = ["Broken", "Value", "decode"]

Value = int | bytes | list["Value"] | dict[bytes, "Value"]

_DEEPEST = 8
_LONGEST_NUMBER = 20
_LONGEST_LENGTH = 7


class Broken(ValueError):  # noqa: N818  it never leaves this package: not an error of the program
    """The bytes are not bencoded, or end too early."""


def decode(data: bytes, offset: int = 0, *, depth: int = 0) -> tuple[Value, int]:
    """The value at an offset, and where it ends.

    Raises:
        Broken: There is none, or it is nested deeper than any message of BitTorrent.
    """
    mark = data[offset : offset + 1]
    if mark.isdigit():
        colon = data.find(b":", offset, offset + _LONGEST_LENGTH + 1)
        digits = data[offset:colon]
        end = colon + 1 + int(digits) if colon > 0 and digits.isdigit() else -1
        if not 0 < end <= len(data):
            raise Broken(f"no string at {offset}")
        return data[colon + 1 : end], end
    if mark == b"i":
        end = data.find(b"e", offset, offset + _LONGEST_NUMBER + 2)
        digits = data[offset + 1 : max(end, 0)]
        if not digits.removeprefix(b"-").isdigit():
            raise Broken(f"no number at {offset}")
        return int(digits), end + 1
    if mark not in (b"l", b"d") or depth == _DEEPEST:
        raise Broken(f"nothing at {offset}")
    found: list[Value] = []
    at = offset + 1
    while data[at : at + 1] != b"e":
        value, at = decode(data, at, depth=depth + 1)
        found.append(value)
    if mark == b"l":
        return found, at + 1
    keys = found[::2]
    named: dict[bytes, Value] = {}
    for key, value in zip(keys, found[1::2], strict=False):
        if not isinstance(key, bytes):
            raise Broken(f"a key that is no string in the dictionary at {offset}")
        named[key] = value
    return named, at + 1
