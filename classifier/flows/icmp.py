"""ICMP errors in words: what a router or a host said about a flow.

Source: RFC 792, RFC 1122 section 3.2.2.1, RFC 1812 section 5.2.7.1, RFC 4443 and IANA's ICMP and
ICMPv6 parameters (2026-11).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier.table import Values

if TYPE_CHECKING:
    from classifier.flows.columns import Array

__all__ = ["ICMP_ERRORS", "error_words", "no_error_words"]

ICMP_ERRORS: dict[int, dict[int, tuple[str, tuple[str, ...]]]] = {
    4: {
        3: (
            "destination unreachable",
            (
                "network unreachable",
                "host unreachable",
                "protocol unreachable",
                "port unreachable",
                "fragmentation needed",
                "source route failed",
                "destination network unknown",
                "destination host unknown",
                "source host isolated",
                "network administratively prohibited",
                "host administratively prohibited",
                "network unreachable for type of service",
                "host unreachable for type of service",
                "communication administratively prohibited",
                "host precedence violation",
                "precedence cutoff in effect",
            ),
        ),
        4: ("source quench", ("source quench",)),
        5: (
            "redirect",
            (
                "redirect for network",
                "redirect for host",
                "redirect for type of service and network",
                "redirect for type of service and host",
            ),
        ),
        11: (
            "time exceeded",
            ("time exceeded in transit", "fragment reassembly time exceeded"),
        ),
        12: (
            "parameter problem",
            ("parameter problem", "required option missing", "bad length"),
        ),
    },
    6: {
        1: (
            "destination unreachable",
            (
                "no route to destination",
                "communication administratively prohibited",
                "beyond scope of source address",
                "address unreachable",
                "port unreachable",
                "source address failed ingress or egress policy",
                "reject route to destination",
                "error in source routing header",
                "headers too long",
            ),
        ),
        2: ("packet too big", ("packet too big",)),
        3: (
            "time exceeded",
            ("time exceeded in transit", "fragment reassembly time exceeded"),
        ),
        4: (
            "parameter problem",
            (
                "erroneous header field",
                "unrecognized next header type",
                "unrecognized IPv6 option",
                "first fragment has incomplete header chain",
                "segment routing upper-layer header error",
                "unrecognized next header type at intermediate node",
                "extension header too big",
                "extension header chain too long",
                "too many extension headers",
                "too many options in extension header",
                "option too big",
            ),
        ),
    },
}
"""IP version -> ICMP type -> its name, and the names of its codes from 0."""

_WORDS = tuple(
    word for kinds in ICMP_ERRORS.values() for _, codes in kinds.values() for word in codes
)


def error_words(version: Array, error: Array) -> Values:
    """The first ICMP error about each flow in words, null where there was none.

    Args:
        version: 4 or 6.
        error: Type * 256 + code, -1 without.
    """
    codes = np.full(len(error), -1, dtype=np.int32)
    rows = np.flatnonzero(error >= 0)
    named = version[rows].astype(np.int64) * 65_536 + error[rows]
    numbers, found = np.unique(named, return_inverse=True)
    words = [_word(*divmod(number, 65_536)) for number in numbers.tolist()]
    labels = list(dict.fromkeys((*_WORDS, *words)))
    of_number = np.array([labels.index(word) for word in words], dtype=np.int32)
    codes[rows] = of_number[found]
    return Values(codes, labels)


def no_error_words(flows: int) -> Values:
    """The words of so many flows about which there was no ICMP error."""
    return Values(np.full(flows, -1, dtype=np.int32), list(dict.fromkeys(_WORDS)))


def _word(version: int, error: int) -> str:
    kind, code = divmod(error, 256)
    name, of_code = ICMP_ERRORS[version].get(kind, (f"ICMP type {kind}", ()))
    return of_code[code] if code < len(of_code) else f"{name}, code {code}"
