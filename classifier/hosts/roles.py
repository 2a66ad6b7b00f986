"""What hosts are for: from the services that they answered for, and from what was said of them.

Only answers count, and only services that are at least likely; a refused connection serves nobody.
The rules are careful: a Windows workstation answers on 445 too, so serving SMB alone makes no file
server unless several clients use it.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from classifier.distinct import distinct
from classifier.flows.state import REFUSED
from classifier.grouping import group
from classifier.lookup import look_up
from classifier.model import Confidence
from classifier.table import Values

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from classifier.endpoints.announcement import HostRole, Identification
    from classifier.flows.columns import Array
    from classifier.flows.oriented import Flows

__all__ = [
    "ENDPOINT_MAPPER",
    "ROLES",
    "Role",
    "answered",
    "infer",
    "is_windows_server",
    "open_on",
    "windows_servers",
]


class Role(Struct, frozen=True):
    """How one role is earned. Equal when every field is equal.

    Attributes:
        word: As it is shown.
        needs: Sets of signs; the role is earned by any set of which the host has every sign.
        unless: Roles before it in the list beside which it is not shown.
    """

    word: str
    needs: tuple[tuple[str, ...], ...]
    unless: tuple[str, ...] = ()


ROLES: tuple[Role, ...] = (
    # The most telling first. A sign is a service's id, or one of the words below.
    Role(
        "domain-controller",
        (
            ("drsuapi",),
            # No other host is a KDC and serves Windows' own protocols.
            ("kerberos", "smb"),
            ("kerberos", "epmap"),
            ("kerberos", "global-catalog"),
            ("global-catalog", "ldap"),
            ("global-catalog", "epmap"),
        ),
    ),
    Role("exchange-server", (("exchange-store",), ("exchange-referral",), ("mapi-http",))),
    Role(
        "database-server", (("mssql",), ("mysql",), ("postgresql",), ("oracle",), ("oracle-tls",))
    ),
    Role("file-server", (("smb-for-many",), ("nfs",), ("afp",)), unless=("domain-controller",)),
    Role("print-server", (("ipp",), ("lpd",), ("pdl-datastream",))),
    Role("mail-server", (("smtp",), ("submission",), ("imap",), ("imaps",), ("pop3",), ("pop3s",))),
    Role("dns-server", (("dns",),)),
    Role("dhcp-server", (("dhcp",),)),
    Role("web-server", (("http",), ("https",))),
    Role("gateway", (("gateway-said",), ("nat-pmp",))),
)

MANY_CLIENTS = 3
"""So many hosts that use a host's SMB make it a file server."""
DRSUAPI = "e3514235-4b06-11d1-ab04-00c04fc2dcd2"
"""Directory replication (MS-DRSR 1.9): only domain controllers have it."""

_LIKELY = (Confidence.CONFIRMED, Confidence.ANNOUNCED, Confidence.ASSIGNED, Confidence.LIKELY)
_SIGNS = tuple(dict.fromkeys(sign for role in ROLES for signs in role.needs for sign in signs))
_ALL = slice(None)
_WORDS = {"drsuapi": "DRSUAPI", "smb-for-many": "smb for several", "gateway-said": ""}
"""How signs that are no services are shown."""


def answered(flows: Flows, rows: Array | slice = _ALL) -> Array:
    """Which flows the server took part in: it sent something, and more than a refusal.

    Args:
        flows: With client and server.
        rows: Of these flows alone, by number.
    """
    took_part = flows.side("packets", client=False)[rows] > 0
    state = flows.state[rows]
    for refused in REFUSED:
        took_part &= state != refused
    return np.asarray(took_part)


def infer(
    flows: Flows,
    service: Values,
    confidence: Values,
    said: Iterable[HostRole] = (),
    identified: Iterable[Identification] = (),
    numbers: Mapping[str, int] | None = None,
) -> Values:
    """The roles of each address as text, with what supports them; empty where it has none.

    Args:
        flows: With client and server.
        service: The verdict's column.
        confidence: The verdict's column.
        said: Roles that control traffic told.
        identified: What payloads showed of flows.
        numbers: Of the addresses that ``said`` is about.
    """
    rows, starts = _shown(flows, service, confidence)
    signs = np.zeros(len(flows.addresses), dtype=np.int64)
    for place, sign in enumerate(_SIGNS):
        own = rows[starts[place] : starts[place + 1]]
        signs[flows.server.take(own)] |= 1 << place
        if sign == "smb" and len(own):
            pairs = distinct(flows.server[own].astype(np.int64) << 32 | flows.client[own])
            clients = np.bincount(pairs >> 32, minlength=len(signs))
            signs[clients >= MANY_CLIENTS] |= _bit("smb-for-many")
    found = [one.place.flow for one in identified if one.interface == DRSUAPI]
    copied = np.array(found, dtype=np.int64)
    signs[flows.server[copied[answered(flows, copied)]]] |= _bit("drsuapi")
    basis: dict[int, str] = {}
    for one in said:
        number = (numbers or {}).get(one.host)
        if number is not None and one.role == "gateway":
            signs[number] |= _bit("gateway-said")
            basis.setdefault(number, one.basis)
    # Few sets of signs are different, however many hosts there are.
    signed = np.flatnonzero(signs)
    own_signs = signs.take(signed)
    code, first = group(own_signs)
    sets = own_signs[first]
    rank = np.empty(len(sets), dtype=np.int32)
    rank[np.argsort(sets)] = np.arange(1, len(sets) + 1)
    texts = [_text(known, "") for known in (0, *sorted(sets.tolist()))]
    codes = np.zeros(len(signs), dtype=np.int32)
    codes[signed] = rank.take(code)
    for number, word in basis.items():
        text = _text(int(signs[number]), word)
        if text not in texts:
            texts.append(text)
        codes[number] = texts.index(text)
    return Values(codes, texts)


def _shown(flows: Flows, service: Values, confidence: Values) -> tuple[Array, Array]:
    """The flows that show a sign, sign by sign, and where each of the signs begins among them."""
    known = answered(flows) & confidence.is_label(*(word.value for word in _LIKELY))
    number = {sign: place for place, sign in enumerate(_SIGNS)}
    of_code = np.array(
        [number.get(label, len(_SIGNS)) for label in service.labels or ()], dtype=np.uint8
    )
    if not len(of_code):
        return np.zeros(0, dtype=np.int64), np.zeros(len(_SIGNS) + 1, dtype=np.int64)
    own = look_up(of_code, service.data)
    rows = np.flatnonzero(known & (own < len(_SIGNS)))
    own = own.take(rows)
    starts = np.cumsum([0, *np.bincount(own, minlength=len(_SIGNS)).tolist()])
    return rows[np.argsort(own, kind="stable")], starts


@cache
def _bit(sign: str) -> int:
    return 1 << _SIGNS.index(sign)


@cache
def _masks() -> tuple[tuple[Role, int], ...]:
    """Each role with the bits of all its signs."""
    return tuple(
        (role, sum(map(_bit, {sign for needs in role.needs for sign in needs}))) for role in ROLES
    )


@cache
def _part(place: int, signs: int, said_by: str) -> str:
    """A role, by its place, with what supports it; empty where its signs do not earn it."""
    role = ROLES[place]
    earned = [needs for needs in role.needs if not sum(map(_bit, needs)) & ~signs]
    supports = dict.fromkeys(
        (_WORDS.get(sign, sign) or f"by {said_by}") for needs in earned for sign in needs
    )
    return f"{role.word} ({', '.join(supports)})" if earned else ""


def _text(signs: int, said_by: str) -> str:
    """Such as ``domain-controller (kerberos, smb); dns-server (dns)``."""
    parts: list[str] = []
    words: list[str] = []
    for place, (role, mask) in enumerate(_masks()):
        # Hosts differ in many signs, but in few of one role.
        own = signs & mask
        part = own and _part(place, own, said_by)
        if not part or (role.unless and any(word in words for word in role.unless)):
            continue
        words.append(role.word)
        parts.append(part)
    return "; ".join(parts)


ENDPOINT_MAPPER = 135
_WINDOWS_PORTS = (ENDPOINT_MAPPER, 445, 88, 389)
TCP = 6


def is_windows_server(flows: Flows) -> Array:
    """Which flows go to a host that looks like a Windows server or a domain controller.

    Bool, one a flow: decided by ports alone, before anything has a name.
    """
    return np.asarray(windows_servers(flows).take(flows.server))


def windows_servers(flows: Flows) -> Array:
    """Which addresses look like a Windows server or a domain controller.

    Such a host answered on the endpoint mapper's port, or on SMB's and one of Kerberos and LDAP,
    over TCP. Bool, one an address.
    """
    mapper, smb, *directory = (open_on(flows, port) for port in _WINDOWS_PORTS)
    size = len(flows.addresses)

    def answers(*found: Array) -> Array:
        here = np.zeros(size, dtype=bool)
        for rows in found:
            here[flows.server[rows]] = True
        return here

    return answers(mapper) | (answers(smb) & answers(*directory))


def open_on(flows: Flows, port: int) -> Array:
    """The flows, by number, in which a server answered on a TCP port."""
    rows = np.flatnonzero(flows.side("port", client=False) == port)
    rows = rows[flows.column("ip_protocol").take(rows) == TCP]
    return np.asarray(rows[answered(flows, rows)])
