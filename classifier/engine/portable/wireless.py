"""IEEE 802.11 data frames, bare or behind a radiotap header.

Source: IEEE 802.11-2020 section 9.2 and 9.3; radiotap.org.
"""

from __future__ import annotations

from struct import unpack_from
from typing import TYPE_CHECKING

from classifier.engine.portable.packet import NotIP, Packet, Undecodable, need

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["dot11", "radiotap"]

_Llc = "Callable[[bytes, Packet], tuple[int, bytes]]"
_MANAGEMENT, _CONTROL, _DATA = 0, 1, 2
_QOS, _NO_DATA = 0x8, 0x4
_TO_DS, _FROM_DS, _PROTECTED, _ORDER = 0x01, 0x02, 0x40, 0x80
_MESH_OR_AMSDU = 0x80

_TSFT, _FLAGS = 1 << 0, 1 << 1
_EXTENDED = 1 << 31
_FLAG_FCS, _FLAG_PADDED, _FLAG_BAD_FCS = 0x10, 0x20, 0x40


def radiotap(
    data: bytes, packet: Packet, llc: Callable[[bytes, Packet], tuple[int, bytes]]
) -> tuple[int, bytes]:
    """Skip the radiotap header, minding the frame check sequence and padding that it tells of."""
    need(data, 8, "radiotap")
    length, present = unpack_from("<HI", data, 2)
    if length < 8:
        raise Undecodable("radiotap", "impossible length")
    need(data, length, "radiotap")
    place, word = 8, present
    while word & _EXTENDED and place + 4 <= length:
        word = unpack_from("<I", data, place)[0]
        place += 4
    flags = 0
    if present & _TSFT:
        place += -place % 8 + 8
    if present & _FLAGS and place < length:
        flags = data[place]
    if flags & _FLAG_BAD_FCS:
        raise NotIP("802.11 frame with a bad checksum")
    frame = data[length:]
    if flags & _FLAG_FCS and len(frame) > 4:
        frame = frame[:-4]
    return dot11(frame, packet, llc, padded=bool(flags & _FLAG_PADDED))


def dot11(
    data: bytes,
    packet: Packet,
    llc: Callable[[bytes, Packet], tuple[int, bytes]],
    *,
    padded: bool = False,
) -> tuple[int, bytes]:
    """An 802.11 frame: only unprotected data frames hold something that can be read on."""
    need(data, 2, "802.11")
    kind, subtype = data[0] >> 2 & 3, data[0] >> 4
    flags = data[1]
    if kind == _MANAGEMENT:
        raise NotIP("802.11 management")
    if kind == _CONTROL:
        raise NotIP("802.11 control")
    if kind != _DATA:
        raise NotIP("802.11 extension")
    if subtype & _NO_DATA:
        raise NotIP("802.11 data frame without data")
    if flags & _PROTECTED:
        raise NotIP("802.11 protected data")
    length = 24
    if flags & _TO_DS and flags & _FROM_DS:
        length += 6
    aggregated = False
    if subtype & _QOS:
        need(data, length + 2, "802.11")
        aggregated = bool(data[length] & _MESH_OR_AMSDU)
        length += 2
        if flags & _ORDER:
            length += 4
    if padded:
        length += -length % 4
    if aggregated:
        raise NotIP("802.11 aggregate")
    need(data, length, "802.11")
    return llc(data[length:], packet)
