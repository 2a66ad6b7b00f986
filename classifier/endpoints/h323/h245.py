"""H.245: channels that are opened within a call, and where their media go (ITU-T H.245 annex A).

Types that no phone has used are left out: a message with one of them says nothing.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING

from classifier.endpoints.h323.per import (
    Bits,
    boolean,
    characters,
    choice,
    integer,
    list_of,
    noted,
    null,
    octets,
    optional,
    sequence,
    unreadable,
)

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["message", "open_logical_channel"]

_PORT = integer(0, 65_535)
_OCTET = integer(0, 255)


def _endpoint(size: int) -> Callable[[Bits], object]:
    """``SEQUENCE {network, tsapIdentifier, ...}``: host and port."""

    def read(bits: Bits) -> tuple[str, int]:
        extended = bits.bits(1)
        said = bits.octets(size)
        port = bits.number(0, 65_535)
        if extended:
            bits.pass_over()
        return str(IPv4Address(said) if size == 4 else IPv6Address(said)), port  # noqa: PLR2004

    return read


_ADDRESS = choice(
    (
        choice(  # unicast: IPv4, IPX, IPv6, NetBIOS, IPv4 with a route
            (_endpoint(4), unreadable, _endpoint(16), unreadable, unreadable), more=()
        ),
        choice((_endpoint(4), _endpoint(16)), more=()),  # multicast
    ),
    more=(),
)

_NON_STANDARD = sequence(choice((octets(), sequence(_OCTET, _OCTET, _PORT))), octets())


def _kind(name: str, type_: Callable[[Bits], object]) -> Callable[[Bits], object]:
    """Puts down of which kind the media are whose addresses follow."""

    def read(bits: Bits) -> object:
        bits.found.append(("kind", name))
        return type_(bits)

    return read


_FRAMES = integer(1, 256)
_AUDIO = choice(
    (
        _NON_STANDARD,
        *([_FRAMES] * 7),  # G.711 and G.722
        sequence(_FRAMES, boolean),  # G.723.1
        *([_FRAMES] * 3),  # G.728, G.729 and its annex A
        unreadable,  # MPEG-1
        unreadable,  # MPEG-2
    ),
    more=(),
)
_INTERVAL = optional(integer(1, 32))
_H261 = sequence(
    optional(integer(1, 4)),
    optional(integer(1, 4)),
    boolean,
    integer(1, 19_200),
    boolean,
    more=(),
)
_H263 = sequence(
    *([_INTERVAL] * 5),
    integer(1, 192_400),
    *([boolean] * 5),
    optional(integer(0, 524_287)),
    optional(_PORT),
    more=(),
)
_VIDEO = choice((_NON_STANDARD, _H261, unreadable, _H263, unreadable), more=())
_PROTOCOL = choice((_NON_STANDARD, null, null, null, null, null, null), more=())
_DATA = sequence(
    choice(
        (
            _NON_STANDARD,
            _kind("T.120", _PROTOCOL),
            *([_PROTOCOL] * 2),
            unreadable,
            *([_PROTOCOL] * 2),
            unreadable,
            null,
            _PROTOCOL,
        ),
        more=(None, None, _kind("fax", null), None),
    ),
    integer(0, 4_294_967_295),
    more=(),
)
_DATA_TYPE = choice(
    (
        _NON_STANDARD,
        null,
        _kind("video", _VIDEO),
        _kind("audio", _AUDIO),
        _DATA,
        choice((_NON_STANDARD, null), more=()),
    ),
    more=(),
)
_PACKETS = choice((null,), more=())

_CHANNEL = sequence(
    optional(list_of(_NON_STANDARD)),
    noted("session", _OCTET),
    optional(integer(1, 255)),
    optional(noted("media", _ADDRESS)),
    optional(boolean),
    optional(noted("reports", _ADDRESS)),
    optional(boolean),
    optional(boolean),
    optional(sequence(integer(0, 192), integer(0, 192), more=())),
    optional(integer(96, 127)),
    optional(_PACKETS),
    more=(),
)
"""H2250LogicalChannelParameters"""
_CHANNEL_ACK = sequence(
    optional(list_of(_NON_STANDARD)),
    optional(noted("session", integer(1, 255))),
    optional(noted("media", _ADDRESS)),
    optional(noted("reports", _ADDRESS)),
    optional(integer(96, 127)),
    more=(),
)
"""H2250LogicalChannelAckParameters"""
_STACK = sequence(
    optional(choice((null, null), more=())),
    choice((unreadable, characters(4, 1, 128), noted("stack", _ADDRESS)), more=()),
    boolean,
    optional(octets(1, 255)),
    more=(),
)
"""NetworkAccessParameters"""
_NUMBER = noted("channel", integer(1, 65_535))

open_logical_channel = sequence(
    _NUMBER,
    sequence(
        optional(_PORT),
        _DATA_TYPE,
        choice((unreadable, unreadable, unreadable), more=(_CHANNEL, None)),
        more=(),
    ),
    optional(
        sequence(
            _DATA_TYPE,
            optional(choice((unreadable, unreadable), more=(_CHANNEL,))),
            more=(),
        )
    ),
    more=(_STACK,),
)
"""OpenLogicalChannel, as it also stands in H.225 where a call starts fast (H.323 8.1.7)."""

_ACK = sequence(
    _NUMBER,
    optional(
        sequence(
            integer(1, 65_535),
            optional(_PORT),
            optional(choice((unreadable,), more=(_CHANNEL,))),
            more=(),
        )
    ),
    more=(_STACK, choice((_CHANNEL_ACK,), more=())),
)


def _capabilities(bits: Bits) -> None:
    """TerminalCapabilitySet: its first fields, which prove that it is one."""
    bits.bits(4)
    bits.number(0, 255)
    bits.found.append(("object", bits.octets(bits.length())))


def _open(bits: Bits) -> None:
    bits.found.append(("open", None))
    open_logical_channel(bits)


def _opened(bits: Bits) -> None:
    bits.found.append(("ack", None))
    _ACK(bits)


message = choice(
    (
        choice((*([unreadable] * 2), _capabilities, _open, *([unreadable] * 7)), more=()),
        choice((*([unreadable] * 5), _opened, *([unreadable] * 13)), more=()),
        unreadable,
        unreadable,
    ),
    more=(),
)
"""MultimediaSystemControlMessage"""
