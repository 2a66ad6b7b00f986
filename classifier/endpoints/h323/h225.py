"""H.225.0: messages that set up a call, and where its control channel is (H.225.0 annex H)."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING

from classifier.endpoints.h323.h245 import message, open_logical_channel
from classifier.endpoints.h323.per import (
    boolean,
    characters,
    choice,
    integer,
    list_of,
    noted,
    null,
    octets,
    opened,
    optional,
    sequence,
    unreadable,
)

if TYPE_CHECKING:
    from classifier.endpoints.h323.per import Bits

__all__ = ["user_information"]

_OCTET, _PORT = integer(0, 255), integer(0, 65_535)
_OBJECT = noted("object", octets())
"""protocolIdentifier"""


def _ipv4(bits: Bits) -> tuple[str, int]:
    return str(IPv4Address(bits.octets(4))), bits.number(0, 65_535)


def _ipv6(bits: Bits) -> tuple[str, int]:
    extended = bits.bits(1)
    endpoint = str(IPv6Address(bits.octets(16))), bits.number(0, 65_535)
    if extended:
        bits.pass_over()
    return endpoint


_H221 = sequence(_OCTET, _OCTET, _PORT, more=())
_NON_STANDARD = sequence(choice((octets(), _H221), more=()), octets())
_ADDRESS = choice(
    (_ipv4, unreadable, unreadable, _ipv6, unreadable, unreadable, _NON_STANDARD), more=()
)
"""TransportAddress: IPv4, with a route, IPX, IPv6, NetBIOS, NSAP, non-standard"""
_ALIAS = choice((characters(4, 1, 128), characters(16, 1, 256)), more=())
_VENDOR = sequence(_H221, optional(octets(1, 256)), optional(octets(1, 256)), more=())
_PLAIN = sequence(optional(_NON_STANDARD), more=())
_SUPPORTED = choice((_NON_STANDARD, *([_PLAIN] * 8)), more=())
_GATEWAY = sequence(optional(list_of(_SUPPORTED)), optional(_NON_STANDARD), more=())
_TERMINAL = sequence(
    optional(_NON_STANDARD),
    optional(_VENDOR),
    optional(_PLAIN),
    optional(_GATEWAY),
    optional(_PLAIN),
    optional(_PLAIN),
    boolean,
    boolean,
    more=(),
)
"""EndpointType"""
_SERVICES = sequence(*([boolean] * 7), sequence(boolean, boolean, more=()), more=())
_CONTROL = noted("control", _ADDRESS)
"""h245Address"""
_FAST = list_of(opened(open_logical_channel))

_SETUP = sequence(
    _OBJECT,
    optional(_CONTROL),
    optional(list_of(_ALIAS)),
    _TERMINAL,
    optional(list_of(_ALIAS)),
    optional(_ADDRESS),
    optional(list_of(_ALIAS)),
    optional(list_of(_PORT)),
    boolean,
    octets(16),
    choice((null, null, null), more=()),
    optional(_SERVICES),
    choice((null, null, null, null), more=()),
    more=(None, None, None, None, None, None, _FAST),
)
_PROCEEDING = sequence(_OBJECT, _TERMINAL, optional(_CONTROL), more=(None, None, None, None, _FAST))
"""CallProceeding, Alerting"""
_CONNECT = sequence(
    _OBJECT, optional(_CONTROL), _TERMINAL, octets(16), more=(None, None, None, None, _FAST)
)
_FACILITY = sequence(
    _OBJECT,
    optional(_ADDRESS),
    optional(list_of(_ALIAS)),
    optional(octets(16)),
    choice((null, null, null, null), more=()),
    more=(None, None, None, None, None, None, _CONTROL, _FAST),
)
_PROGRESS = sequence(
    _OBJECT,
    _TERMINAL,
    optional(_CONTROL),
    sequence(octets(16), more=()),
    optional(unreadable),
    optional(unreadable),
    optional(unreadable),
    optional(_FAST),
    more=(),
)
_PLAIN_MESSAGE = sequence(_OBJECT, more=())
"""Information, and what of ReleaseComplete is read"""

user_information = sequence(
    sequence(
        choice(
            (
                _SETUP,
                _PROCEEDING,
                _CONNECT,
                _PROCEEDING,
                _PLAIN_MESSAGE,
                unreadable,
                _FACILITY,
            ),
            more=(_PROGRESS,),
        ),
        optional(_NON_STANDARD),
        # What is tunnelled is H.245 (H.323 8.2.1).
        more=(None, None, list_of(opened(message))),
    ),
    optional(unreadable),
    more=(),
)
"""H323-UserInformation"""
