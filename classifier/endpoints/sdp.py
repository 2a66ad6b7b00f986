"""Session descriptions: where media are to be sent (RFC 8866, 3605, 4145, 5245, 5761)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct, field

from classifier.endpoints.expression import expression
from classifier.endpoints.printable import printable
from classifier.endpoints.reachable import address, reachable

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Media", "media"]


class Media(NamedTuple):
    """One endpoint of a medium.

    Attributes:
        host: Address as text; where a name was said, that of the speaker.
        port: Port.
        transport: ``tcp`` or ``udp``.
        service: Id in the catalogue.
        detail: Kind of medium and protocol, as in ``audio, RTP/AVP``.
    """

    host: str
    port: int
    transport: str
    service: str
    detail: str


class _Section(Struct):
    """One ``m=`` and the lines that belong to it."""

    kind: bytes
    port: int
    count: int
    protocol: bytes
    hosts: list[str] = field(default_factory=list)
    reports: tuple[int, str] | None = None
    multiplexed: bool = False
    connects: bool = False
    candidates: list[tuple[int, str, str, int]] = field(default_factory=list)


_BEGIN = rb"(?m)^v=0\r?\n"
_LINE = rb"([a-z])=([^\r\n]*)(?:\r?\n|\r)"
_MEDIUM = rb"([A-Za-z0-9.+-]{1,30}) +([0-9]{1,5})(?:/([0-9]{1,5}))? +([!-~]{1,50})(?: .*)?"
_CONNECTION = rb"IN +IP[46] +([!-~]{1,255})(?: .*)?"
_REPORTS = rb"rtcp:([0-9]{1,5})(?: +IN +IP[46] +([!-~]{1,255}))? *"
_CANDIDATE = (
    rb"candidate:[!-~]{1,64} +([0-9]{1,3}) +([A-Za-z]{3}) +[0-9]{1,10} +([0-9A-Fa-f:.]{2,45})"
    rb" +([0-9]{1,5}) +typ .*"
)
_DISCARD = 9
"""Stands for no port: who connects has none (RFC 4145 4.1), or candidates follow (RFC 8839 4.2)."""
_HIGHEST = 65_535
_MOST_PORTS = 16
"""Of one medium, as layered streams have several."""
_MOST_SECTIONS = 64
_MOST_HOSTS = 8
_MOST_CANDIDATES = 64


def media(text: bytes, speaker: str, *, complete: bool) -> Iterator[Media]:
    """Every endpoint of the first description in a body.

    Args:
        text: A description, or several parts of which one is one (RFC 2046 5.1).
        speaker: Address of the host that said it.
        complete: Whether nothing is cut off: then the last line may lack its end.
    """
    found = expression(_BEGIN).search(text)
    if not found:
        return
    session: list[str] = []
    section: _Section | None = None
    sections = 0
    whole = text + b"\r\n" if complete else text
    at = found.end()
    while line := expression(_LINE).match(whole, at):
        at = line.end()
        kind, value = line[1], line[2]
        if kind == b"m":
            if section:
                yield from _endpoints(section, session, speaker)
            sections += 1
            if sections > _MOST_SECTIONS:
                return
            section = _section(value)
        elif kind == b"c":
            connection = expression(_CONNECTION).fullmatch(value)
            hosts = section.hosts if section else session
            if connection and len(hosts) < _MOST_HOSTS and (section or not sections):
                hosts.append(connection[1].split(b"/")[0].decode("ascii"))
        elif kind == b"a" and section:
            _attribute(section, value)
    if section:
        yield from _endpoints(section, session, speaker)


def _section(value: bytes) -> _Section | None:
    found = expression(_MEDIUM).fullmatch(value)
    if not found:
        return None
    count = min(int(found[3] or b"1"), _MOST_PORTS)
    return _Section(found[1], int(found[2]), count, found[4].upper())


def _attribute(section: _Section, value: bytes) -> None:
    if found := expression(_REPORTS).fullmatch(value):
        section.reports = int(found[1]), (found[2] or b"").decode("ascii")
    elif value.rstrip() == b"rtcp-mux":
        section.multiplexed = True
    elif value.rstrip() == b"setup:active":
        section.connects = True
    elif len(section.candidates) < _MOST_CANDIDATES and (
        found := expression(_CANDIDATE).fullmatch(value)
    ):
        transport, host = found[2].lower().decode("ascii"), address(found[3].decode("ascii"))
        if transport in ("tcp", "udp") and host and b"tcptype active" not in value:
            section.candidates.append((int(found[1]), transport, host, int(found[4])))


def _service(section: _Section) -> tuple[str, str]:
    """Transport and service of a medium; empty where neither is known."""
    words = section.protocol.split(b"/")
    if b"RTP" in words:
        return "tcp" if words[0] == b"TCP" else "udp", "rtp"
    if words == [b"UDPTL"] or words[-1] == b"UDPTL":
        return "udp", "t38"
    if section.kind == b"image" and words[0] in (b"TCP", b"TCPTL"):
        return "tcp", "t38"
    if b"MSRP" in words:
        return "tcp", "msrp"
    if b"BFCP" in words:
        return "udp" if words[0] == b"UDP" else "tcp", "bfcp"
    return "", ""


def _endpoints(section: _Section, session: list[str], speaker: str) -> Iterator[Media]:
    transport, service = _service(section)
    if not service or section.port == 0:  # refused, or ended (RFC 3264 6)
        return
    detail = printable(section.kind + b", " + section.protocol)
    hosts = [host for said in section.hosts or session for host in _hosts(said, speaker)]
    if section.port != _DISCARD and not section.connects:
        for number in range(section.count):
            port = section.port + 2 * number
            yield from _media(hosts, port, transport, service, detail)
            if service == "rtp" and not section.multiplexed and not section.reports:
                yield from _media(hosts, port + 1, transport, "rtcp", detail)
    if section.reports and section.reports[0] not in (section.port, _DISCARD):
        port, said = section.reports
        at = _hosts(said, speaker) if said else hosts
        yield from _media(at, port, transport, "rtcp", detail)
    for component, by, host, port in section.candidates:
        if port == _DISCARD or component > (2 if service == "rtp" else 1):
            continue
        is_reports = component == 2  # noqa: PLR2004 - RFC 5245 4.1.1.1
        yield from _media([host], port, by, "rtcp" if is_reports else service, f"{detail}, ICE")


def _hosts(said: str, speaker: str) -> tuple[str, ...]:
    """Where a medium may be reached; nowhere while the other side is held (RFC 3264 8.4)."""
    return () if said in ("0.0.0.0", "::") else reachable(said, speaker)  # noqa: S104


def _media(
    hosts: list[str] | tuple[str, ...], port: int, transport: str, service: str, detail: str
) -> Iterator[Media]:
    if 0 < port <= _HIGHEST:
        for host in dict.fromkeys(hosts):
            yield Media(host, port, transport, service, detail)
