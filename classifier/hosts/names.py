"""What hosts are called, and who says so. All of it is hostile text.

Control traffic tells names of hosts by itself (mDNS, NetBIOS, DHCP …). Answers of DNS servers and
the names that TLS clients ask for are read from the first payload bytes of a bounded number of
flows, spread evenly over the recording, so that this costs nothing on a large one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct, field

from classifier.flows.addresses import Addresses, text_of
from classifier.hosts.servername import server_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from classifier.endpoints.announcement import HostName
    from classifier.engine.contract import Heads
    from classifier.flows.columns import Array
    from classifier.flows.oriented import Oriented

__all__ = ["MOST_DNS", "MOST_TLS", "Known", "Names", "collect"]

MOST_DNS = 4_000
"""Flows with answers of DNS servers that are read."""
MOST_TLS = 2_000
"""TLS servers of which one flow is read."""
_KEPT = 8
_SHOWN = 4
_LONGEST = 253
_UDP, _TCP = 17, 6
_DNS_PORT, _TLS_PORT = 53, 443
_DNS_HEADER = 12
_REVERSE_4, _REVERSE_6 = ".in-addr.arpa", ".ip6.arpa"


class Known(Struct, frozen=True):
    """One name of a host: what said it, and in which frame. Equal when every field is equal."""

    name: str
    basis: str
    frame: int


class Names(Struct):
    """The names of hosts by address, those that the host itself told first.

    Attributes:
        by_host: At most a few of each host.
    """

    by_host: dict[str, list[Known]] = field(default_factory=dict)

    def add(self, host: str, name: str, basis: str, frame: int) -> None:
        """Keep a name, unless the host has it already or has enough."""
        if not name.isascii():
            name = name.encode("utf-8", "backslashreplace").decode()
        name = name[:_LONGEST].strip(". ")
        known = self.by_host.setdefault(host, [])
        if not name or len(known) >= _KEPT:
            return
        if known and any(name.lower() == one.name.lower() for one in known):
            return
        known.append(Known(name, basis, frame))

    def texts(self, host: str) -> tuple[str, str]:
        """The names of a host and what said each of them, in the same order, ``;`` between."""
        known = self.by_host.get(host, [])
        if len(known) == 1:  # as nearly every host has
            (one,) = known
            return one.name.replace(";", r"\x3b"), f"{one.basis} in frame {one.frame}"
        more = [f"+{len(known) - _SHOWN}"] if len(known) > _SHOWN else []
        names = [one.name.replace(";", r"\x3b") for one in known[:_SHOWN]]
        basis = [f"{one.basis} in frame {one.frame}" for one in known[:_SHOWN]]
        return "; ".join(names + more), "; ".join(basis)


def collect(said: Iterable[HostName], flows: Oriented | None) -> Names:
    """The names of all hosts.

    Args:
        said: What control traffic told.
        flows: With first payload bytes; None: there are none.
    """
    names = Names()
    for one in said:
        names.add(one.host, one.name, one.basis, one.place.frame)
    if flows is None:
        return names
    for host, name, basis, frame in (*_from_dns(flows), *_from_tls(flows)):
        names.add(host, name, basis, frame)
    return names


def _evenly(rows: Array, most: int) -> Array:
    """At most so many of the rows, spread evenly."""
    if len(rows) <= most:
        return rows
    return rows[np.linspace(0, len(rows) - 1, most).astype(np.int64)]


def _served(flows: Oriented, ip_protocol: int, port: int) -> Array:
    """The flows to a port of which the server sent something."""
    rows = np.flatnonzero(flows.side("port", client=False) == port)  # few: only these are asked
    rows = rows[flows.column("ip_protocol").take(rows) == ip_protocol]
    return np.asarray(rows[flows.side("packets", client=False).take(rows) > 0])


def _from_dns(flows: Oriented) -> Iterator[tuple[str, str, str, int]]:
    """Address, name, ``DNS`` and frame, of answers to questions for addresses and for names."""
    rows = _served(flows, _UDP, _DNS_PORT)
    rows = _evenly(rows, MOST_DNS)
    heads = flows.heads(rows, client=False)
    good = _with_answers(heads)
    data, begin, end = bytes(heads.data), heads.offsets[:-1][good], heads.offsets[1:][good]
    frames = flows.column("first_frame")[rows[good]]
    seen: set[bytes] = set()
    for first, last, frame in zip(begin.tolist(), end.tolist(), frames.tolist(), strict=True):
        said = data[first + 2 : last]
        if said in seen:  # the same answer again, but for its id
            continue
        seen.add(said)
        for host, name in _answers(data[first:last]):
            yield host, name, "DNS", frame


def _with_answers(heads: Heads) -> Array:
    """The heads, by number, that begin as an answer without error to one question does."""
    begin = heads.offsets[:-1]
    rows = np.flatnonzero(heads.offsets[1:] - begin >= _DNS_HEADER)
    data = np.frombuffer(heads.data, dtype=np.uint8)
    head = data[begin[rows, None] + np.arange(_DNS_HEADER)]
    good = (head[:, 2] & 0xF8 == 0x80) & (head[:, 3] & 0x0F == 0)  # noqa: PLR2004  QR, no error
    good &= (head[:, 4] == 0) & (head[:, 5] == 1) & head[:, 6:8].any(axis=1)
    return np.asarray(rows[good])


def _answers(head: bytes) -> Iterator[tuple[str, str]]:
    """Address and name of the answers in a message, as far as it was kept."""
    from classifier.endpoints.dnsmessage import AAAA, PTR, A, parse

    message = parse(head)
    if message is None or not message.is_answer or message.flags & 0x000F:
        return
    if message.opcode or len(message.questions) != 1:
        return
    asked = message.questions[0]
    lengths = {A: 4, AAAA: 16}
    for record in message.records[: message.answers]:
        # The name that was asked for, not the last one of a chain of aliases.
        if record.type == asked.type and len(record.data) == lengths.get(record.type):
            yield text_of(record.data), asked.name
        elif record.type == PTR == asked.type:
            host, name = _reversed(asked.name.lower()), message.names.at(record.start)
            if host and name:
                yield host, name


def _reversed(name: str) -> str:
    """The address in a name for reverse look-up (RFC 1035 3.5, RFC 3596 2.5); else empty."""
    if name.endswith(_REVERSE_4):
        parts = name.removesuffix(_REVERSE_4).split(".")[::-1]
        if len(parts) == 4 and all(part.isdecimal() and len(part) < 4 for part in parts):  # noqa: PLR2004
            numbers = [int(part) for part in parts]
            return text_of(bytes(numbers)) if max(numbers) < 256 else ""  # noqa: PLR2004
    elif name.endswith(_REVERSE_6):
        digits = "".join(name.removesuffix(_REVERSE_6).split(".")[::-1])
        if len(digits) == 32 and all(digit in "0123456789abcdef" for digit in digits):  # noqa: PLR2004
            return text_of(bytes.fromhex(digits))
    return ""


def _from_tls(flows: Oriented) -> Iterator[tuple[str, str, str, int]]:
    """Address, name, ``TLS`` and frame, of one flow of each of the first TLS servers."""
    rows = _served(flows, _TCP, _TLS_PORT)
    servers = flows.server[rows]
    first = np.full(len(flows.addresses), -1, dtype=np.int64)
    first[servers[::-1]] = rows[::-1]  # what is written last stays: the first flow of each
    rows = _evenly(np.sort(first[first >= 0]), MOST_TLS)
    names = server_names(flows.heads(rows, client=True))
    rows = rows[list(names)]
    known, servers = flows.addresses, flows.server[rows]
    hosts = Addresses(known.packed[servers], known.version[servers]).texts()
    frames = flows.column("first_frame")[rows].tolist()
    for host, name, frame in zip(hosts, names.values(), frames, strict=True):
        yield host, name, "TLS", frame
