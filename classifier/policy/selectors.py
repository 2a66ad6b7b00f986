"""What a rule is about: services by id, family or flag, ports, IP protocol numbers.

==================  ============================================  ==============================
written             selects                                       is certain when
==================  ============================================  ==============================
``smtp``            the service of that id                        its confidence is high enough
``windows-rpc/*``   every service id of that form                 its confidence is high enough
``family:mail``     the services of that family                   its confidence is high enough
``flag:obsolete``   the services and the ports with that flag     confidence, or known server side
``tcp/25``          a server port or a range (``udp/137-139``)    the server side is known
``ip/47``           an IP protocol number                         always
``unknown``         what nothing names                            always
``*``               everything                                    always
==================  ============================================  ==============================
"""

from __future__ import annotations

from enum import StrEnum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from msgspec import Struct

from classifier.model import UNKNOWN
from classifier.policy.source import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from classifier.catalogue import Catalogue

__all__ = ["EVERYTHING", "Kind", "Selector", "SelectorError", "parse", "verify"]

TRANSPORTS = "tcp", "udp", "sctp"
WORDS = "family", "flag"
# Looked at one by one: to compile expressions costs a start more than to read a whole policy.
NAME = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
SERVICE = NAME | frozenset("*?._/")
NOT_FIRST = frozenset("._/-")
LAST_PORT = 65535
LAST_PROTOCOL = 255


class Kind(StrEnum):
    """What a selector looks at."""

    EVERYTHING = "everything"
    UNKNOWN = "unknown"
    SERVICE = "service"
    FAMILY = "family"
    FLAG = "flag"
    PORT = "port"
    PROTOCOL = "protocol"


class SelectorError(ValueError):
    """A selector is wrong: what is, and how to mend it."""

    def __init__(self, cause: str, fix: str) -> None:
        super().__init__(cause)
        self.fix = fix


class Selector(Struct, frozen=True):
    """One word of an ``allow`` or ``deny`` list. Equal when it is written the same.

    Attributes:
        text: As it is written in the policy.
        kind: What it looks at.
        name: Service id or pattern, family, flag, or the transport of a port.
        low, high: Ports or IP protocol number, both inclusive; 0 where there are none.
    """

    text: str
    kind: Kind
    name: str = ""
    low: int = 0
    high: int = 0

    def names(self, service: str) -> bool:
        """Whether a service id is of the form that is written."""
        return fnmatchcase(service, self.name)


_LONG = 10
"""Digits of numbers that are out of every range."""

EVERYTHING = Selector("*", Kind.EVERYTHING)


def parse(text: str) -> Selector:
    """Read one selector.

    Raises:
        SelectorError: It has none of the forms, or a number is out of range.
    """
    if text == "*":
        return EVERYTHING
    if text == UNKNOWN:
        return Selector(text, Kind.UNKNOWN)
    carrier, slash, numbers = text.partition("/")
    low, dash, high = numbers.partition("-")
    if carrier in TRANSPORTS and low.isdecimal() and (high.isdecimal() or not dash):
        return _ports(text, carrier, _number(low), _number(high or low))
    if carrier == "ip" and slash and numbers.isdecimal():
        number = _number(numbers)
        if number > LAST_PROTOCOL:
            raise SelectorError(f"{text!r} is no IP protocol", "numbers go from 0 to 255")
        return Selector(text, Kind.PROTOCOL, "ip", number, number)
    word, _, name = text.partition(":")
    if word in WORDS and name and NAME.issuperset(name):
        return Selector(text, Kind(word), name)
    if text and SERVICE.issuperset(text) and text[0] not in NOT_FIRST:
        return Selector(text, Kind.SERVICE, text)
    raise SelectorError(
        f"{text!r} selects nothing",
        "write a service id, family:NAME, flag:NAME, tcp/25, udp/137-139, ip/47, unknown or *",
    )


def _number(digits: str) -> int:
    """A number; for one that is too large for anything, which Python may refuse, another such."""
    return int(digits) if len(digits) < _LONG else 10**_LONG


def _ports(text: str, transport: str, low: int, high: int) -> Selector:
    if not 0 <= low <= high <= LAST_PORT:
        raise SelectorError(f"{text!r} is no port or range", "ports go from 0 to 65535")
    return Selector(text, Kind.PORT, transport, low, high)


def verify(selector: Selector, catalogue: Catalogue) -> None:
    """Hold a selector against the catalogue.

    Raises:
        SelectorError: The catalogue has no such service, family or flag.
    """
    if selector.kind is Kind.SERVICE:
        if not any(selector.names(one) for one in catalogue.ids):
            raise _missing("service", selector.name, catalogue.ids)
        return
    if selector.kind in (Kind.FAMILY, Kind.FLAG):
        words = catalogue.families if selector.kind is Kind.FAMILY else catalogue.flags
        if selector.name not in words:
            raise _missing(selector.kind.value, selector.name, words)


def _missing(noun: str, name: str, words: Iterable[str]) -> SelectorError:
    fix = did_you_mean(name, words, f"take a {noun} of the catalogue")
    return SelectorError(f"the catalogue has no {noun} {name!r}", fix)
