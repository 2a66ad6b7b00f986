"""Bytes of the network as a few printable characters, for the detail of what was said."""

from __future__ import annotations

__all__ = ["printable"]


def printable(octets: bytes, most: int = 60) -> str:
    r"""Text of which every character can be printed; what cannot is written as ``\x..``.

    Args:
        octets: UTF-8, mostly.
        most: Characters of the result, the last one being ``…`` where there was more.
    """
    text = octets[: 4 * most].decode("utf-8", "backslashreplace")
    shown = "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode("ascii")
        for each in text
    )
    return shown if len(shown) <= most else shown[: most - 1] + "…"
